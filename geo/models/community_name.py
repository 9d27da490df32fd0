from django.db import models
from django.utils.translation import gettext_lazy as _


class CommunityName(models.Model):
    """One spelling under which a community is looked for: its names at the sources, and aliases.

    ``key`` is the comparable form (geo.matching.names.name_key). Two communities of a city may share one:
    then only the district tells them apart, and an address without it is ambiguous.
    """

    community = models.ForeignKey("geo.Community", models.CASCADE, related_name="names", verbose_name=_("community"))
    city = models.ForeignKey("geo.Region", models.CASCADE, related_name="+", verbose_name=_("city"))
    name = models.CharField(_("name"), max_length=120)
    key = models.CharField(max_length=120, editable=False)

    class Meta:
        verbose_name = _("community name")
        verbose_name_plural = _("community names")
        constraints = [models.UniqueConstraint(fields=["city", "key", "community"], name="community_name_once")]

    def __str__(self) -> str:
        return self.name
