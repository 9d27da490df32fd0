from django.db import models
from django.utils.translation import gettext_lazy as _


class Category(models.Model):
    """品类. A premium variant (premium fridge) is a category of its own that points at its base."""

    class Glyph(models.TextChoices):
        # Drawn by templates/parts/glyph.html; guessed from the code and the names by members/glyphs.py
        FRIDGE = "fridge", _("refrigerator")
        FREEZER = "freezer", _("freezer")
        WASHER = "washer", _("washing machine")
        DRYER = "dryer", _("dryer")
        AIR_CONDITIONER = "air_conditioner", _("air conditioner")
        WATER_HEATER = "water_heater", _("water heater")
        WATER_PURIFIER = "water_purifier", _("water purifier")
        TV = "tv", _("television")
        HOOD = "hood", _("range hood")
        STOVE = "stove", _("stove")
        OVEN = "oven", _("oven")
        DISHWASHER = "dishwasher", _("dishwasher")
        CLEANER = "cleaner", _("cleaner")
        OTHER = "other", _("other appliance")

    code = models.SlugField(_("code"), unique=True)
    name = models.CharField(_("name"), max_length=40)
    name_en = models.CharField(_("English name"), max_length=40)
    lifetime_years = models.PositiveSmallIntegerField(_("usual lifetime in years"))
    premium_of = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="premium_variants",
        verbose_name=_("premium variant of"),
    )
    glyph = models.CharField(_("drawn as"), max_length=16, choices=Glyph, default=Glyph.OTHER)
    position = models.PositiveSmallIntegerField(_("position in lists"), default=100)

    class Meta:
        verbose_name = _("category")
        verbose_name_plural = _("categories")
        ordering = ["position", "code"]

    def __str__(self) -> str:
        return self.name
