from django.db import models


class Member(models.Model):
    """会员: the resolved person. A narrow row that rarely changes; nothing personal but surname and title.

    Designed to be hash-partitioned by ``id`` and distributed by it: every table about members carries the
    member's id in its primary key, and look-ups by address go through ContactPoint. The id seen outside is
    members.public_id of this one. ``household`` groups the members of one door (a keyed hash of community
    and door number, or the member's own id negated where the door is unknown).
    """

    class Title(models.TextChoices):
        MR = "m", "先生"
        MS = "f", "女士"
        UNKNOWN = "", "顾客"

    surname = models.CharField(max_length=4, blank=True)
    title = models.CharField(max_length=1, choices=Title, blank=True, default="")
    community = models.ForeignKey("geo.Community", models.PROTECT, null=True, related_name="+")
    household = models.BigIntegerField()
    member_since = models.DateField()
    # PIPL 24: a member may refuse profiling and stay a member; the counter then shows nothing of theirs.
    refuses_profiling = models.BooleanField(default=False)
    erased_at = models.DateTimeField(null=True)
    # Taken for the same person as another member: this row is left behind and stands for nobody
    merged_into = models.BigIntegerField(null=True)

    def __str__(self) -> str:
        return f"member {self.pk}"
