from django.contrib.postgres.functions import RandomUUID
from django.db import models

from outreach.models.channel import Channel


class Reply(models.Model):
    """That a member wrote back; what they wrote is theirs and is not kept.

    ``at`` is the provider's word for when, or when it came, where that is still to come or not told. ``told_as`` is
    a digest of what the provider tells the reply from others by (its id, its moment), so that the same told twice is
    one row; random where it tells neither. ``no`` is the member's last message on the channel within 30 days.
    """

    pk = models.CompositePrimaryKey("member_id", "channel", "told_as", "is_opt_out")
    member_id = models.BigIntegerField()
    channel = models.SmallIntegerField(choices=Channel)
    told_as = models.UUIDField(db_default=RandomUUID())
    at = models.DateTimeField()
    is_opt_out = models.BooleanField()
    no = models.IntegerField(null=True)
