from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from members.actions.build_community_stats import BuiltStats, build_community_stats
from members.actions.build_neighbour_lists import BuiltLists, build_neighbour_lists
from members.actions.rescore_needs import RescoredNeeds, rescore_needs


@dataclass(frozen=True, slots=True)
class BuiltFigures:
    needs: RescoredNeeds
    lists: BuiltLists
    stats: BuiltStats


def build_figures(*, today: date, tell: Callable[[str], object] = lambda step: None) -> BuiltFigures:
    """Build needs, neighbour lists and statistics, in this order, because the statistics count needs.

    Each is published in a transaction of its own: where one fails, its old figures and those of the builds
    after it stay. Raises TooManyRules, or geo.errors.TableBusy.
    """
    return BuiltFigures(
        rescore_needs(today=today, tell=tell),
        build_neighbour_lists(today=today, tell=tell),
        build_community_stats(tell=tell),
    )
