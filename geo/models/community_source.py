from django.contrib.gis.db import models
from django.utils.translation import gettext_lazy as _


class CommunitySource(models.Model):
    """One row of one source, as it was read, and the community it was merged into."""

    source = models.ForeignKey("geo.PlaceSource", models.PROTECT, related_name="rows", verbose_name=_("source"))
    source_key = models.CharField(_("key at the source"), max_length=120)
    community = models.ForeignKey("geo.Community", models.CASCADE, related_name="sources", verbose_name=_("community"))
    name = models.CharField(_("name"), max_length=120)
    city_label = models.CharField(_("city as labelled"), max_length=40, blank=True)
    district_label = models.CharField(_("district as labelled"), max_length=40, blank=True)
    address = models.CharField(_("address"), max_length=300, blank=True)
    households = models.PositiveIntegerField(_("households"), null=True, blank=True)
    buildings = models.PositiveIntegerField(_("buildings"), null=True, blank=True)
    build_year = models.PositiveSmallIntegerField(_("building year"), null=True, blank=True)
    price_tier = models.PositiveSmallIntegerField(_("price tier (1 low to 5 high)"), null=True, blank=True)
    # The coordinates as received with the CRS that was declared for them, beside the WGS-84 made of them.
    raw_x = models.FloatField(_("x as received"), null=True, blank=True)
    raw_y = models.FloatField(_("y as received"), null=True, blank=True)
    raw_crs = models.CharField(_("coordinate system as received"), max_length=8, blank=True)
    point = models.PointField(srid=4326, null=True, blank=True, spatial_index=False)
    boundary = models.MultiPolygonField(srid=4326, null=True, blank=True, spatial_index=False)
    raw = models.JSONField(_("row as received"), default=dict)
    imported_at = models.DateTimeField(_("imported at"), auto_now_add=True)

    class Meta:
        verbose_name = _("community source row")
        verbose_name_plural = _("community source rows")
        constraints = [models.UniqueConstraint(fields=["source", "source_key"], name="community_source_once")]

    def __str__(self) -> str:
        return f"{self.source_id}:{self.source_key}"
