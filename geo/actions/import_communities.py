"""Read the communities that one site or file tells of, and merge them with those of the others."""

import json
import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from operator import attrgetter
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import shapely
from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper

from geo.actions.choose_values import choose_values
from geo.actions.lock_places import lock_places
from geo.crs import Crs, convert
from geo.features import Feature, has_features, read_features
from geo.file_bounds import batches, held
from geo.intake import Doing, Progress, Report, Row, Step, UnreadableFile, read_table
from geo.matching.communities import Home, Whereabouts, home_of, is_same_entry
from geo.matching.community_facts import COLUMNS, REQUIRED, Facts, read_facts, refusal
from geo.matching.divisions import Division, Divisions
from geo.matching.names import merge_key, name_key
from geo.models import CommunityName, CommunitySource, ImportRun, PlaceSource, Region
from geo.queries.outlines import Outlines
from geo.shapes import Shapes, converted, ewkb, mended
from geo.sql import load, run

BATCH = 20_000
_NO_TEXT = re.compile("[\0\ud800-\udfff]")  # NUL and halves of characters: PostgreSQL cannot store them
LONG_KEY = 10  # characters: two sites do not number one name alike by chance with so many
CLEARLY_BETTER = 0.01  # of the labelled points: what a system other than the named one must gain to be told
SHARED_BY = 3  # rows of one city at exactly one coordinate: the geocoder did not know the address


class Imported(NamedTuple):
    """What came of a file. Of ``labelled`` rows with a trusted point and a known district label,
    ``agreeing`` have the point in that district. ``otherwise`` has how many would, were the points in another
    system: {system: rows}; empty where too few disagree for another to be clearly better.
    """

    run: ImportRun
    notes: Counter[str]
    labelled: int
    agreeing: int
    otherwise: dict[str, int]


@dataclass(slots=True)
class _Staged:
    """An accepted row, as much of it as merging needs; the rest waits in community_stage."""

    line: int
    source_key: str
    name: str
    key: str  # merge_key of the name
    city: int
    where: Whereabouts
    spot: tuple[int, float, float] | None  # city and trusted point as received


@dataclass(slots=True)
class _Load:
    """One import under way."""

    source: PlaceSource
    crs: Crs
    report: Report
    divisions: Divisions
    outlines: Outlines = field(default_factory=Outlines)
    staged: list[_Staged] = field(default_factory=list)
    keys: Counter[str] = field(default_factory=Counter)
    spots: Counter[tuple[int, float, float]] = field(default_factory=Counter)
    labels: list[tuple[int, float, float, int]] = field(default_factory=list)  # city, point as received, district
    agreeing: int = 0


def import_communities(
    *,
    path: Path,
    source: str,
    crs: str,
    columns: Mapping[str, str] | None = None,
    where: Mapping[str, Collection[str]] | None = None,
    facts_only: bool = False,
    rank: int | None = None,
    progress: Progress = lambda _step: None,
) -> Imported:
    """Read one source's communities; one transaction: readers see the old state or the new one.

    ``path`` is CSV, Excel, GeoJSON or GeoParquet. ``crs`` is the system of its points (geo.crs.Crs), ``columns``
    the fields (matching.community_facts.COLUMNS) that its columns hold where the names do not tell, ``where``
    the values that a row must have in a column to be read at all. ``facts_only`` marks the source as one whose
    points are stored as received and never used; ``rank`` says how it stands among the sources (lower wins).

    A row is known by the source and its key. A row that is new is merged into the community that it means
    (matching.communities.home_of), or becomes one. A changed one stays with its community unless it has another
    name now and others hold the community. Rows that are no longer in the file stay. The same file again
    changes nothing. A refused row leaves what an earlier file said of it as it was.

    In the run, created are new communities, merged are rows that joined or changed one: in an empty database
    the rows of all files are the communities and the merged and the refused rows, exactly.

    Raises UnreadableFile when the file as a whole cannot be read, lacks a column or has no row to read; then nothing is
    stored.
    """
    system = Crs(crs)
    rows = _rows(path)
    with transaction.atomic(), Report("communities", path, source) as report:
        lock_places()
        place_source, source_changed = _source(source, facts_only=facts_only, rank=rank)
        loading = _Load(place_source, system, report, Divisions(_tree()))
        with connection.cursor() as cursor:
            cursor.execute(load("geo", "stage_communities"))
            column_of: dict[str, str] = {}
            selected = _selected(rows, dict(columns or {}), where or {}, column_of)
            for batch in batches(held(selected), most=BATCH, values=attrgetter("values")):
                _stage(loading, batch, column_of, cursor)
                progress(Step(Doing.READING, report.rows))
            if not report.rows:
                raise UnreadableFile("no_rows", _no_rows(where or {}) if column_of else "the file has no rows")
            _refuse_shared(loading, cursor)
            cursor.execute("analyze community_stage")
            progress(Step(Doing.MATCHING, report.rows))
            touched = _merge(loading, cursor)
        if source_changed:
            touched.update(CommunitySource.objects.filter(source=place_source).values_list("community_id", flat=True))
        progress(Step(Doing.STORING, len(touched)))
        choose_values(communities=touched, divisions=loading.divisions, outlines=loading.outlines)
        with connection.cursor() as cursor:
            cursor.execute(load("geo", "store_community_names"))
            cursor.execute("drop table community_stage, community_home, community_name_stage")
            cursor.execute("analyze geo_communityname")
        return Imported(
            report.save(), report.notes, len(loading.labels), loading.agreeing, _agreeing_otherwise(loading)
        )


