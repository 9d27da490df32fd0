from django.contrib.gis.db import models
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _


class RegionQuerySet(models.QuerySet["Region"]):
    def below(self, path: str) -> "RegionQuerySet":
        """The region with this path and everything under it; the empty path is the whole tree."""
        return self.filter(path__startswith=path)


class Region(models.Model):
    """A node of the administrative tree: country, province, city, district, sales area.

    ``path`` is the ids from the root down, each followed by a dot ("1.12.310."), so that "own region
    and below" is one prefix comparison that an index serves.
    """

    class Level(models.TextChoices):
        COUNTRY = "country", _("country")
        PROVINCE = "province", _("province")
        CITY = "city", _("city")
        DISTRICT = "district", _("district")
        AREA = "area", _("sales area")

    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="children", verbose_name=_("parent")
    )
    level = models.CharField(_("level"), max_length=8, choices=Level)
    code = models.CharField(_("code"), max_length=32, unique=True)  # administrative code, or one's own for a sales area
    name = models.CharField(_("name"), max_length=80)
    path = models.CharField(max_length=200, editable=False, blank=True)
    # WGS-84 as stored, Web Mercator of the display CRS as drawn (settings.MAP_CRS)
    boundary = models.MultiPolygonField(_("boundary"), srid=4326, null=True, blank=True)
    boundary_display = models.MultiPolygonField(srid=3857, null=True, blank=True, editable=False)
    centre_display = models.PointField(srid=3857, null=True, blank=True, editable=False)
    boundary_crs = models.CharField(max_length=8, blank=True, editable=False)  # as declared at import

    objects = RegionQuerySet.as_manager()

    class Meta:
        verbose_name = _("region")
        verbose_name_plural = _("regions")
        indexes = [
            models.Index(fields=["path"], name="region_path", opclasses=["varchar_pattern_ops"]),
            models.Index(fields=["name"], name="region_name", opclasses=["varchar_pattern_ops"]),
            models.Index(fields=["level", "code"], name="region_level"),
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """A region lies in one of a higher level (a sales area also in another); only the country in none."""
        if self.parent is None:
            if self.level != self.Level.COUNTRY:
                raise ValidationError({"parent": _("Only a country has no parent.")})
            return
        if self.pk and self.parent.path.startswith(self.path):
            raise ValidationError({"parent": _("A region cannot lie in itself or below itself.")})
        levels = self.Level.values
        both_areas = self.level == self.parent.level == self.Level.AREA
        if self.level in levels and levels.index(self.parent.level) >= levels.index(self.level) and not both_areas:
            raise ValidationError({"parent": _("The parent must be of a higher level.")})

    def save(self, *args: object, **kwargs: object) -> None:
        """Keep ``path`` true for a region saved by itself; imports set it in bulk."""
        super().save(*args, **kwargs)  # type: ignore[arg-type]
        path = f"{self.parent.path if self.parent else ''}{self.pk}."
        if self.path != path:
            self.path = path
            super().save(update_fields=["path"])
