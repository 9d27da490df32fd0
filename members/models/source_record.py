from django.db import models
from django.db.models.functions import Now


class SourceRecord(models.Model):
    """One record of one source system, as received; the person is found through IdentityLink.

    ``payload`` is the received row as JSON, encrypted (members.vault); ``digest`` is a keyed hash of it, so
    that the same file twice is recognised without opening anything.
    """

    system = models.CharField(max_length=20)
    record_key = models.CharField(max_length=60)
    received_at = models.DateTimeField(db_default=Now())
    digest = models.BinaryField(max_length=16)
    payload = models.BinaryField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["system", "record_key"], name="source_record_once")]

    def __str__(self) -> str:
        return f"{self.system} {self.pk}"