def _tree() -> Iterator[Division]:
    for region in Region.objects.values_list("id", "parent_id", "level", "name", "path"):
        yield Division(*region)


def _source(name: str, *, facts_only: bool, rank: int | None) -> tuple[PlaceSource, bool]:
    """The source, and whether it is believed otherwise than before."""
    source, is_new = PlaceSource.objects.select_for_update().get_or_create(name=name)
    before = (source.trusts_points, source.rank)
    source.trusts_points = source.trusts_points and not facts_only
    source.rank = source.rank if rank is None else rank
    changed = before != (source.trusts_points, source.rank)
    if changed:
        source.save()
    return source, changed and not is_new


# --- reading ------------------------------------------------------------------------------------------------


def _rows(path: Path) -> Iterator[Row]:
    return read_features(path) if has_features(path) else read_table(path)


def _selected(
    rows: Iterable[Row], given: dict[str, str], where: Mapping[str, Collection[str]], column_of: dict[str, str]
) -> Iterator[Row]:
    """The rows that fulfil ``where``, and broken ones. Fills ``column_of`` {field: column} from the first row.

    Raises UnreadableFile naming a column that is missing.
    """
    for row in rows:
        if row.broken and not row.values:
            yield row
            continue
        if not column_of:
            column_of.update(_columns(row, given, where))
        if all(row.values.get(column) in values for column, values in where.items()):
            yield row


def _no_rows(where: Mapping[str, Collection[str]]) -> str:
    conditions = (" or ".join(f"{column}={value}" for value in values) for column, values in where.items())
    return f"no row has {' and '.join(conditions)}"


def _columns(row: Row, given: dict[str, str], where: Mapping[str, Collection[str]]) -> dict[str, str]:
    for column in (*given, *where):
        if column not in row.values:
            raise UnreadableFile("missing_column", f"the file has no column {column}; it has {', '.join(row.values)}")
    for target in given.values():
        if target not in COLUMNS:
            raise UnreadableFile("unknown_field", f"no field {target}; there are {', '.join(COLUMNS)}")
    found = {
        target: next(column for column in usual if column in row.values)
        for target, usual in COLUMNS.items()
        if any(column in row.values for column in usual)
    }
    found |= {target: column for column, target in given.items()}
    for target in REQUIRED:
        if target not in found:
            raise UnreadableFile(
                "missing_column",
                f"no column for {target}; the file has {', '.join(row.values)}. Name one: --map COLUMN={target}",
            )
    return found


# --- staging ------------------------------------------------------------------------------------------------


class _Candidate(NamedTuple):
    """A row that is good but for its place."""

    row: Row
    facts: Facts
    city: Division
    label: Division | None


