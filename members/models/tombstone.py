from django.db import models


class Tombstone(models.Model):
    """That the person of an address or a record was erased, and when: imports leave out what names it.

    ``bidx`` is that of ContactPoint, or of a record's system and key (members.intake.record_hashes); the row it was of
    is gone, so nothing leads from here to what was on file. Who registers afresh has a ContactPoint again; then imports
    leave out what was before ``erased_at``.
    """

    bidx = models.BinaryField(max_length=16, primary_key=True)
    erased_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"tombstone of {self.erased_at:%Y-%m-%d}"
