from django.db import models


class CommunityCount(models.Model):
    """What the published figures of a community and category were counted from; the nightly build alone reads it.

    A figure moves when its count has moved by 5, and not before (docs/adr/0016). A row without any count is left out.
    """

    pk = models.CompositePrimaryKey("community_id", "category")
    community_id = models.BigIntegerField()
    category = models.ForeignKey(
        "members.Category", models.CASCADE, related_name="+", db_constraint=False, db_index=False
    )
    members = models.IntegerField()
    owning_households = models.IntegerField()
    potential_buyers = models.IntegerField()
