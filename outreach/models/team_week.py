from django.conf import settings
from django.db import models


class TeamWeek(models.Model):
    """What came of the one-to-one messages that an employee sent in a week: for managers, built every night.

    ``week`` is its Monday in Shanghai. All numbers are multiples of 5, made so that neither sums nor differences
    tell more than they do (docs/adr/0013); true ones are not stored.
    """

    pk = models.CompositePrimaryKey("employee", "week")
    employee = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", db_index=False)
    week = models.DateField()
    messages = models.IntegerField()
    replies = models.IntegerField()
    opted_out = models.IntegerField()
    sales = models.IntegerField()

    class Meta:
        indexes = [models.Index(fields=["week"], name="team_week_week")]
