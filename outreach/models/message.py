from django.db import models
from django.utils.translation import gettext_lazy as _

from outreach.models.channel import Channel


class Message(models.Model):
    """Ledger and outbox in one: a message that a member was granted. Written by SQL functions only.

    ``no`` counts the member's messages. A message leaves only by the one change from claimed to sending, which is
    committed before the provider is called; what is then in doubt is unknown and never sent again. No text and
    no address is here: they are made from the template's version when the message leaves, or kept in
    MessageText. Hash-partitioned by member.
    """

    class State(models.IntegerChoices):
        CLAIMED = 0, _("waiting")
        SENDING = 1, _("being sent")
        ACCEPTED = 2, _("handed over")
        UNKNOWN = 3, _("outcome unknown")
        NOT_SENT = 4, _("not sent")
        CANCELLED = 5, _("cancelled")

    pk = models.CompositePrimaryKey("member_id", "no")
    member_id = models.BigIntegerField()
    no = models.IntegerField()
    state = models.SmallIntegerField(choices=State)
    channel = models.SmallIntegerField(choices=Channel)
    service = models.BooleanField()
    version_id = models.BigIntegerField()
    broadcast_id = models.BigIntegerField(null=True)
    sender_id = models.BigIntegerField(null=True)
    claimed_at = models.DateTimeField()
    send_by = models.DateTimeField()
    handover_at = models.DateTimeField(null=True)
    settled_at = models.DateTimeField(null=True)
    provider = models.TextField(null=True)
    provider_ref = models.TextField(null=True)
    reason = models.TextField(null=True)
