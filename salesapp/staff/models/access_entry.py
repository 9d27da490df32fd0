from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class AccessEntry(models.Model):
    """One read of personal data: who, from which store, whom, why. In the read's transaction, and never changed.

    ``address_hash`` is the keyed hash of what was typed, so that a search can find it and nobody can read
    it; empty where the member was named by opaque id. ``thousand`` is a shorter one of the number without its last
    three digits: the thousand numbers that begin alike share it. ``search`` says what a privacy officer looked for in
    this log itself, or did for the member. ``member_id`` has no foreign key because the entry outlives the member's
    erasure.

    The table is partitioned by month of ``at`` with the key (id, at); Django knows ``id``, a number from one sequence.
    What is written is sealed by AccessBlock.
    """

    class Reason(models.TextChoices):
        COUNTER = "counter", _("In store")
        CALL = "call", _("On the phone")
        SERVICE = "service", _("Service")

    class PrivacyReason(models.TextChoices):
        """Why a privacy officer reads what members said, or this log."""

        REQUEST = "request", _("The member asks")
        COMPLAINT = "complaint", _("Complaint")
        AUDIT = "audit", _("Audit")

    class ErasureReason(models.TextChoices):
        """Why a privacy officer erases somebody, besides."""

        ORDER = "order", _("Order of an authority")

    id = models.BigAutoField(primary_key=True)
    # Without constraints, which would lock the rows of employee and store at every look-up: neither is ever deleted
    employee = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", db_index=False, db_constraint=False,
        verbose_name=_("employee"),
    )  # fmt: skip
    store = models.ForeignKey(
        "staff.Store", models.PROTECT, null=True, related_name="+", db_index=False, db_constraint=False,
        verbose_name=_("store"),
    )  # fmt: skip
    at = models.DateTimeField(_("at"), db_default=Now())
    member_id = models.BigIntegerField(null=True)
    thousand = models.IntegerField(null=True)
    reason = models.CharField(
        _("reason"), max_length=16, choices=[*Reason.choices, *PrivacyReason.choices, *ErasureReason.choices]
    )
    address_hash = models.BinaryField(max_length=16)
    search = models.CharField(_("searched for"), max_length=200, db_default="")

    class Meta:
        verbose_name = _("access entry")
        verbose_name_plural = _("access entries")
        # In the order of their numbers, and so of time; no index on the time itself: blocks turn a span into numbers
        indexes = [
            models.Index(fields=["employee", "id"], name="access_employee"),
            models.Index(fields=["store", "id"], name="access_store"),
            models.Index(fields=["member_id", "id"], name="access_member"),
            models.Index(fields=["address_hash", "id"], name="access_address"),
            models.Index(fields=["reason", "id"], name="access_reason"),
        ]

    def __str__(self) -> str:
        return f"{self.employee_id} {self.at:%Y-%m-%d %H:%M}"