def _stage(loading: _Load, batch: list[Row], column_of: dict[str, str], cursor: CursorWrapper) -> None:
    """Check a batch and write what is accepted into community_stage."""
    loading.report.rows += len(batch)
    candidates = list(_candidates(loading, batch, column_of))
    boundaries, points = _geometries(loading, candidates)
    lon, lat = shapely.get_x(points), shapely.get_y(points)
    is_outside, inside = _places(loading, candidates, lon, lat)
    hex_points, hex_boundaries = ewkb(points, 4326), ewkb(boundaries, 4326)
    with cursor.copy("copy community_stage from stdin") as copy:
        for index, (row, facts, city, label) in enumerate(candidates):
            spot = None
            if points[index] is not None:
                spot = (city.id, facts.lon or 0.0, facts.lat or 0.0)
                loading.spots[spot] += 1
                if label:
                    loading.labels.append((*spot, label.id))
                    loading.agreeing += label.id == inside[index]
            if is_outside[index]:
                loading.report.refuse(row.line, "point_outside_city", f"{facts.city}: {facts.lon} {facts.lat}")
                continue
            for reason, detail in facts.notes:
                loading.report.note(row.line, reason, detail)
            places = Whereabouts({label.id} if label else set())
            if inside[index]:
                places.districts.add(int(inside[index]))
            if points[index] is not None:
                places.points.add((float(lon[index]), float(lat[index])))
            key = _source_key(loading, facts)
            loading.staged.append(_Staged(row.line, key, facts.name, merge_key(facts.name), city.id, places, spot))
            copy.write_row((
                row.line, key, facts.name, facts.city, facts.district, facts.address, facts.households,
                facts.buildings, facts.build_year, facts.price_tier, facts.lon, facts.lat,
                "" if facts.lon is None else loading.crs.value, hex_points[index], hex_boundaries[index], _raw(row),
            ))  # fmt: skip


def _candidates(loading: _Load, batch: list[Row], column_of: dict[str, str]) -> Iterator[_Candidate]:
    report = loading.report
    last_year = date.today().year + 1
    for row in batch:
        if row.broken and row.broken != "broken_shape":
            report.refuse(row.line, row.broken)
            continue
        if any(map(_NO_TEXT.search, row.values.values())):
            report.refuse(row.line, "broken_line")
            continue
        facts = read_facts(row.values, column_of, last_year=last_year)
        if row.broken:
            facts.notes.append((row.broken, ""))
        if reason := refusal(facts):
            report.refuse(row.line, reason, facts.name if reason != "absurd_households" else str(facts.households))
            continue
        city = loading.divisions.city(facts.city)
        if city is None:
            report.refuse(row.line, "unknown_city", facts.city)
            continue
        label = loading.divisions.district(city.id, facts.district)
        if facts.district and not label:
            facts.notes.append(("unknown_district", facts.district))
        yield _Candidate(row, facts, city, label)


def _geometries(loading: _Load, candidates: list[_Candidate]) -> tuple[Shapes, Shapes]:
    """Boundaries and trusted points in WGS-84; for the row's point as received see Facts.lon and lat."""
    shapes: Shapes = np.full(len(candidates), None, dtype=object)
    for index, candidate in enumerate(candidates):
        shapes[index] = candidate.row.shape if isinstance(candidate.row, Feature) else None
    is_finite = np.isfinite(shapely.bounds(shapes)).all(axis=1)
    polygons = mended([shape if is_known else None for shape, is_known in zip(shapes, is_finite, strict=True)])
    inner = shapely.point_on_surface(polygons)
    for candidate, shape, point in zip(candidates, shapes, inner, strict=True):
        facts = candidate.facts
        stands_for = point or (shape if shape is not None and shape.geom_type == "Point" else None)
        if stands_for and np.isfinite([stands_for.x, stands_for.y]).all():
            facts.lon, facts.lat = stands_for.x, stands_for.y
        elif shape is not None:
            facts.notes.append(("bad_shape", shape.geom_type))
    points: Shapes = np.full(len(candidates), None, dtype=object)
    if loading.source.trusts_points:
        x = np.array([candidate.facts.lon for candidate in candidates], dtype=float)
        y = np.array([candidate.facts.lat for candidate in candidates], dtype=float)
        has_point = ~np.isnan(x)
        points[has_point] = shapely.points(*convert(x[has_point], y[has_point], loading.crs, Crs.WGS84))
    else:
        polygons[:] = None
    return mended(converted(polygons, loading.crs, Crs.WGS84)), points


def _places(loading: _Load, candidates: list[_Candidate], lon: Any, lat: Any) -> tuple[list[bool], list[int]]:
    """For each row whether its point lies outside its city, and the id of the district that holds it or 0."""
    outside = (np.abs(lon) > 180) | (np.abs(lat) > 90)
    inside = np.zeros(len(candidates), dtype=np.int64)
    for city, at in _by_city((candidate.city.id for candidate in candidates), ~np.isnan(lon)).items():
        inside[at] = _district_at(loading, city, lon[at], lat[at])
        if loading.outlines.has(city):
            outside[at] |= (inside[at] == 0) & ~loading.outlines.holds(city, lon[at], lat[at])
    return outside.tolist(), inside.tolist()


