from django.db import models


class AudienceMember(models.Model):
    """A member with a need of level 3 or 4 and what decides whether they can be reached. Published by table swap.

    As of the build: whether ``objecting`` to profiling; ``addresses`` has the bit 1 << channel set where the member
    has an address and does not object, ``consents`` where they also agreed to marketing there; ``blocked_until``
    is when the month ends, NULL where none runs. Broadcasts gather from these; AudienceCell
    holds the counts of a night. Lies on disk by category, region and community. Who was erased or merged away
    is left out.
    """

    pk = models.CompositePrimaryKey("member_id", "category")
    member_id = models.BigIntegerField()
    category = models.ForeignKey(
        "members.Category", models.CASCADE, related_name="+", db_constraint=False, db_index=False
    )
    region_path = models.CharField(max_length=200, db_collation="C")  # of the community
    community_id = models.BigIntegerField()
    level = models.SmallIntegerField()
    objecting = models.BooleanField()
    addresses = models.SmallIntegerField()
    consents = models.SmallIntegerField()
    blocked_until = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["category", "region_path"], name="audience_area"),
            # Whose month has ended since
            models.Index(
                fields=["blocked_until"], name="audience_blocked", condition=models.Q(blocked_until__isnull=False)
            ),
        ]
