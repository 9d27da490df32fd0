"""Writes the town's regions and communities."""

import json
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import shapely
from django.conf import settings
from django.contrib.gis.geos import GEOSGeometry
from django.db import connection
from django.utils import timezone
from shapely.geometry.base import BaseGeometry

from geo.crs import to_display
from geo.matching.names import name_key
from geo.models import Community, CommunityName, CommunitySource, PlaceSource, Region
from geo.shapes import inner_points
from geo.sql import load
from salesapp.demo import outline
from salesapp.demo.communities import Communities
from salesapp.demo.loading import copy_rows
from salesapp.demo.outline import Outline
from salesapp.demo.rows import SYSTEM

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Regions:
    city: Region
    districts: list[Region]
    areas: list[Region]


def write_regions(drawn: Outline) -> Regions:
    """The tree from the country down, by code: what is there is brought up to date and keeps its id."""
    code, name = outline.COUNTRY
    # the country may be there from an import of real boundaries, and is left as it is
    country, _ = Region.objects.get_or_create(
        code=code, defaults={"level": Region.Level.COUNTRY, "name": name, **_shape(drawn.province)}
    )
    province = _region(outline.PROVINCE, Region.Level.PROVINCE, country, drawn.province)
    city = _region(outline.CITY, Region.Level.CITY, province, drawn.city)
    districts: list[Region] = []
    areas: list[Region] = []
    for plan, shape in zip(outline.DISTRICTS, drawn.districts, strict=True):
        district = _region((plan.code, plan.name), Region.Level.DISTRICT, city, shape)
        districts.append(district)
        for number, (area, _, _) in enumerate(plan.areas, start=1):
            shape = drawn.areas[len(areas)]
            areas.append(_region((f"{plan.code}{number:03d}", area), Region.Level.AREA, district, shape))
    return Regions(city, districts, areas)


def _region(code_and_name: tuple[str, str], level: str, parent: Region, shape: BaseGeometry) -> Region:
    code, name = code_and_name
    region, _ = Region.objects.update_or_create(
        code=code, defaults={"level": level, "name": name, "parent": parent, **_shape(shape)}
    )
    return region


def _shape(geometry: BaseGeometry) -> dict[str, object]:
    display = _displayed(geometry)
    return {
        "boundary": GEOSGeometry(shapely.to_wkb(geometry, hex=True), srid=4326),
        "boundary_display": GEOSGeometry(shapely.to_wkb(display, hex=True), srid=3857),
        "centre_display": GEOSGeometry(shapely.to_wkb(inner_points(np.array([display]))[0], hex=True), srid=3857),
        "boundary_crs": "wgs84",
    }


def _displayed(geometry: BaseGeometry) -> BaseGeometry:
    return shapely.transform(
        geometry, lambda degrees: np.column_stack(to_display(degrees[:, 0], degrees[:, 1], settings.MAP_CRS))
    )


def clear_communities(city: Region) -> None:
    """Take the demo's communities away; members must have gone before."""
    with connection.cursor() as cursor:
        cursor.execute(load("salesapp.demo", "clear_places"), {"city": city.pk})


def write_communities(town: Communities, regions: Regions) -> Ints:
    """All communities with names and source rows; their ids in the order of their numbers."""
    source, _ = PlaceSource.objects.get_or_create(name=SYSTEM, defaults={"label": "演示", "rank": 900})
    ids, source_ids = _reserve(Community, len(town)), _reserve(CommunitySource, len(town))
    facts = _facts(town, regions)
    now = pa.repeat(pa.scalar(timezone.now().isoformat()), len(town))
    areas = np.array([area.pk for area in regions.areas])[town.area]
    districts = np.array([district.pk for district in regions.districts])[town.district]
    paths = np.array([area.path for area in regions.areas])[town.area]
    points = shapely.points(town.points)
    boundaries = np.array(town.boundaries, dtype=object)
    communities = pa.table(
        {
            "id": ids,
            "region_id": areas,
            "district_id": districts,
            "city_id": np.full(len(town), regions.city.pk),
            "region_path": paths,
            **facts,
            "point_display": _wkb(_displayed_each(points), 3857),
            "boundary_display": _wkb(_displayed_each(boundaries), 3857),
            "chosen": [
                _chosen(row, boundary) for row, boundary in zip(source_ids.tolist(), town.boundaries, strict=True)
            ],
            "updated_at": now,
        }
    )
    rows = pa.table(
        {
            "id": source_ids,
            "source_id": np.full(len(town), source.pk),
            "source_key": [f"D{number:06d}" for number in range(len(town))],
            "community_id": ids,
            "city_label": pa.repeat(pa.scalar(regions.city.name), len(town)),
            "district_label": np.array([district.name for district in regions.districts])[town.district],
            **facts,
            "raw_x": town.points[:, 0],
            "raw_y": town.points[:, 1],
            "raw_crs": pa.repeat(pa.scalar("wgs84"), len(town)),
            "raw": pa.repeat(pa.scalar("{}"), len(town)),
            "imported_at": now,
        }
    )
    to = connection.connection
    copy_rows(to, {Community: communities, CommunitySource: rows, CommunityName: _names(town, ids, regions)})
    return ids


def _facts(town: Communities, regions: Regions) -> dict[str, object]:
    """What the source tells and the community takes over."""
    districts = [regions.districts[number].name for number in town.district.tolist()]
    return {
        "name": town.names,
        "address": [f"{district}{address}" for district, address in zip(districts, town.addresses, strict=True)],
        "households": town.households,
        "buildings": town.buildings,
        "build_year": town.build_year,
        "price_tier": town.price_tier,
        "point": _wkb(shapely.points(town.points), 4326),
        "boundary": _wkb(np.array(town.boundaries, dtype=object), 4326),
    }


def _chosen(row: int, boundary: BaseGeometry | None) -> str:
    fields = ["name", "address", "households", "buildings", "build_year", "price_tier", "point"]
    return json.dumps({field: row for field in fields + ["boundary"] * (boundary is not None)})


def _names(town: Communities, ids: Ints, regions: Regions) -> pa.Table:
    spellings = [(i, name) for i, name in zip(ids.tolist(), town.names, strict=True)]
    spellings += [(i, alias) for i, alias in zip(ids.tolist(), town.aliases, strict=True) if alias]
    return pa.table(
        {
            "community_id": [i for i, _ in spellings],
            "city_id": np.full(len(spellings), regions.city.pk),
            "name": [name for _, name in spellings],
            "key": [name_key(name) for _, name in spellings],
        }
    )


def _displayed_each(geometries: npt.NDArray[np.object_]) -> npt.NDArray[np.object_]:
    return np.asarray(
        shapely.transform(
            geometries, lambda degrees: np.column_stack(to_display(degrees[:, 0], degrees[:, 1], settings.MAP_CRS))
        )
    )


def _wkb(geometries: npt.NDArray[np.object_], srid: int) -> pa.Array:
    """Hex EWKB, NULL for None."""
    texts = shapely.to_wkb(shapely.set_srid(geometries, srid), hex=True, include_srid=True)
    return pa.array(texts.tolist(), type=pa.string())


def _reserve(model: type[Community] | type[CommunitySource], count: int) -> Ints:
    """Ids that nobody else gets."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_get_serial_sequence(%s, 'id')", [model._meta.db_table])
        (sequence,) = cursor.fetchone()
        cursor.execute("select nextval(%s::regclass)", [sequence])
        (first,) = cursor.fetchone()
        cursor.execute("select setval(%s::regclass, %s)", [sequence, first + count - 1])
    return np.arange(first, first + count, dtype=np.int64)
