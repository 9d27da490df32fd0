"""Read regions with their boundaries from a file into the tree."""

import hashlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from django.conf import settings
from django.db import connection, transaction

from geo.actions.lock_places import lock_places
from geo.crs import Crs
from geo.features import Feature, has_features, read_features
from geo.file_bounds import held, weight
from geo.intake import Doing, Progress, Report, Row, Step, UnreadableFile
from geo.models import ImportRun, Region
from geo.shapes import Shapes, converted, displayed, ewkb, inner_points, mended
from geo.sql import load

FIELDS = ("code", "name", "level", "parent")
# The columns of Alibaba DataV, and plain ones.
COLUMNS = {
    "adcode": "code",
    "name": "name",
    "level": "level",
    "parent.adcode": "parent",
    "code": "code",
    "parent": "parent",
}
ROOT_CODE, ROOT_NAME = "CN", "中国"
LEVELS = [level.value for level in Region.Level]
CODE_LENGTH, NAME_LENGTH = 32, 80
_DIVISION_CODE = 6  # digits of an administrative code: two of the province, two of the city, two of the district


@dataclass(slots=True)
class _Wanted:
    """What a row of the file says of a region."""

    line: int
    code: str
    name: str
    level: str
    parent: str
    shape: Any


@dataclass(slots=True)
class _Known:
    """A region of the tree, without its geometry."""

    id: int
    code: str
    level: str
    name: str
    parent_id: int | None
    drawn: str = ""  # hash of the stored boundaries
    crs: str = ""
    is_new: bool = field(default=False)


def import_regions(
    *,
    path: Path,
    crs: str,
    level: str = "",
    columns: Mapping[str, str] | None = None,
    progress: Progress = lambda _step: None,
) -> tuple[ImportRun, Counter[str]]:
    """Read a GeoJSON or GeoParquet file of regions; one transaction, all or nothing.

    ``crs`` is the system of the file (geo.crs.Crs), ``level`` the level of rows that name none, ``columns``
    the file's column for a field (code, name, level, parent) where it is not the usual one. A region is known
    by its code; a second run changes nothing. A parent is found by its code, in the file or in the tree; when
    it is not there, the region hangs under the nearest region that its administrative code names (370202 under
    3702 00, else under 37 0000), else under the country "CN", which is made when missing, and moves down when
    a later file brings the nearer one. A code that comes at two levels (东莞市 is city and district at once)
    keeps the higher. Communities follow when a region above them moves.

    Returns the run and how often something in a row that was taken was mended or left out. Raises
    UnreadableFile when the file as a whole cannot be read or lacks a column; then nothing is stored.
    """
    system = Crs(crs)
    if not has_features(path):
        raise UnreadableFile("unknown_format", f"{path.name} is neither GeoJSON nor GeoParquet")
    features = list(held(read_features(path), _cost))
    if not features:
        raise UnreadableFile("no_rows", "the file has no features")
    column_of = _columns(features, dict(columns or {}), level)
    progress(Step(Doing.READING, len(features)))
    with transaction.atomic(), Report("regions", path) as report:
        lock_places()
        report.rows = len(features)
        known = {region.code: region for region in _tree()}
        wanted = _accepted(features, column_of, level, known, report)
        boundaries, display = _boundaries(wanted, system, report)
        progress(Step(Doing.STORING, len(wanted)))
        _store(wanted, boundaries, display, system, known, report)
        _set_paths()
        return report.save(), report.notes


def _cost(feature: Feature) -> int:
    """A boundary is held in several projections and as bytes."""
    return weight(feature.values) + 100 * int(shapely.get_num_coordinates(feature.shape))


def _columns(features: list[Feature], given: dict[str, str], level: str) -> dict[str, str]:
    """{field: column} of this file. Raises UnreadableFile naming what is missing."""
    names = {name for feature in features if not feature.broken for name in feature.values}
    for column, target in given.items():
        if target not in FIELDS:
            raise UnreadableFile("unknown_field", f"no field {target}; there are {', '.join(FIELDS)}")
        if names and column not in names:
            raise UnreadableFile("missing_column", f"the file has no column {column}")
    found = {target: column for column, target in reversed(COLUMNS.items()) if column in names}
    found |= {target: column for column, target in given.items()}
    missing = [target for target in ("code", "name", "level") if target not in found]
    if level and "level" in missing:
        missing.remove("level")
    if names and missing:
        raise UnreadableFile(
            "missing_column", f"no column for {', '.join(missing)}; the file has {', '.join(sorted(names))}"
        )
    return found


def _tree() -> list[_Known]:
    with connection.cursor() as cursor:
        cursor.execute(load("geo", "regions_known"))
        return [_Known(*row) for row in cursor.fetchall()]


def _accepted(
    features: list[Feature], column_of: dict[str, str], level: str, known: dict[str, _Known], report: Report
) -> list[_Wanted]:
    accepted: dict[str, _Wanted] = {}
    for feature in features:
        row = _wanted(feature, column_of, level)
        if reason := _refusal(feature, row, accepted):
            report.refuse(feature.line, reason, row.code[:CODE_LENGTH])
            continue
        present = known.get(row.code)
        if present and LEVELS.index(present.level) < LEVELS.index(row.level):
            report.note(row.line, "kept_at_higher_level", f"{row.code} is a {present.level}")
            report.unchanged += 1
            continue
        accepted[row.code] = row
    return list(accepted.values())


def _wanted(row: Feature, column_of: dict[str, str], level: str) -> _Wanted:
    values = {target: row.values.get(column_of.get(target, ""), "") for target in FIELDS}
    return _Wanted(
        row.line, values["code"], values["name"], (values["level"] or level).lower(), values["parent"], row.shape
    )


