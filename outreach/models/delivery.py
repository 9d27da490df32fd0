from django.db import models
from django.utils.translation import gettext_lazy as _


class Delivery(models.Model):
    """What the provider's receipts say became of a message. No row: no receipt.

    Receipts come late, twice and in any order. Delivered outweighs failed, so any order leaves the same: of a
    long text's parts or a carrier's two tries one arrived. ``reported_at`` is when the state became known here.
    """

    class State(models.IntegerChoices):
        DELIVERED = 1, _("delivered")
        FAILED = 2, _("failed")

    pk = models.CompositePrimaryKey("member_id", "no")
    member_id = models.BigIntegerField()
    no = models.IntegerField()
    state = models.SmallIntegerField(choices=State)
    reported_at = models.DateTimeField()
