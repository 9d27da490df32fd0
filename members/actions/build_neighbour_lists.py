from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from django.utils import timezone

from geo import sql
from geo.publishing import replacing
from members.models import NeighbourList, PublishedFigures
from members.scoring.neighbours import HALF_LIFE_YEARS, MODELS_KEPT, SHRINK


@dataclass(frozen=True, slots=True)
class BuiltLists:
    """Lists by the place they belong to: of communities, and of districts, cities and the country."""

    communities: int
    regions: int


def build_neighbour_lists(*, today: date, tell: Callable[[str], object] = lambda step: None) -> BuiltLists:
    """Rank the models bought around every community as of ``today`` and publish the lists.

    A household counts once for a model, with its latest purchase, which weighs half after 8 years. A model
    counts at a level only where at least 5 households bought it; models no longer sold are left out. Readers
    see the old lists until all new ones are there. ``tell`` hears each step.

    Raises geo.errors.TableBusy; then nothing is changed.
    """
    as_of = timezone.now()
    with replacing(NeighbourList) as cursor:
        cursor.execute(sql.load("members", "neighbour_source"))
        parameters = {
            "today": today, "half_life_years": HALF_LIFE_YEARS, "shrink": SHRINK, "models_kept": MODELS_KEPT,
        }  # fmt: skip
        sql.run(cursor, "members", "build_neighbour_lists", parameters, tell)
        cursor.execute("drop view neighbour_source")
        cursor.execute(
            "select count(*) filter (where place_id > 0), count(*) filter (where place_id <= 0)"
            " from members_neighbourlist_new"
        )
        communities, regions = cursor.fetchone()
        PublishedFigures.objects.published(PublishedFigures.Kind.NEIGHBOURS, as_of)
    return BuiltLists(communities, regions)
