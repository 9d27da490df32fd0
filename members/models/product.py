from django.db import models
from django.utils.translation import gettext_lazy as _


class Product(models.Model):
    """型号: a model of the catalogue."""

    model = models.CharField(_("model"), max_length=60, unique=True)
    category = models.ForeignKey(
        "members.Category", models.PROTECT, related_name="products", verbose_name=_("category")
    )
    brand = models.CharField(_("brand"), max_length=40)
    name = models.CharField(_("name"), max_length=120)
    price = models.DecimalField(_("list price, yuan"), max_digits=10, decimal_places=2, null=True, blank=True)
    is_sold = models.BooleanField(_("still sold"), default=True)

    class Meta:
        verbose_name = _("product")
        verbose_name_plural = _("products")
        indexes = [
            models.Index(fields=["category", "model"], name="product_category"),
            models.Index(fields=["model"], name="product_not_sold", condition=models.Q(is_sold=False)),
        ]

    def __str__(self) -> str:
        return self.model
