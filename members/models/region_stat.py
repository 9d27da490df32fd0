from django.db import models


class RegionStat(models.Model):
    """Figures of one region, of any level, and category: sums of the protected figures of its communities.

    Because they are made of what is public already, nothing hidden can be had by subtracting them from each
    other; the price is that communities below 5 count as nothing, so a sum reads "at least". ``households``
    and ``coverage`` leave out communities whose number of households is unknown; ``coverage``, in percent, also
    those where it is below the owners. It is NULL where nothing is left.
    """

    pk = models.CompositePrimaryKey("region_id", "category")
    region_id = models.BigIntegerField()
    category = models.ForeignKey(
        "members.Category", models.CASCADE, related_name="+", db_constraint=False, db_index=False
    )
    communities = models.IntegerField()
    households = models.IntegerField()
    members = models.IntegerField()
    owning_households = models.IntegerField()
    potential_buyers = models.IntegerField()
    coverage = models.SmallIntegerField(null=True)
