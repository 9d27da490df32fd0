from django.contrib.postgres.fields import ArrayField
from django.db import models


class NeighbourList(models.Model):
    """邻居偏好 of one community and category: the models worth naming, best first. Published by table swap.

    One narrow row instead of one per model: the counter reads it with a single index probe. The arrays are
    parallel. ``households`` are distinct ones in the community (0 below 5); ``weights`` their
    recency-weighted counts; ``parent_shares`` the share the model has one level up, to which the
    community's own share is shrunk: (weight + k * parent_share) / (total_weight + k). ``levels`` say where
    at least 5 households stand behind the model: 0 community, 1 district, 2 city, 3 country.
    """

    pk = models.CompositePrimaryKey("community_id", "category")
    community_id = models.BigIntegerField()
    category = models.ForeignKey(
        "members.Category", models.CASCADE, related_name="+", db_constraint=False, db_index=False
    )
    total_weight = models.FloatField()
    products = ArrayField(models.BigIntegerField())
    households = ArrayField(models.IntegerField())
    weights = ArrayField(models.FloatField())
    parent_shares = ArrayField(models.FloatField())
    levels = ArrayField(models.SmallIntegerField())
