"""Give communities the values that their source rows tell."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from typing import Any, NamedTuple

import numpy as np
import shapely
from django.conf import settings
from django.db import connection, transaction

from geo.crs import to_display
from geo.matching.divisions import Divisions
from geo.queries.outlines import Outlines
from geo.shapes import Shapes, displayed, ewkb, mended
from geo.sql import load


class _Place(NamedTuple):
    """A community with the labels and the point it is to be placed by."""

    community: int
    region: int
    city: int | None
    district: int | None
    lon: float | None
    lat: float | None
    boundary: bytes | None


@transaction.atomic
def choose_values(*, communities: Collection[int], divisions: Divisions, outlines: Outlines) -> int:
    """Choose every value of these communities anew from their source rows and place them in the tree.

    Facts come from sources trusted for facts, points and boundaries from those trusted for points: the lowest
    rank first, then the oldest row; ``Community.chosen`` says which row. The district is the one that holds
    the point, without a point the one that the rows are labelled with; the region is the smallest sales area
    there, else the district, else the city. Communities without source rows stay as they are. Returns how
    many communities changed; the others are not touched.
    """
    with connection.cursor() as cursor:
        cursor.execute(load("geo", "stage_choice"))
        with cursor.copy("copy choice_community from stdin") as copy:
            for community in communities:
                copy.write_row((community,))
        cursor.execute(load("geo", "choice_labels"))
        labels = cursor.fetchall()
        with cursor.copy("copy choice_label from stdin") as copy:
            for city_label, district_label in labels:
                city = divisions.city(city_label)
                district = divisions.district(city.id, district_label) if city else None
                copy.write_row((city_label, district_label, city and city.id, district and district.id))
        cursor.execute("analyze choice_community, choice_label")
        cursor.execute(load("geo", "choose_community_values"))
        cursor.execute(load("geo", "choice_whereabouts"))
        places = [_Place(*row) for row in cursor.fetchall()]
        placed = list(_placed(places, divisions, outlines))
        with cursor.copy("copy choice_place from stdin") as copy:
            for line in placed:
                copy.write_row(line)
        cursor.execute("analyze choice_place")
        cursor.execute(load("geo", "apply_choice"))
        changed = int(cursor.rowcount)
        cursor.execute("drop table choice_community, choice_label, choice, choice_place")
    return changed


def _placed(places: list[_Place], divisions: Divisions, outlines: Outlines) -> Iterable[tuple[Any, ...]]:
    """Rows of choice_place."""
    lon = np.array([place.lon for place in places], dtype=float)
    lat = np.array([place.lat for place in places], dtype=float)
    has_point = ~np.isnan(lon)
    district = np.array([place.district or 0 for place in places], dtype=np.int64)
    region = np.array([place.district or place.city or place.region for place in places], dtype=np.int64)
    of_city: dict[int, list[int]] = defaultdict(list)
    for index in np.flatnonzero(has_point):
        if city := places[index].city:
            of_city[city].append(int(index))
    for city, indexes in of_city.items():
        at = np.array(indexes)
        inside = outlines.first_of([d.id for d in divisions.districts_in(city)], lon[at], lat[at])
        at_known = at[inside > 0]
        district[at_known] = region[at_known] = inside[inside > 0]
        areas = outlines.first_of(outlines.sales_areas(divisions.by_id[city].path), lon[at], lat[at])
        for index, area in zip(at[areas > 0], areas[areas > 0], strict=True):
            # an area that reaches into another district must not take the community out of its own
            if divisions.by_id[int(area)].path.startswith(divisions.by_id[int(region[index])].path):
                region[index] = area
    x, y = to_display(lon, lat, settings.MAP_CRS)
    points: Shapes = np.full(len(places), None, dtype=object)
    points[has_point] = shapely.points(x[has_point], y[has_point])
    boundaries = mended(displayed(shapely.from_wkb([place.boundary for place in places]), settings.MAP_CRS))
    for place, its_region, its_district, point, boundary in zip(
        places, region.tolist(), district.tolist(), ewkb(points, 3857), ewkb(boundaries, 3857), strict=True
    ):
        path = divisions.by_id[its_region].path
        yield place.community, its_region, its_district or None, place.city, path, point, boundary
