from django.db import models
from django.utils.translation import gettext_lazy as _


class ImportRun(models.Model):
    """One file read: what came of its rows. ``rows = created + merged + unchanged + refused``, always."""

    class Kind(models.TextChoices):
        REGIONS = "regions", _("regions")
        COMMUNITIES = "communities", _("communities")
        PRODUCTS = "products", _("products")
        MEMBERS = "members", _("members")
        PURCHASES = "purchases", _("purchases")
        SERVICE_EVENTS = "service_events", _("service events")
        CONSENTS = "consents", _("consents")
        EMPLOYEES = "employees", _("employees")

    kind = models.CharField(_("what was read"), max_length=20, choices=Kind)
    source = models.CharField(_("source"), max_length=60, blank=True)
    file_name = models.CharField(_("file"), max_length=200)
    started_at = models.DateTimeField(_("started"))
    finished_at = models.DateTimeField(_("finished"), auto_now_add=True)
    rows = models.PositiveIntegerField(_("rows"))
    created = models.PositiveIntegerField(_("created"))
    merged = models.PositiveIntegerField(_("merged or updated"))
    unchanged = models.PositiveIntegerField(_("unchanged"))
    refused = models.PositiveIntegerField(_("refused"))
    reasons = models.JSONField(_("refused, by reason"), default=dict)
    notes = models.JSONField(_("remarks"), default=dict)  # what else the report lists, with counts
    as_of = models.DateField(_("as of"), null=True)  # of lists that tell how things stand
    made_at = models.DateTimeField(_("list made"), null=True)  # at the latest; of those lists, whenever they were read
    report = models.CharField(_("report file"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("import")
        verbose_name_plural = _("imports")
        indexes = [
            models.Index(fields=["kind", "id"], name="import_run_kind"),
            models.Index(fields=["kind", "made_at"], name="import_run_made", condition=models.Q(made_at__isnull=False)),
        ]
        constraints = [
            models.CheckConstraint(
                name="import_rows_add_up",
                condition=models.Q(
                    rows=models.F("created") + models.F("merged") + models.F("unchanged") + models.F("refused")
                ),
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.file_name}"
