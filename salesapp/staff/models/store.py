import secrets

from django.contrib.gis.db import models
from django.utils.translation import gettext_lazy as _

# No 0 and O, 1, I and L: somebody may have to type it from a poster
_JOIN_LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"


def make_join_code() -> str:
    return "".join(secrets.choice(_JOIN_LETTERS) for _ in range(10))


class Store(models.Model):
    """门店: where employees work and customers come."""

    code = models.CharField(_("code"), max_length=32, unique=True)
    name = models.CharField(_("name"), max_length=80)
    region = models.ForeignKey("geo.Region", models.PROTECT, related_name="stores", verbose_name=_("region"))
    address = models.CharField(_("address"), max_length=300, blank=True)
    point = models.PointField(_("point"), srid=4326, null=True, blank=True)
    is_open = models.BooleanField(_("open"), default=True)
    join_code = models.CharField(max_length=10, unique=True, default=make_join_code, editable=False)

    class Meta:
        verbose_name = _("store")
        verbose_name_plural = _("stores")
        indexes = [models.Index(fields=["name"], name="store_name", opclasses=["varchar_pattern_ops"])]

    def __str__(self) -> str:
        return self.name
