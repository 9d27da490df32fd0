import csv
import gzip
import json
from collections.abc import Callable, Collection
from itertools import permutations
from pathlib import Path
from typing import Any

import geopandas
import psycopg
import pytest
from django.contrib.gis.geos import MultiPolygon
from django.db import connection
from django.db.models import Model
from pytest_django.fixtures import Settings
from shapely import Polygon

from geo import crs
from geo.actions.import_communities import Imported, import_communities
from geo.intake import UnreadableFile
from geo.models import Community, CommunityName, CommunitySource, ImportRun, PlaceSource, Region
from tests.conftest import Town

HEADER = ["key", "name", "city", "district", "address", "households", "buildings", "build_year", "lon", "lat"]
NORTH, SOUTH = ("120.05", "36.35"), ("120.05", "36.05")


def the(model: type[Model], **which: object) -> Any:
    """The one row, untyped: what is missing in it fails the test by itself."""
    return model._default_manager.get(**which)


def row(key: str = "1", name: str = "银杏园", city: str = "海澄", district: str = "", **values: str) -> dict[str, str]:
    return {"key": key, "name": name, "city": city, "district": district, **values}


def at(point: tuple[str, str]) -> dict[str, str]:
    return {"lon": point[0], "lat": point[1]}


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    def _write(
        *rows: dict[str, str], name: str = "communities.csv", encoding: str = "utf-8", raw_lines: Collection[str] = ()
    ) -> Path:
        path = tmp_path / name
        opener = gzip.open if name.endswith(".gz") else open
        with opener(path, "wt", encoding=encoding, newline="") as file:
            writer = csv.DictWriter(file, HEADER, restval="")
            writer.writeheader()
            writer.writerows(rows)
            file.writelines(f"{line}\r\n" for line in raw_lines)
        return path

    return _write


def run(path: Path, source: str = "one", **options: Any) -> Imported:
    options.setdefault("crs", "wgs84")
    return import_communities(path=path, source=source, **options)


def counts(imported: Imported) -> tuple[int, ...]:
    done = imported.run
    return (done.rows, done.created, done.merged, done.unchanged, done.refused)


def reported(imported: Imported) -> list[tuple[int, str]]:
    with open(imported.run.report, encoding="utf-8", newline="") as report:
        return sorted((int(line["line"]), line["reason"]) for line in csv.DictReader(report))


pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("town")]


# --- one source ---------------------------------------------------------------------------------------------


def test_a_row_becomes_a_community_with_its_source(write: Callable[..., Path], town: Town) -> None:
    done = run(
        write(row("7", district="北岸", address="银杏路1号", households="1,200", build_year="2004", **at(NORTH)))
    )
    assert counts(done) == (1, 1, 0, 0, 0)
    community = the(Community, name="银杏园")
    assert (community.city, community.district, community.region) == (town.city, town.north, town.north)
    assert community.region_path == town.north.path
    assert (community.address, community.households, community.build_year) == ("银杏路1号", 1200, 2004)
    assert (community.point.x, community.point.y) == (120.05, 36.35)
    told = the(CommunitySource, source__name="one", source_key="7")
    assert told.community == community
    assert (told.raw_x, told.raw_y, told.raw_crs) == (120.05, 36.35, "wgs84")
    assert told.raw["households"] == "1,200"
    assert community.chosen == dict.fromkeys(["name", "address", "households", "build_year", "point"], told.pk)
    assert list(community.names.values_list("name", "key")) == [("银杏园", "银杏园")]
    assert (done.labelled, done.agreeing) == (1, 1)


def test_points_are_converted_from_the_declared_system_and_drawn_in_that_of_the_map(
    write: Callable[..., Path], settings: Settings
) -> None:
    settings.MAP_CRS = "gcj02"
    run(write(row(**at(NORTH))), crs="bd09")
    community = the(Community, name="银杏园")
    lon, lat = crs.bd09_to_wgs84(120.05, 36.35)
    assert (community.point.x, community.point.y) == (float(lon), float(lat))
    x, y = crs.to_display(lon, lat, "gcj02")
    assert (community.point_display.x, community.point_display.y) == (float(x), float(y))