def _by_city(cities: Iterable[int], chosen: Any) -> dict[int, Any]:
    """{city: indexes} of the chosen places."""
    found: dict[int, list[int]] = defaultdict(list)
    for index, city in enumerate(cities):
        if chosen[index]:
            found[city].append(index)
    return {city: np.array(indexes) for city, indexes in found.items()}


def _district_at(loading: _Load, city: int, lon: Any, lat: Any) -> Any:
    return loading.outlines.first_of([district.id for district in loading.divisions.districts_in(city)], lon, lat)


def _agreeing_otherwise(loading: _Load) -> dict[str, int]:
    """{system: labelled rows whose point would be in their district}, for the systems that were not named."""
    if len(loading.labels) - loading.agreeing <= len(loading.labels) * CLEARLY_BETTER:
        return {}
    cities, x, y, labels = (np.array(column) for column in zip(*loading.labels, strict=True))
    found = {}
    for crs in set(Crs) - {loading.crs}:
        lon, lat = convert(x, y, crs, Crs.WGS84)
        agreeing = 0
        for city, at in _by_city(cities.tolist(), np.ones(len(labels), dtype=bool)).items():
            agreeing += int((_district_at(loading, city, lon[at], lat[at]) == labels[at]).sum())
        found[crs.value] = agreeing
    return found


def _source_key(loading: _Load, facts: Facts) -> str:
    """The row's key at the source; a row without one is known by city, district and name.

    A key that comes again in the file is told apart by its number of appearance.
    """
    key = facts.key or "/".join((facts.city, facts.district, facts.name))[:110]
    loading.keys[key] += 1
    times = loading.keys[key]
    return key if times == 1 else f"{key}#{times}"


def _raw(row: Row) -> str:
    """The row as received, empty cells left out; of a feature also its geometry."""
    raw: dict[str, Any] = {column: value for column, value in row.values.items() if value}
    if isinstance(row, Feature) and row.shape is not None and row.shape.geom_type != "Point":
        raw["geometry"] = json.loads(shapely.to_geojson(row.shape))
    return json.dumps(raw, ensure_ascii=False)


def _refuse_shared(loading: _Load, cursor: CursorWrapper) -> None:
    shared = {spot for spot, rows in loading.spots.items() if rows >= SHARED_BY}
    refused = [row for row in loading.staged if row.spot in shared]
    for row in refused:
        _, lon, lat = row.spot or (0, 0.0, 0.0)
        loading.report.refuse(row.line, "shared_geocoder_default", f"{lon} {lat}")
    loading.staged = [row for row in loading.staged if row.spot not in shared]
    cursor.execute("delete from community_stage where line = any(%s)", [[row.line for row in refused]])


# --- merging ------------------------------------------------------------------------------------------------


def _merge(loading: _Load, cursor: CursorWrapper) -> set[int]:
    """Write the staged rows into their communities. Returns the communities they are in or have left."""
    report = loading.report
    homes, unchanged, left = _homes_known(loading, cursor)
    report.unchanged = len(unchanged)
    report.merged = len(homes)
    fresh = [row for row in loading.staged if row.line not in homes and row.line not in unchanged]
    found, new = _homes_found(loading, cursor, fresh)
    report.created = len(new)
    report.merged += len(found) - len(new)
    homes |= found
    created_by = {home: line for line, home in sorted(found.items(), reverse=True) if home in new}
    with cursor.copy("copy community_home from stdin") as copy:
        for row in loading.staged:
            if home := homes.get(row.line):
                copy.write_row((row.line, home, row.city, created_by.get(home) == row.line))
    cursor.execute(load("geo", "stage_community_names"))
    with cursor.copy("copy community_name_stage from stdin") as copy:
        for row in loading.staged:
            if home := homes.get(row.line):
                copy.write_row((home, row.name, name_key(row.name)))
    run(cursor, "geo", "store_communities", {"source": loading.source.pk})
    # what comes next joins with these rows, which autovacuum takes for none as long as they are not committed
    cursor.execute("analyze geo_community, geo_communitysource")
    return {*homes.values(), *unchanged.values(), *left}


