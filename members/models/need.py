from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _


class Need(models.Model):
    """Need of a member in a category, level 1 to 4; no row means none. Published nightly by table swap.

    The score 0 to 100 stays inside. ``reasons`` are ids of the NeedRules that held and spoke for the need,
    strongest first, at most 4. Members who are erased or refuse profiling have no rows.
    """

    class Level(models.IntegerChoices):
        WEAK = 1, _("weak")
        FAIR = 2, _("fair")
        STRONG = 3, _("fairly strong")
        VERY_STRONG = 4, _("strong")

    pk = models.CompositePrimaryKey("member_id", "category")
    member_id = models.BigIntegerField()
    category = models.ForeignKey(
        "members.Category", models.CASCADE, related_name="+", db_constraint=False, db_index=False
    )
    level = models.SmallIntegerField(choices=Level)
    score = models.SmallIntegerField()
    reasons = ArrayField(models.IntegerField())