def test_the_polygon_decides_the_district_and_the_label_where_there_is_no_point(
    write: Callable[..., Path], town: Town
) -> None:
    done = run(write(row("1", district="南岸区", **at(NORTH)), row("2", "水杉苑", district="南岸")))
    assert the(Community, name="银杏园").district == town.north
    assert the(Community, name="水杉苑").district == town.south
    assert (done.labelled, done.agreeing) == (1, 0)


def test_a_row_without_place_is_on_the_list_of_its_city(write: Callable[..., Path], town: Town) -> None:
    run(write(row()))
    community = the(Community, name="银杏园")
    assert (community.region, community.district, community.point) == (town.city, None, None)


def test_the_smallest_sales_area_is_the_region(write: Callable[..., Path], town: Town) -> None:
    big: Any = town.north.boundary
    small = big.envelope.buffer(-0.01)
    for code, boundary in (("A1", big), ("A2", MultiPolygon(small, srid=4326))):
        Region.objects.create(code=code, name=code, level="area", parent=town.north, boundary=boundary)
    run(write(row(**at(NORTH))))
    community = the(Community, name="银杏园")
    assert (community.region.code, community.district) == ("A2", town.north)
    assert community.region_path.startswith(town.north.path)


def test_a_second_run_changes_nothing(write: Callable[..., Path]) -> None:
    path = write(row("1", district="北岸", households="5", **at(NORTH)), row("2", "水杉苑"), row("3", "水杉苑小区"))
    assert counts(run(path)) == (3, 2, 1, 0, 0)
    before = [list(model.objects.order_by("id").values()) for model in (Community, CommunitySource, CommunityName)]
    assert counts(run(path)) == (3, 0, 0, 3, 0)
    after = [list(model.objects.order_by("id").values()) for model in (Community, CommunitySource, CommunityName)]
    assert after == before


def test_a_changed_row_is_taken_over(write: Callable[..., Path]) -> None:
    run(write(row(households="5"), row("2", "水杉苑")))
    assert counts(run(write(row(households="6"), row("2", "水杉苑")))) == (2, 0, 1, 1, 0)
    assert the(Community, name="银杏园").households == 6


def test_a_new_name_renames_a_community_that_nobody_else_tells_of(write: Callable[..., Path]) -> None:
    run(write(row()))
    before = the(Community, name="银杏园")
    assert counts(run(write(row(name="银杏名苑")))) == (1, 0, 1, 0, 0)
    before.refresh_from_db()
    assert before.name == "银杏名苑"
    assert set(before.names.values_list("name", flat=True)) == {"银杏园", "银杏名苑"}


def test_a_row_with_a_new_name_leaves_a_community_that_others_tell_of(write: Callable[..., Path]) -> None:
    run(write(row(households="5")))
    run(write(row()), source="two", rank=1)
    assert counts(run(write(row(name="水杉苑", households="9")))) == (1, 1, 0, 0, 0)
    assert the(Community, name="银杏园").households is None
    assert the(Community, name="水杉苑").households == 9


def test_a_repeated_key_keeps_both_rows(write: Callable[..., Path]) -> None:
    path = write(row("1"), row("1", "水杉苑"))
    assert counts(run(path)) == (2, 2, 0, 0, 0)
    assert counts(run(path)) == (2, 0, 0, 2, 0)


def test_only_the_rows_asked_for_are_read(write: Callable[..., Path]) -> None:
    path = write(row("1"), row("2", "水杉苑", district="北岸"), row("3", "红枫里", district="南岸"))
    assert counts(run(path, where={"district": {"北岸", "南岸"}, "key": {"3", "1"}})) == (1, 1, 0, 0, 0)
    assert Community.objects.filter(name="红枫里").exists()


