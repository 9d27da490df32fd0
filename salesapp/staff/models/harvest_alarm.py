from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class HarvestAlarm(models.Model):
    """Somebody's look-ups looked like harvesting, and from that moment they look nobody up. A trigger refuses changes.

    ``figures`` are those the rule was measured by, with its threshold; nothing of any member.
    """

    class Rule(models.TextChoices):
        MISSES = "misses", _("Most numbers belong to nobody")
        NEAR = "near", _("Many numbers close to each other")
        STRANGERS = "strangers", _("Many numbers belong to nobody")
        HABIT = "habit", _("Far more than usual")
        PEERS = "peers", _("Far more than the colleagues")
        VOLUME = "volume", _("Very many look-ups")
        NIGHT = "night", _("Look-ups at night")

    employee = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("employee"))
    at = models.DateTimeField(_("at"), db_default=Now())
    rule = models.CharField(_("rule"), max_length=16, choices=Rule)
    figures = models.JSONField(_("figures"))

    class Meta:
        verbose_name = _("alarm")
        verbose_name_plural = _("alarms")

    def __str__(self) -> str:
        return f"alarm {self.pk}"


class HarvestDecision(models.Model):
    """What became of an alarm: one decision each, with its reason. A trigger refuses changes."""

    class Outcome(models.TextChoices):
        RELEASED = "released", _("Released")
        DISABLED = "disabled", _("Disabled")

    alarm = models.OneToOneField(HarvestAlarm, models.PROTECT, related_name="decision", verbose_name=_("alarm"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("by"))
    at = models.DateTimeField(_("at"), db_default=Now())
    outcome = models.CharField(_("outcome"), max_length=16, choices=Outcome)
    reason = models.CharField(_("reason"), max_length=300)

    class Meta:
        verbose_name = _("decision")
        verbose_name_plural = _("decisions")

    def __str__(self) -> str:
        return f"decision {self.pk}"
