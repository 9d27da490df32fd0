from django.db import models
from django.utils.translation import gettext_lazy as _


class Category(models.Model):
    """品类. A premium variant (premium fridge) is a category of its own that points at its base."""

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
    position = models.PositiveSmallIntegerField(_("position in lists"), default=100)

    class Meta:
        verbose_name = _("category")
        verbose_name_plural = _("categories")
        ordering = ["position", "code"]

    def __str__(self) -> str:
        return self.name
