from django.db import models


class AccessBlock(models.Model):
    """A sealed run of access entries: all whose number is above ``after_id`` and at most ``last_id``.

    ``digest`` is SHA-256 over the entries' canonical lines, ``seal`` an HMAC over everything here and the seal before,
    with a key that the web and the database do not have. So nobody who can write the tables can change, drop or
    add an entry below the last block unnoticed. A trigger refuses changes.

    A block that forgets (``forgets``) stands for entries that were deleted when their time was over: all up to its
    ``last_id``, and its digest is that of the few that stayed.
    """

    number = models.BigIntegerField(primary_key=True)
    after_id = models.BigIntegerField()
    last_id = models.BigIntegerField()
    entries = models.IntegerField()
    first_at = models.DateTimeField(null=True)  # the earliest time of an entry; null where none is left
    sealed_at = models.DateTimeField()
    forgets = models.BooleanField(default=False)
    key_id = models.CharField(max_length=40)
    digest = models.BinaryField(max_length=32)
    seal = models.BinaryField(max_length=32)

    def __str__(self) -> str:
        return f"block {self.number}"
