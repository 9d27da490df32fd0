from django.db import models
from django.utils.translation import gettext_lazy as _


class PlaceSource(models.Model):
    """A site or file that tells of communities, and what it may be believed.

    Between sources the lower ``rank`` wins a field. A source can be good for facts and useless for
    points: the points of 链家 are its branch offices (median 340 m off, measured against 贝壳).
    """

    name = models.SlugField(_("name"), unique=True)
    label = models.CharField(_("label"), max_length=40, blank=True)
    trusts_points = models.BooleanField(_("points are trusted"), default=True)
    trusts_facts = models.BooleanField(_("facts are trusted"), default=True)
    rank = models.PositiveSmallIntegerField(_("rank (lower wins)"), default=100)

    class Meta:
        verbose_name = _("place source")
        verbose_name_plural = _("place sources")

    def __str__(self) -> str:
        return self.label or self.name
