from django.conf import settings
from django.db import models
from django.db.models.functions import Now


class RequestKey(models.Model):
    """An Idempotency-Key and the answer it got. Written in the transaction of what it stands for."""

    employee = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    key = models.CharField(max_length=100)
    digest = models.BinaryField(max_length=16)  # keyed hash of what was asked
    answer = models.JSONField(null=True)  # null only inside that transaction
    created_at = models.DateTimeField(db_default=Now(), db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["employee", "key"], name="request_key_of_employee")]