def test_own_columns(write: Callable[..., Path], town: Town) -> None:
    path = write(row("1", "甲", "海澄", "x", address="银杏园", build_year="北岸啤酒街"))
    run(path, columns={"address": "name", "build_year": "district", "name": "address"})
    community = the(Community, name="银杏园")
    assert (community.district, community.address) == (town.north, "甲")


# --- what is refused ----------------------------------------------------------------------------------------


def test_refused_rows_are_listed_with_line_and_reason(write: Callable[..., Path]) -> None:
    done = run(
        write(
            row("1", ""), row("2", "暂无"), row("3", "12-3"), row("4", city="远方"), row("5", households="2008042"),
            row("6", lon="36.3", lat="120.1"), row("7", lon="0", lat="0"), row("8", lon="120.1", lat="37.3"),
            row("9", "好苑"),
            row("10", "银杏\0园"),
            raw_lines=["10,too few", "11,红枫里,海澄,,,,,,,,,too,many", '12,"红枫"里,海澄,,,,,,,'],
        )
    )  # fmt: skip
    assert counts(done) == (13, 1, 0, 0, 12)
    assert reported(done) == [
        (2, "no_name"), (3, "placeholder"), (4, "placeholder"), (5, "unknown_city"), (6, "absurd_households"),
        (7, "point_outside_city"), (8, "point_outside_city"), (9, "point_outside_city"),
        (11, "broken_line"), (12, "broken_line"), (13, "broken_line"), (14, "broken_line"),
    ]  # fmt: skip
    assert done.run.reasons["broken_line"] == 4


def test_a_bad_secondary_value_is_noted_and_not_refused(write: Callable[..., Path]) -> None:
    done = run(write(row(build_year="1066", buildings="many", lon="nan", lat="inf", district="远方")))
    assert counts(done) == (1, 1, 0, 0, 0)
    assert reported(done) == [
        (2, "kept: absurd_year"), (2, "kept: bad_number"), (2, "kept: bad_point"), (2, "kept: unknown_district"),
    ]  # fmt: skip
    community = the(Community, name="银杏园")
    assert (community.build_year, community.buildings, community.point) == (None, None, None)


def test_a_coordinate_that_three_share_is_a_geocoder_default(write: Callable[..., Path]) -> None:
    shared = [row(str(n), f"{n}号苑一", **at(NORTH)) for n in range(3)]
    two = [row(str(n), f"{n}号苑二", **at(SOUTH)) for n in range(3, 5)]
    done = run(write(*shared, *two))
    assert counts(done) == (5, 2, 0, 0, 3)
    assert done.run.reasons == {"shared_geocoder_default": 3}


def test_points_that_are_not_trusted_are_stored_and_never_used(write: Callable[..., Path], town: Town) -> None:
    rows = [row(str(n), f"{n}号苑一", district="南岸", households="9", **at(NORTH)) for n in range(3)]
    done = run(write(*rows, row("3", "远苑", lon="0", lat="0")), facts_only=True)
    assert counts(done) == (4, 4, 0, 0, 0)
    assert not Community.objects.filter(name__contains="苑", point__isnull=False, sources__isnull=False).exists()
    assert the(Community, name="0号苑一").district == town.south
    told = the(CommunitySource, source_key="0")
    assert (told.raw_x, told.point) == (120.05, None)
    assert the(PlaceSource, name="one").trusts_points is False
    assert done.labelled == 0


def test_a_spreadsheet_formula_stays_text(write: Callable[..., Path]) -> None:
    done = run(write(row("1", "=cmd|' /C calc'!A0", city="=HYPERLINK(1)"), row("2", "=cmd|' /C calc'!A0")))
    assert counts(done) == (2, 1, 0, 0, 1)
    with open(done.run.report, encoding="utf-8") as report:
        assert ",'=HYPERLINK(1)" in report.read()


