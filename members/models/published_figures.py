from django.db import models


class PublishedFigures(models.Model):
    """When a set of figures was published and as of when it holds. ``build`` is in every tile's cache key."""

    class Kind(models.TextChoices):
        NEEDS = "needs"
        NEIGHBOURS = "neighbours"
        COMMUNITY_STATS = "community_stats"

    kind = models.CharField(primary_key=True, max_length=16, choices=Kind)
    build = models.PositiveIntegerField()
    as_of = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.kind} {self.build}"
