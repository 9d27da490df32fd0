from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from django.db.models import Count
from django.utils import timezone

from geo import sql
from geo.publishing import replacing
from members.errors import TooManyRules
from members.models import Need, NeedRule, PublishedFigures
from members.scoring.levels import LEVEL_FROM, REASONS_KEPT, RULES_PER_CATEGORY


@dataclass(frozen=True, slots=True)
class RescoredNeeds:
    """``members`` have a need in at least one category; ``by_level`` counts needs of level 1, 2, 3, 4."""

    members: int
    by_level: tuple[int, int, int, int]

    @property
    def needs(self) -> int:
        return sum(self.by_level)


def rescore_needs(*, today: date, tell: Callable[[str], object] = lambda step: None) -> RescoredNeeds:
    """Score every member in every category by the rule table as of ``today`` and publish the needs.

    A score is the sum of the points of all active rules that hold, within 0 to 100; levels 1 to 4 begin at
    scores 15, 35, 55 and 75, and only they are stored. At most four reasons are kept: the rules that spoke
    for the need, strongest first. Members who are erased or refuse profiling have none. Readers see the old
    needs until all new ones are there. ``tell`` hears each step.

    Raises TooManyRules, or geo.errors.TableBusy; then nothing is changed.
    """
    _refuse_too_many_rules()
    if not NeedRule.objects.filter(is_active=True).exists():
        tell("no need rules: load_default_rules first")
    as_of = timezone.now()
    with replacing(Need) as cursor:
        parameters = {"today": today, "level_from": list(LEVEL_FROM), "reasons_kept": REASONS_KEPT}
        sql.run(cursor, "members", "rescore_needs", parameters, tell)
        cursor.execute(
            "select count(distinct member_id), count(*) filter (where level = 1), count(*) filter (where level = 2),"
            " count(*) filter (where level = 3), count(*) filter (where level = 4) from members_need_new"
        )
        members, weak, fair, strong, very_strong = cursor.fetchone()
        PublishedFigures.objects.published(PublishedFigures.Kind.NEEDS, as_of)
    return RescoredNeeds(members, (weak, fair, strong, very_strong))


def _refuse_too_many_rules() -> None:
    rules = NeedRule.objects.filter(is_active=True)
    everywhere = rules.filter(category=None).count()
    own = rules.exclude(category=None).values("category").annotate(rules=Count("id")).order_by("-rules").first()
    if everywhere + (own["rules"] if own else 0) > RULES_PER_CATEGORY:
        raise TooManyRules(f"at most {RULES_PER_CATEGORY} active need rules may apply to one category")
