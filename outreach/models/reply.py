from django.db import models

from outreach.models.channel import Channel


class Reply(models.Model):
    """That a member wrote back; what they wrote is theirs and is not kept.

    ``at`` is the provider's word for when, so that the same reply told twice is one row. ``no`` is the member's
    last message on the channel within 30 days.
    """

    pk = models.CompositePrimaryKey("member_id", "channel", "at", "is_opt_out")
    member_id = models.BigIntegerField()
    channel = models.SmallIntegerField(choices=Channel)
    at = models.DateTimeField()
    is_opt_out = models.BooleanField()
    no = models.IntegerField(null=True)
