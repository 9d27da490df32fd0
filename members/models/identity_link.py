from django.db import models
from django.db.models.functions import Now


class IdentityLink(models.Model):
    """Which person a record was taken for, how sure, why, from when to when; so a merge can be undone."""

    class Reason(models.TextChoices):
        SAME_PHONE = "same_phone"
        MERGE = "merge"  # somebody said so, or took it back

    pk = models.CompositePrimaryKey("member_id", "record_id", "linked_at")
    member_id = models.BigIntegerField()
    record = models.ForeignKey("members.SourceRecord", models.CASCADE, related_name="links", db_constraint=False)
    score = models.FloatField()
    reason = models.CharField(max_length=20, choices=Reason)
    linked_at = models.DateTimeField(db_default=Now())
    unlinked_at = models.DateTimeField(null=True)