def _refusal(feature: Row, row: _Wanted, accepted: dict[str, _Wanted]) -> str:
    """The reason code, empty when the row is good."""
    if feature.broken:
        return feature.broken
    if any(character == "\0" or "\ud800" <= character <= "\udfff" for character in row.code + row.name):
        return "broken_line"
    if not row.code:
        return "no_code"
    if not row.name:
        return "no_name"
    if len(row.code) > CODE_LENGTH or len(row.name) > NAME_LENGTH:
        return "too_long"
    if row.level not in LEVELS:
        return "bad_level"
    if row.code in accepted:
        return "duplicate_code"
    if row.parent == row.code:
        return "bad_parent"
    if row.shape is not None and not _on_earth(row.shape):
        return "outside_the_earth"
    return ""


def _on_earth(shape: Any) -> bool:
    west, south, east, north = shape.bounds
    return bool(shape.is_empty or (west >= -180 and east <= 180 and south >= -90 and north <= 90))


def _boundaries(wanted: list[_Wanted], system: Crs, report: Report) -> tuple[Shapes, Shapes]:
    """Boundaries in WGS-84 and as drawn; None for a row without a polygon."""
    shapes: Shapes = np.empty(len(wanted), dtype=object)
    shapes[:] = [row.shape for row in wanted]
    for row, is_valid in zip(wanted, shapely.is_valid(shapes), strict=True):
        if row.shape is not None and not is_valid:
            report.note(row.line, "mended", row.code)
    boundaries = mended(converted(mended(shapes), system, Crs.WGS84))
    for row, boundary in zip(wanted, boundaries, strict=True):
        if row.shape is not None and boundary is None:
            report.note(row.line, "no_polygon", row.code)
    return boundaries, mended(displayed(boundaries, settings.MAP_CRS))


def _store(
    wanted: list[_Wanted], boundaries: Shapes, display: Shapes, system: Crs, known: dict[str, _Known], report: Report
) -> None:
    needs_root = any(row.level != Region.Level.COUNTRY for row in wanted) and ROOT_CODE not in known
    news = [row.code for row in wanted if row.code not in known]
    ids = _new_ids(len(news) + needs_root)
    for code in news:
        known[code] = _Known(ids.pop(0), code, "", "", None, is_new=True)
    levels = {region.code: region.level for region in known.values()} | {row.code: row.level for row in wanted}
    changed: list[tuple[object, ...]] = []
    hashes = _hashes(boundaries, display)
    drawings = zip(hashes, ewkb(boundaries, 4326), ewkb(display, 3857), ewkb(inner_points(display), 3857), strict=True)
    root_id = known[ROOT_CODE].id if ROOT_CODE in known else (ids[0] if needs_root else 0)
    root_used = False
    for row, (drawn, boundary, drawing, centre) in zip(wanted, drawings, strict=True):
        region = known[row.code]
        parent_id: int | None = None
        if row.level != Region.Level.COUNTRY:
            above = _parent(row, levels)
            if above is None:
                report.refuse(row.line, "bad_parent", row.code)
                continue
            parent_id = known[above].id if above else root_id
            root_used |= not above
        has_boundary = boundary is not None
        crs = system.value if has_boundary else ""
        if not has_boundary:  # a file without polygons does not take them away
            drawn, crs = region.drawn, region.crs
        now = (row.level, row.name, parent_id, drawn, crs)
        if not region.is_new and now == (region.level, region.name, region.parent_id, region.drawn, region.crs):
            report.unchanged += 1
            continue
        if region.is_new:
            report.created += 1
        else:
            report.merged += 1
        changed.append((region.id, row.code, row.level, row.name, parent_id, boundary, drawing, centre, crs))
    with connection.cursor() as cursor:
        if needs_root and root_used:
            cursor.execute(load("geo", "insert_root_region"), [root_id, ROOT_CODE, ROOT_NAME])
        cursor.execute(load("geo", "stage_regions"))
        with cursor.copy("copy region_stage from stdin") as copy:
            for line in changed:
                copy.write_row(line)
        cursor.execute(load("geo", "store_regions"))
        cursor.execute("drop table region_stage")


def _parent(row: _Wanted, levels: dict[str, str]) -> str | None:
    """The code of the parent; empty for the country "CN"; None when the named parent is not above the region."""
    rank = LEVELS.index(row.level)
    named = row.parent if row.parent in levels else ""
    if named and LEVELS.index(levels[named]) >= rank and row.level != Region.Level.AREA:
        return None
    if len(row.code) == _DIVISION_CODE and row.code.isdigit():
        city, province = row.code[:4] + "00", row.code[:2] + "0000"
        for code in (city, province):
            if named in {"", province} and code != row.code and code in levels and LEVELS.index(levels[code]) < rank:
                return code
    return named


def _hashes(boundaries: Shapes, display: Shapes) -> list[str]:
    """What sql/regions_known.sql computes of the stored boundaries."""
    return [
        hashlib.md5(one + two, usedforsecurity=False).hexdigest() if one is not None else ""
        for one, two in zip(_wkb(boundaries), _wkb(display), strict=True)
    ]


def _wkb(shapes: Shapes) -> list[Any]:
    binary: list[Any] = shapely.to_wkb(shapes, flavor="iso", byte_order=1).tolist()
    return binary


def _new_ids(count: int) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(
            "select nextval(pg_get_serial_sequence('geo_region', 'id')) from generate_series(1, %s)", [count]
        )
        return [int(row[0]) for row in cursor.fetchall()]


def _set_paths() -> None:
    with connection.cursor() as cursor:
        for name in ("hang_regions_lower", "set_region_paths", "move_communities"):
            cursor.execute(load("geo", name))
        cursor.execute("analyze geo_region")
