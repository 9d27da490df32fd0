from datetime import datetime

from django.db import models


class PublishedFiguresQuerySet(models.QuerySet["PublishedFigures"]):
    def published(self, kind: "PublishedFigures.Kind", as_of: datetime) -> None:
        """Note a new build of this kind; to be called in the transaction that swaps the tables in."""
        self.bulk_create([PublishedFigures(kind=kind, build=0, as_of=as_of)], ignore_conflicts=True)
        self.filter(kind=kind).update(build=models.F("build") + 1, as_of=as_of)


class PublishedFigures(models.Model):
    """When a set of figures was published and as of when it holds. ``build`` is in every tile's cache key."""

    class Kind(models.TextChoices):
        NEEDS = "needs"
        NEIGHBOURS = "neighbours"
        COMMUNITY_STATS = "community_stats"
        # Built by outreach
        AUDIENCE = "audience"
        TEAM_WEEKS = "team_weeks"

    kind = models.CharField(primary_key=True, max_length=16, choices=Kind)
    build = models.PositiveIntegerField()
    as_of = models.DateTimeField()

    objects = PublishedFiguresQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.kind} {self.build}"
