from django.db import models
from django.db.models.functions import Now


class Click(models.Model):
    """That the link of a message was opened: when first, and how often. The row of a message (member, no)."""

    pk = models.CompositePrimaryKey("member_id", "no")
    member_id = models.BigIntegerField()
    no = models.IntegerField()
    first_at = models.DateTimeField(db_default=Now())
    count = models.SmallIntegerField(default=1)