# --- several sources ----------------------------------------------------------------------------------------


def test_several_sites_become_one_community_with_traceable_values(write: Callable[..., Path]) -> None:
    run(write(row("a", "银杏园(一期)", households="10")), source="low", rank=50)
    run(write(row("b", "银杏园1期", "海澄市", "北岸区", address="银杏路", **at(NORTH))), source="high", rank=10)
    run(write(row("c", "银杏园一期", households="30", build_year="2004")), source="middle", rank=20)
    community = the(Community, name="银杏园1期")
    keys = dict(CommunitySource.objects.values_list("id", "source_key"))
    assert {field: keys[told] for field, told in community.chosen.items()} == {
        "name": "b", "address": "b", "point": "b", "households": "c", "build_year": "c",
    }  # fmt: skip
    assert (community.households, community.build_year) == (30, 2004)
    # brackets are no difference to a look-up, figures are
    assert set(community.names.values_list("key", flat=True)) == {"银杏园一期", "银杏园1期"}


def test_a_source_not_trusted_for_facts_never_gives_one(write: Callable[..., Path]) -> None:
    PlaceSource.objects.create(name="one", trusts_facts=False, rank=1)
    run(write(row(households="10", address="假路")))
    run(write(row("b", name="银杏园小区", households="20")), source="two")
    community = the(Community, name="银杏园小区")
    assert (community.households, community.address) == (20, "")


def test_a_change_of_rank_chooses_anew(write: Callable[..., Path]) -> None:
    path = write(row(households="10"))
    run(path)
    run(write(row(households="20"), name="b.csv"), source="two")
    assert the(Community, name="银杏园").households == 10
    assert counts(run(path, rank=200)) == (1, 0, 0, 1, 0)
    assert the(Community, name="银杏园").households == 20


def test_the_same_name_in_two_districts_stays_two(write: Callable[..., Path]) -> None:
    run(write(row("1", district="北岸", **at(NORTH))))
    run(write(row("1", district="南岸", **at(SOUTH))), source="two")
    assert Community.objects.filter(name="银杏园").count() == 2


def test_a_row_without_place_joins_the_only_one_and_is_refused_among_several(write: Callable[..., Path]) -> None:
    run(write(row("1", district="北岸")))
    assert counts(run(write(row("a")), source="two")) == (1, 0, 1, 0, 0)
    run(write(row("2", district="南岸"), row("1", district="北岸")))
    done = run(write(row("b")), source="three")
    assert done.run.reasons == {"ambiguous_community": 1}


def test_a_shared_number_tells_which_of_two_is_meant(write: Callable[..., Path]) -> None:
    run(write(row("1", district="北岸"), row("2", district="南岸")))
    assert counts(run(write(row("2")), source="two")) == (1, 0, 1, 0, 0)
    assert the(CommunitySource, source__name="two").community.district.name == "南岸区"


@pytest.mark.parametrize(("number", "communities"), [("1", 2), ("1520030242481311", 1)])
def test_a_long_shared_number_outweighs_a_wrong_district(
    write: Callable[..., Path], number: str, communities: int
) -> None:
    run(write(row(number, district="北岸")))
    run(write(row(number, district="南岸")), source="two")
    assert Community.objects.filter(name="银杏园").count() == communities


def test_a_number_alone_is_no_proof(write: Callable[..., Path]) -> None:
    run(write(row("1", district="北岸")))
    assert counts(run(write(row("1", "水杉苑")), source="two")) == (1, 1, 0, 0, 0)


def test_neighbours_with_similar_names_stay_apart(write: Callable[..., Path]) -> None:
    names = ["银杏西里", "银杏西里西区", "银杏西里东区", "银杏西里65号院"]
    rows = [row(str(n), name, district="北岸") for n, name in enumerate(names)]
    assert counts(run(write(*rows))) == (4, 4, 0, 0, 0)
    assert counts(run(write(*rows), source="two")) == (4, 0, 4, 0, 0)


