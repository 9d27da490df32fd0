from django.db import models

from outreach.models.message import Message


class SentCode(models.Model):
    """That a code by SMS left for a member's phone; neither the code nor the number.

    Codes have no row in the ledger of messages, because they go to people who are no members yet. This is what a
    member is told of them. ``handed_over_at`` is the Verification's; until the provider's answer the outcome is
    unknown.
    """

    pk = models.CompositePrimaryKey("member_id", "handed_over_at")
    member_id = models.BigIntegerField()
    handed_over_at = models.DateTimeField()
    state = models.SmallIntegerField(choices=Message.State, default=Message.State.UNKNOWN)

    class Meta:
        indexes = [models.Index(fields=["handed_over_at"], name="sent_code_at")]  # those that are kept no longer
