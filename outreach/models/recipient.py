from django.db import models
from django.utils.translation import gettext_lazy as _

from outreach.models.refusal import Refusal


class Recipient(models.Model):
    """What becomes of a member in a broadcast: one row, one state. What became of a claimed one says the message.

    ``batch`` numbers the claims; members who could not be reached when the recipients were gathered have none, so
    they are neither among those who were written to nor among those held out. ``no`` names the message with the
    member. ``community_id`` is that of the audience, for figures that cannot be subtracted.
    """

    class State(models.IntegerChoices):
        QUEUED = 0, _("waiting")
        CLAIMED = 1, _("written to")
        REFUSED = 2, _("could not be written to")
        HELD_OUT = 3, _("held out, to compare")
        CANCELLED = 4, _("the broadcast was stopped")

    pk = models.CompositePrimaryKey("member_id", "broadcast")
    member_id = models.BigIntegerField()
    broadcast = models.ForeignKey(
        "outreach.Broadcast", models.CASCADE, related_name="recipients", db_constraint=False, db_index=False
    )
    community_id = models.BigIntegerField()
    batch = models.IntegerField(null=True)
    state = models.SmallIntegerField(choices=State)
    reason = models.CharField(max_length=20, choices=Refusal, null=True)
    no = models.IntegerField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["broadcast", "batch"], name="recipient_queued", condition=models.Q(state=0)),
            models.Index(fields=["broadcast", "community_id"], name="recipient_of_broadcast"),
        ]
        constraints = [
            models.CheckConstraint(
                name="recipient_in_one_state",
                condition=models.Q(state=1, no__isnull=False, reason=None)
                | models.Q(state=2, no=None, reason__isnull=False)
                | models.Q(state__in=[0, 3, 4], no=None, reason=None),
            )
        ]
