from django.db import models


class MessageText(models.Model):
    """What a salesperson wrote to one member, as it is sent, links included; made with the claim.

    The row of a message (member, no). It may name the member, so it goes when the member is erased.
    """

    pk = models.CompositePrimaryKey("member_id", "no")
    member_id = models.BigIntegerField()
    no = models.IntegerField()
    text = models.TextField()
