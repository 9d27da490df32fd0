from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class AccessEntry(models.Model):
    """One read of personal data: who, from which store, whom, why. Append-only, in the read's transaction.

    ``address_hash`` is the keyed hash of what was typed, so that a search can find it and nobody can read
    it; empty where the member was named by opaque id. ``member_id`` has no foreign key because the entry
    outlives the member's erasure.
    """

    class Reason(models.TextChoices):
        COUNTER = "counter", _("In store")
        CALL = "call", _("On the phone")
        SERVICE = "service", _("Service")

    class PrivacyReason(models.TextChoices):
        """Why a privacy officer reads what members said."""

        REQUEST = "request", _("The member asks")
        COMPLAINT = "complaint", _("Complaint")
        AUDIT = "audit", _("Audit")

    employee = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("employee"))
    store = models.ForeignKey("staff.Store", models.PROTECT, null=True, related_name="+", verbose_name=_("store"))
    at = models.DateTimeField(_("at"), db_default=Now())
    reason = models.CharField(_("reason"), max_length=16, choices=[*Reason.choices, *PrivacyReason.choices])
    address_hash = models.BinaryField(max_length=16)
    member_id = models.BigIntegerField(null=True)

    class Meta:
        verbose_name = _("access entry")
        verbose_name_plural = _("access entries")
        indexes = [
            models.Index(fields=["employee", "at"], name="access_employee_at"),
            # What a member may ask: who looked me up
            models.Index(
                fields=["member_id", "at"], name="access_member_at", condition=models.Q(member_id__isnull=False)
            ),
            models.Index(fields=["reason", "id"], name="access_reason"),
            models.Index(fields=["member_id", "id"], name="access_member", condition=models.Q(member_id__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.employee_id} {self.at:%Y-%m-%d %H:%M}"