def test_the_order_of_the_sources_does_not_matter(write: Callable[..., Path]) -> None:
    files = {
        "listed": [row("1"), row("2", "水杉苑"), row("3", "红枫里")],
        "facts": [row("1", district="北岸", households="7"), row("x", "水杉苑", district="南岸", build_year="1999")],
        "mapped": [row("m", **at(NORTH)), row("n", "红枫里小区", **at(SOUTH)), row("o", "红枫里", **at(NORTH))],
    }
    seen = set()
    for order in permutations(files):
        Community.objects.filter(sources__isnull=False).distinct().delete()
        for source in order:
            run(write(*files[source]), source=source, rank=list(files).index(source))
        found = Community.objects.filter(sources__isnull=False).distinct()
        values = found.values_list("district__name", "households", "build_year", "point")
        seen.add(frozenset((*value[:3], value[3] and value[3].coords) for value in values))
    assert len(seen) == 1
    assert len(seen.pop()) == 4


def test_rows_are_communities_and_merged_and_refused(write: Callable[..., Path]) -> None:
    Community.objects.all().delete()
    run(write(row("1", district="北岸"), row("2", "银杏园小区", district="北岸"), row("3", "")))
    run(write(row("1", district="南岸"), row("2", city="远方"), row("3", "水杉苑")), source="two")
    runs = ImportRun.objects.all()
    assert sum(r.rows for r in runs) == Community.objects.count() + sum(r.merged + r.refused for r in runs) == 6


def test_values_entered_by_hand_stay_until_a_source_tells_better(write: Callable[..., Path], town: Town) -> None:
    run(write(row("1", "垂柳新村", district="北岸", build_year="2010")))
    town.willow.refresh_from_db()
    assert (town.willow.households, town.willow.build_year) == (1000, 2010)
    assert town.willow.point is not None
    assert town.willow.point.coords == (120.1, 36.3)


# --- kinds of files -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["gbk", "utf-16", "utf-8-sig", "gb18030", "utf-8"])
@pytest.mark.parametrize("name", ["c.csv", "c.csv.gz"])
def test_encodings(write: Callable[..., Path], encoding: str, name: str) -> None:
    rows = [row("1", "银杏园", district="北岸"), row("2", "水杉苑", address="临江大道"), row("3", "红枫里")]
    assert counts(run(write(*rows, name=name, encoding=encoding))) == (3, 3, 0, 0, 0)
    assert Community.objects.filter(name="水杉苑", address="临江大道").exists()


def test_bytes_that_are_no_text_cost_one_line(write: Callable[..., Path]) -> None:
    path = write(*(row(str(n), f"银杏{n}村") for n in range(200)))
    content = path.read_bytes().replace("银杏150村".encode(), "银杏".encode() + b"\xff\xfe")
    path.write_bytes(content)
    done = run(path)
    assert counts(done)[0] == 200
    assert done.run.reasons == {"wrong_encoding": 1}


def polygon_feature(name: str, rings: Any, **properties: object) -> dict[str, Any]:
    return {
        "type": "Feature",
        "properties": {"name": name, "city": "海澄", "id": name, **properties},
        "geometry": {"type": "Polygon", "coordinates": rings},
    }


