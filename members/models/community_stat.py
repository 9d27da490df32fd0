from django.db import models


class CommunityStat(models.Model):
    """Figures of one community and category as everybody may see them. Published by table swap.

    Every community has a row for every category. Only protected counts are stored, so no reader can get at
    others: a count below 5 is NULL ("<5", nought included), every other is rounded to 5. ``coverage`` is owning
    households / households in percent, made of the protected count; NULL where that or the number of
    households is unknown, or where there are more owners than households and so the latter must be wrong.
    Members who refuse profiling are members but no potential buyers; erased ones are neither.
    """

    pk = models.CompositePrimaryKey("community_id", "category")
    community_id = models.BigIntegerField()
    category = models.ForeignKey(
        "members.Category", models.CASCADE, related_name="+", db_constraint=False, db_index=False
    )
    members = models.IntegerField(null=True)
    owning_households = models.IntegerField(null=True)
    potential_buyers = models.IntegerField(null=True)
    coverage = models.SmallIntegerField(null=True)
