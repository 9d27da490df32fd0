from django.db import models
from django.utils.translation import gettext_lazy as _


class ServiceEvent(models.Model):
    """Something after-sales or the member told us that bears on need: a repair, a move, a renovation."""

    class Kind(models.TextChoices):
        REPAIR = "repair", _("repair")
        RELOCATION = "relocation", _("relocation")
        RENOVATION = "renovation", _("renovation")

    pk = models.CompositePrimaryKey("member_id", "system", "record_key")
    member_id = models.BigIntegerField()
    system = models.CharField(max_length=20)
    record_key = models.CharField(max_length=60)
    kind = models.CharField(max_length=12, choices=Kind)
    # The appliance it was about; empty for a move or a renovation.
    category = models.ForeignKey("members.Category", models.PROTECT, null=True, related_name="+")
    happened_on = models.DateField()

    class Meta:
        # Finds an event that its source has moved to another member; see Purchase.
        indexes = [models.Index(fields=["system", "record_key"], name="service_event_key")]

    def __str__(self) -> str:
        return f"service event of member {self.member_id}"
