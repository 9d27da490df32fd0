from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from geo.retention import declared


class RetentionRule(models.Model):
    """How many days a kind of rows is kept. Which rows, why, and between what bounds: ``retention.py`` of the apps."""

    name = models.SlugField(_("name"), primary_key=True, editable=False)
    days = models.PositiveIntegerField(_("days"))
    changed_at = models.DateTimeField(_("changed"), auto_now=True)

    class Meta:
        verbose_name = _("retention rule")
        verbose_name_plural = _("retention rules")

    def __str__(self) -> str:
        rule = declared(self.name)
        return str(rule.label or rule.name) if rule else self.name

    def clean(self) -> None:
        rule = declared(self.name)
        if rule and self.days is not None and not rule.least <= self.days <= rule.most:
            bounds = {"least": rule.least, "most": rule.most}
            raise ValidationError({"days": _("Between %(least)s and %(most)s days.") % bounds})
