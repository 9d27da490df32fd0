from django.contrib.postgres.fields import ArrayField
from django.db import models


class AudienceCell(models.Model):
    """How many AudienceMembers one community has in one category. Counted once a night, and shown so all day.

    ``lines`` holds a line for each channel: ten counts, each holding the ones before it, of those of level 4 and
    then those of level 3 who object, have no address, no consent, have used up the month, or can be reached.
    These are true counts and never shown; ``noise`` decides how they are (docs/adr/0012). A region is one range
    of the index, and lies together on disk.
    """

    pk = models.CompositePrimaryKey("category", "community_id")
    category = models.ForeignKey(
        "members.Category", models.CASCADE, related_name="+", db_constraint=False, db_index=False
    )
    community_id = models.BigIntegerField()
    region_path = models.CharField(max_length=200, db_collation="C")
    noise = models.BigIntegerField()
    lines = ArrayField(ArrayField(models.IntegerField(), size=10), size=4)

    class Meta:
        indexes = [models.Index(fields=["category", "region_path"], name="audience_cell_area")]
