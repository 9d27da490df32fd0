from django.db import models


class ContactGuard(models.Model):
    """The right to write to a member: one row for each who was ever contacted. Written by SQL functions only.

    Nothing of ours is handed to a provider before ``blocked_until``. ``fence`` is the number of the message that
    holds the right now; an answer to any other moves nothing. ``last_no`` counts all messages of the member.
    ``merged_into`` marks a tombstone, which is never written to again. Hash-partitioned by member.
    """

    member_id = models.BigIntegerField(primary_key=True)
    blocked_until = models.DateTimeField()
    fence = models.IntegerField()
    last_no = models.IntegerField()
    merged_into = models.BigIntegerField(null=True)
