from django.db import models


class MessageText(models.Model):
    """What a salesperson wrote to one member, as it is sent, links included; made with the claim.

    The row of a message (member, no). ``parameters`` are for providers that hold the texts themselves. It may
    name the member, so it goes when the member is erased.
    """

    pk = models.CompositePrimaryKey("member_id", "no")
    member_id = models.BigIntegerField()
    no = models.IntegerField()
    subject = models.TextField()
    text = models.TextField()
    parameters = models.JSONField()
    # What it is about; a template may be about any. Empty for the first texts that were kept.
    category = models.ForeignKey("members.Category", models.PROTECT, null=True, related_name="+", db_index=False)
