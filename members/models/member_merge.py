from django.conf import settings
from django.db import models
from django.db.models.functions import Now


class MemberMerge(models.Model):
    """That a member was taken for the same person as another one, by whom and why, and whether it was undone.

    ``moved`` lists by key what went from the loser to the winner, so that an undo brings back exactly that.
    """

    pk = models.CompositePrimaryKey("loser_id", "merged_at")
    loser_id = models.BigIntegerField()
    winner_id = models.BigIntegerField()
    merged_at = models.DateTimeField(db_default=Now())
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    reason = models.CharField(max_length=200)
    moved = models.JSONField()
    undone_at = models.DateTimeField(null=True)
    undone_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    undone_reason = models.CharField(max_length=200, blank=True, default="")

    class Meta:
        indexes = [models.Index(fields=["winner_id"], name="member_merge_winner")]