def test_geojson_polygons_give_boundary_and_point(tmp_path: Path, town: Town) -> None:
    bow_tie = [[[120.01, 36.3], [120.03, 36.32], [120.03, 36.3], [120.01, 36.32], [120.01, 36.3]]]
    features = [
        polygon_feature("银杏园", bow_tie, households=12),
        {"type": "Feature", "properties": {"name": "水杉苑", "city": "海澄"}, "geometry": None},
        {
            "type": "Feature", "properties": {"name": "红枫里", "city": "海澄"},
            "geometry": {"type": "Point", "coordinates": [120.05, 36.05]},
        },
        {
            "type": "Feature", "properties": {"name": "河畔", "city": "海澄"},
            "geometry": {"type": "LineString", "coordinates": [[120, 36], [120.1, 36.1]]},
        },
        polygon_feature("远苑", [[[1, 1], [2, 1], [2, 2], [1, 1]]]),
        polygon_feature("断苑", [[["x", 1]]]),
    ]  # fmt: skip
    path = tmp_path / "communities.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")
    done = run(path)
    assert counts(done) == (6, 5, 0, 0, 1)
    assert reported(done) == [(4, "kept: bad_shape"), (5, "point_outside_city"), (6, "kept: broken_shape")]
    community = the(Community, name="银杏园")
    assert community.boundary.valid
    assert community.boundary.contains(community.point)
    assert community.boundary_display.contains(community.point_display)
    assert (community.households, community.district) == (12, town.north)
    assert the(Community, name="红枫里").district == town.south
    told = the(CommunitySource, community=community)
    assert told.raw["geometry"]["coordinates"] == bow_tie
    assert counts(run(path)) == (6, 0, 0, 5, 1)


def test_geoparquet(tmp_path: Path, town: Town) -> None:
    frame = geopandas.GeoDataFrame(
        {"id": [1, 2], "name": ["银杏园", "水杉苑"], "city": ["海澄"] * 2, "households": [12.0, None]},
        geometry=[Polygon([(120.01, 36.3), (120.03, 36.3), (120.03, 36.32)]), None],
        crs=4326,
    )
    path = tmp_path / "communities.parquet"
    frame.to_parquet(path)
    assert counts(run(path)) == (2, 2, 0, 0, 0)
    community = the(Community, name="银杏园")
    assert (community.households, community.district) == (12, town.north)
    assert the(CommunitySource, community=community).source_key == "1"
    frame.set_crs(3857, allow_override=True).to_parquet(path)
    with pytest.raises(UnreadableFile, match="Mercator"):
        run(path)


def test_a_header_alone_is_not_loaded(write: Callable[..., Path]) -> None:
    with pytest.raises(UnreadableFile, match="the file has no rows"):
        run(write())


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.csv", b"", "is empty"),
        ("a.csv.gz", gzip.compress(b"name,city\n" * 999, mtime=0)[:-20], "cut off"),
        ("a.pdf", b"x", "no reader for .pdf"),
        ("a.parquet", b"x", "not a Parquet file"),
        ("a.csv", "name,town\n银杏园,海澄\n".encode(), "no column for city"),
    ],
)
def test_files_that_cannot_be_read(tmp_path: Path, name: str, content: bytes, said: str) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(UnreadableFile, match=said):
        run(path)
    assert not ImportRun.objects.exists()


# --- all or nothing -----------------------------------------------------------------------------------------


def test_a_failure_leaves_nothing(write: Callable[..., Path], monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(**_: object) -> None:
        raise RuntimeError("power cut")

    run(write(row("1", households="5")))
    before = list(Community.objects.order_by("id").values())
    monkeypatch.setattr("geo.actions.import_communities.choose_values", fail)
    with pytest.raises(RuntimeError):
        run(write(row("1", households="6"), row("2", "水杉苑")), rank=5)
    assert list(Community.objects.order_by("id").values()) == before
    assert (CommunitySource.objects.count(), ImportRun.objects.count()) == (1, 1)
    assert PlaceSource.objects.get().rank == 100


@pytest.mark.django_db(transaction=True)
def test_readers_see_all_or_nothing(write: Callable[..., Path]) -> None:
    seen = []

    def look(_: object) -> None:
        with psycopg.connect(**connection.get_connection_params() | {"cursor_factory": None}) as other:
            seen.append(other.execute("select count(*) from geo_community").fetchall()[0][0])

    before = Community.objects.count()
    run(write(*(row(str(n), f"银杏{n}村") for n in range(9))), progress=look)
    assert len(seen) >= 3
    assert set(seen) == {before}
    assert Community.objects.count() == before + 9
