"""One community of one's scope: its facts and the protected figures of every category."""

from datetime import datetime
from typing import TypedDict

from members.models import CommunityStat
from members.queries.catalogue import categories
from outreach.queries.community_list import Count, figures_as_of, protected
from outreach.queries.visible import visible_communities
from salesapp.staff.models import Employee


class CategoryFigures(TypedDict):
    category: str
    name: str
    potential_buyers: Count
    owning_households: Count
    coverage: int | None


class CommunityFacts(TypedDict):
    id: int
    name: str
    region: str
    address: str
    households: int | None
    buildings: int | None
    build_year: int | None
    price_tier: int | None
    figures: list[CategoryFigures]
    as_of: datetime | None


def community_facts(employee: Employee, community_id: int) -> CommunityFacts:
    """Raises Community.DoesNotExist for one outside the employee's scope."""
    community = (
        visible_communities(employee)
        .select_related("region")
        .defer("boundary", "boundary_display")
        .get(id=community_id)
    )
    stats = {stat.category_id: stat for stat in CommunityStat.objects.filter(community_id=community.id)}
    figures: list[CategoryFigures] = []
    for category_id, category in categories().items():
        stat = stats.get(category_id)
        figures.append(
            {
                "category": category.code,
                "name": category.name,
                "potential_buyers": protected(stat.potential_buyers if stat else None),
                "owning_households": protected(stat.owning_households if stat else None),
                "coverage": stat.coverage if stat else None,
            }
        )
    return {
        "id": community.id,
        "name": community.name,
        "region": community.region.name,
        "address": community.address,
        "households": community.households,
        "buildings": community.buildings,
        "build_year": community.build_year,
        "price_tier": community.price_tier,
        "figures": figures,
        "as_of": figures_as_of(),
    }
