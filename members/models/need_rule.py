from django.db import models
from django.utils.translation import gettext_lazy as _


class NeedRule(models.Model):
    """One weighted rule of the need score. The points of all rules that hold add up, within 0 to 100.

    Which columns a kind reads is written beside it; ``category`` empty means every category, an empty ``low``
    or ``high`` no bound. What a member owns, and what happened there, is that of the whole household. A product
    of a premium variant is one of its base too, never the other way round. Of several purchases in a category
    the latest counts. Levels begin at the scores in members/scoring/levels.py.
    """

    class Kind(models.TextChoices):
        # low ≤ age of the own appliance / its category's lifetime < high
        APPLIANCE_AGE = "appliance_age", _("own appliance's age, as a share of its lifetime")
        # at least `low` (1 if empty) repairs of the own appliance within `months`, none before its purchase
        REPAIRS = "repairs", _("repairs of the own appliance")
        # owns `other` and nothing of the category
        COMPLEMENT = "complement", _("owns the complement, lacks this")
        # a relocation, a renovation within `months`, past or to come
        MOVING = "moving", _("moved or is moving")
        RENOVATING = "renovating", _("is renovating")
        # low ≤ age of the community in years < high
        COMMUNITY_AGE = "community_age", _("community's age in years")
        # price tier of the community between low and high, both included
        PRICE_TIER = "price_tier", _("community's price tier")
        # owns a premium variant of any category; the rule applies to premium variants only
        PREMIUM_OWNER = "premium_owner", _("owns other premium products")
        # bought in the category within `months`; points are usually negative
        RECENT_PURCHASE = "recent_purchase", _("bought recently")

    code = models.SlugField(_("reason code"), unique=True)
    kind = models.CharField(_("kind"), max_length=16, choices=Kind)
    category = models.ForeignKey(
        "members.Category", models.CASCADE, null=True, blank=True, related_name="+", verbose_name=_("for category")
    )
    other = models.ForeignKey(
        "members.Category", models.CASCADE, null=True, blank=True, related_name="+", verbose_name=_("complement")
    )
    low = models.FloatField(_("from"), null=True, blank=True)
    high = models.FloatField(_("to"), null=True, blank=True)
    months = models.PositiveSmallIntegerField(_("within months"), null=True, blank=True)
    points = models.SmallIntegerField(_("points"))
    reason = models.CharField(_("reason shown"), max_length=60)
    reason_en = models.CharField(_("reason shown, English"), max_length=80)
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("need rule")
        verbose_name_plural = _("need rules")
        constraints = [
            models.CheckConstraint(name="need_rule_points_in_range", condition=models.Q(points__range=(-100, 100))),
            models.CheckConstraint(
                name="need_rule_complement_names_other",
                condition=~models.Q(kind="complement") | models.Q(other__isnull=False),
            ),
            models.CheckConstraint(
                name="need_rule_events_have_months",
                condition=~models.Q(kind__in=["repairs", "moving", "renovating", "recent_purchase"])
                | models.Q(months__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.code
