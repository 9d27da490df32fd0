from django.db import models

from outreach.models.channel import Channel
from outreach.models.message import Message


class Outcome(models.Model):
    """A one-to-one marketing message with what came of it: a view (migration 0006), nothing is stored.

    ``replied_at`` is the first answer that is no opt-out. ``bought_on`` is the member's first purchase in the
    category from the day of the hand-over on, by whoever they are now; how long it counts the reader says.
    What is not asked for is not looked up.
    """

    pk = models.CompositePrimaryKey("member_id", "no")
    member_id = models.BigIntegerField()
    no = models.IntegerField()
    sender_id = models.BigIntegerField()
    channel = models.SmallIntegerField(choices=Channel)
    state = models.SmallIntegerField(choices=Message.State)
    claimed_at = models.DateTimeField()
    handover_at = models.DateTimeField(null=True)
    template = models.TextField()
    category_id = models.BigIntegerField(null=True)
    delivery = models.SmallIntegerField(null=True)
    replied_at = models.DateTimeField(null=True)
    opted_out = models.BooleanField()
    bought_on = models.DateField(null=True)

    class Meta:
        managed = False
