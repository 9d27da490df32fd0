from django.contrib.gis.db import models
from django.utils.translation import gettext_lazy as _


class CommunityQuerySet(models.QuerySet["Community"]):
    def below(self, path: str) -> "CommunityQuerySet":
        """Communities whose region lies at or under the region with this path."""
        return self.filter(region_path__startswith=path)


class Community(models.Model):
    """小区: one residential community, merged from all sources that tell of it.

    Every fact is the value of one CommunitySource row; ``chosen`` says of which: {field: source row id}.
    """

    name = models.CharField(_("name"), max_length=120)
    # The smallest known region; district and city are its ancestors, copied for the statistics.
    region = models.ForeignKey("geo.Region", models.PROTECT, related_name="communities", verbose_name=_("region"))
    district = models.ForeignKey("geo.Region", models.PROTECT, null=True, related_name="+", verbose_name=_("district"))
    city = models.ForeignKey("geo.Region", models.PROTECT, null=True, related_name="+", verbose_name=_("city"))
    region_path = models.CharField(max_length=200, editable=False)
    address = models.CharField(_("address"), max_length=300, blank=True)
    households = models.PositiveIntegerField(_("households"), null=True, blank=True)
    buildings = models.PositiveIntegerField(_("buildings"), null=True, blank=True)
    build_year = models.PositiveSmallIntegerField(_("building year"), null=True, blank=True)
    price_tier = models.PositiveSmallIntegerField(_("price tier (1 low to 5 high)"), null=True, blank=True)
    # WGS-84 as stored; Web Mercator of the display CRS as drawn. No trusted point: on lists, not on the map.
    point = models.PointField(_("point"), srid=4326, null=True, blank=True)
    point_display = models.PointField(srid=3857, null=True, blank=True, editable=False)
    boundary = models.MultiPolygonField(_("boundary"), srid=4326, null=True, blank=True)
    boundary_display = models.MultiPolygonField(srid=3857, null=True, blank=True, editable=False)
    chosen = models.JSONField(_("chosen source row per field"), default=dict, blank=True)
    updated_at = models.DateTimeField(_("updated at"), auto_now=True)

    objects = CommunityQuerySet.as_manager()

    class Meta:
        verbose_name = _("community")
        verbose_name_plural = _("communities")
        indexes = [
            models.Index(
                fields=["region_path", "id"],
                name="community_region_path",
                opclasses=["varchar_pattern_ops", "int8_ops"],
            ),
            models.Index(fields=["city", "name"], name="community_city_name"),
            models.Index(fields=["name"], name="community_name", opclasses=["varchar_pattern_ops"]),
        ]
        constraints = [
            models.CheckConstraint(
                name="community_price_tier_1_to_5",
                condition=models.Q(price_tier__range=(1, 5)) | models.Q(price_tier=None),
            )
        ]

    def __str__(self) -> str:
        return self.name
