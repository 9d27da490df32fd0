import secrets

from django.contrib.gis.db import models
from django.utils.translation import gettext_lazy as _

# Without what is mistaken for another when read from a poster: 0 and o, 1, i and l
_UNAMBIGUOUS = "23456789abcdefghjkmnpqrstuvwxyz"


def fresh_join_code() -> str:
    return "".join(secrets.choice(_UNAMBIGUOUS) for _ in range(10))


class Store(models.Model):
    """门店: where employees work and customers come."""

    code = models.CharField(_("code"), max_length=32, unique=True)
    name = models.CharField(_("name"), max_length=80)
    region = models.ForeignKey("geo.Region", models.PROTECT, related_name="stores", verbose_name=_("region"))
    address = models.CharField(_("address"), max_length=300, blank=True)
    point = models.PointField(_("point"), srid=4326, null=True, blank=True)
    # Stands in the address that customers register at, on posters too; it says nothing of the store
    join_code = models.CharField(
        _("code for self-registration"), max_length=10, unique=True, default=fresh_join_code, editable=False
    )
    is_open = models.BooleanField(_("open"), default=True)

    class Meta:
        verbose_name = _("store")
        verbose_name_plural = _("stores")
        indexes = [
            models.Index(fields=["name"], name="store_name", opclasses=["varchar_pattern_ops"]),
            models.Index(fields=["code"], name="store_closed", condition=models.Q(is_open=False)),
        ]

    def __str__(self) -> str:
        return self.name
