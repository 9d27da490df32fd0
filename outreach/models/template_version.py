from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from outreach.placeholders import Placeholder, used


class TemplateVersionQuerySet(models.QuerySet["TemplateVersion"]):
    def approved(self) -> "TemplateVersionQuerySet":
        return self.filter(approved_at__isnull=False)

    def current(self) -> "TemplateVersionQuerySet":
        """The latest approved version of every template in use: what new messages are written with."""
        newest = (
            TemplateVersion.objects.approved()
            .filter(template=models.OuterRef("template"))
            .order_by("-number")
            .values("pk")[:1]
        )
        return self.filter(template__is_active=True, pk=models.Subquery(newest)).select_related("template")


class TemplateVersion(models.Model):
    """The words of a template. Once approved, by another than its author, a version never changes (a trigger)."""

    template = models.ForeignKey(
        "outreach.Template", models.PROTECT, related_name="versions", verbose_name=_("template")
    )
    number = models.PositiveSmallIntegerField(_("version"))
    subject = models.CharField(_("subject"), max_length=100, blank=True)
    body = models.TextField(_("text"))
    landing_url = models.CharField(_("landing page"), max_length=300, blank=True)
    provider_code = models.CharField(_("provider's template id"), max_length=64, blank=True)
    # Null: came with the software
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("written by")
    )
    created_at = models.DateTimeField(_("written at"), db_default=Now())
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("approved by")
    )
    approved_at = models.DateTimeField(_("approved at"), null=True)

    objects = TemplateVersionQuerySet.as_manager()

    class Meta:
        verbose_name = _("template version")
        verbose_name_plural = _("template versions")
        constraints = [
            models.UniqueConstraint(fields=["template", "number"], name="template_version_number"),
            models.CheckConstraint(
                name="template_version_approved_by_another",
                condition=models.Q(approved_by=None, approved_at=None)
                | (
                    models.Q(approved_by__isnull=False, approved_at__isnull=False)
                    & (models.Q(created_by=None) | ~models.Q(created_by=models.F("approved_by")))
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.template.code} {self.number}"

    @property
    def placeholders(self) -> frozenset[Placeholder]:
        return used(self.subject) | used(self.body)