def _homes_known(loading: _Load, cursor: CursorWrapper) -> tuple[dict[int, int], dict[int, int], set[int]]:
    """({line: community} of changed rows that stay, the same of unchanged rows, communities that rows leave)."""
    by_line = {row.line: row for row in loading.staged}
    stays, unchanged, left = {}, {}, set()
    cursor.execute(load("geo", "staged_rows_known"), [loading.source.pk])
    for line, _, community, is_same, name, city_label, rows_there in cursor.fetchall():
        row = by_line[line]
        city = loading.divisions.city(city_label)
        if is_same:
            unchanged[line] = community
        elif rows_there == 1 or (merge_key(name) == row.key and city and city.id == row.city):
            stays[line] = community
        else:
            left.add(community)
    return stays, unchanged, left


def _homes_found(loading: _Load, cursor: CursorWrapper, rows: list[_Staged]) -> tuple[dict[int, int], set[int]]:
    """({line: community} of rows that are new or have to be placed anew, those of the communities that are new).

    Rows that say most of where they are go first, so that the order of lines does not matter.
    """
    linked = _linked(loading, cursor, {row.line: row for row in rows})
    known: dict[tuple[int, str], list[int]] = defaultdict(list)
    wanted = {(row.city, row.key) for row in rows}
    names = CommunityName.objects.filter(city__in={row.city for row in rows}).order_by("community_id")
    for community, city, key in names.values_list("community_id", "city_id", "key").iterator():
        name = (city, merge_key(key))
        if name in wanted and community not in known[name]:
            known[name].append(community)
    where = _whereabouts(loading, cursor, {*linked.values(), *(c for group in known.values() for c in group)})

    homes: dict[int, int] = {}
    new: list[int] = []  # numbered -1, -2 … until the database gives them ids
    rows = sorted(rows, key=lambda r: (r.line not in linked, not r.where.points, not r.where.districts, r.source_key))
    for row in rows:
        group = known[row.city, row.key]
        home = _home(row, linked.get(row.line), [(community, where[community]) for community in group], where)
        if home is Home.AMBIGUOUS:
            loading.report.refuse(row.line, "ambiguous_community", row.name)
            continue
        if home is Home.NEW:
            new.append(-1 - len(new))
            home = new[-1]
            where[home] = Whereabouts()
        where[home].learn(row.where)
        if home not in group:
            group.append(home)
        homes[row.line] = home
    cursor.execute(
        "select nextval(pg_get_serial_sequence('geo_community', 'id')) from generate_series(1, %s)", [len(new)]
    )
    ids = dict(zip(new, (int(row[0]) for row in cursor.fetchall()), strict=True))
    return {line: ids.get(home, home) for line, home in homes.items()}, set(ids.values())


def _home(
    row: _Staged, linked: int | None, known: list[tuple[int, Whereabouts]], where: Mapping[int, Whereabouts]
) -> int | Home:
    """The community of the shared number, else the one that name and place tell.

    A short number may be shared by chance: it counts only where the places do not contradict.
    """
    if linked is not None:
        is_long = len(row.source_key) >= LONG_KEY
        if is_long or home_of(row.where, [(linked, where[linked])]) == linked:
            return linked
    return home_of(row.where, known)


def _linked(loading: _Load, cursor: CursorWrapper, rows: dict[int, _Staged]) -> dict[int, int]:
    """{line: community} of the rows that another source has under the same key and name."""
    cursor.execute(load("geo", "staged_rows_linked"), [loading.source.pk])
    found: dict[int, int] = {}
    for line, community, name, city_label in cursor.fetchall():
        if line not in rows or line in found or not is_same_entry(rows[line].key, merge_key(name)):
            continue
        city = loading.divisions.city(city_label)
        if city and city.id == rows[line].city:
            found[line] = community
    return found


def _whereabouts(loading: _Load, cursor: CursorWrapper, communities: Collection[int]) -> dict[int, Whereabouts]:
    found: dict[int, Whereabouts] = {community: Whereabouts() for community in communities}
    cursor.execute(load("geo", "whereabouts"), {"communities": list(communities)})
    rows = cursor.fetchall()
    for community, _, district, city_label, label, _, _ in rows:
        if district:
            found[community].districts.add(district)
        named = loading.divisions.city(city_label) if label else None
        if named and (meant := loading.divisions.district(named.id, label)):
            found[community].districts.add(meant.id)
    lon = np.array([row[5] for row in rows], dtype=float)
    lat = np.array([row[6] for row in rows], dtype=float)
    for city, at in _by_city((row[1] or 0 for row in rows), ~np.isnan(lon)).items():
        for index, district in zip(at, _district_at(loading, city, lon[at], lat[at]), strict=True):
            place = found[rows[index][0]]
            place.points.add((float(lon[index]), float(lat[index])))
            if district:
                place.districts.add(int(district))
    return found
