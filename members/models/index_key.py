from django.db import models


class IndexKey(models.Model):
    """A generation of the index key: that its hashes are on file since then. No row stands for the first.

    ``fingerprint`` is a hash under the keys up to this one, so that a process with other keys, or with the same ones
    in another order, is told (check salesapp.E025) instead of finding nobody. No key is here.
    """

    generation = models.PositiveSmallIntegerField(primary_key=True)
    fingerprint = models.BinaryField(max_length=16)
    used_since = models.DateTimeField(null=True)  # NULL while the rotation to it goes on

    def __str__(self) -> str:
        return f"index key {self.generation}"
