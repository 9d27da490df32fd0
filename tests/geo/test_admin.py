from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.contrib.gis.geos import Point
from django.test import Client
from django.utils import timezone
from django.utils.translation import override

from geo.admin_map import LonLatField
from geo.models import Community, CommunityName, CommunitySource, ImportRun, Region, RetentionRule
from geo.retention import RULES
from salesapp.staff.models import Employee
from tests.conftest import Town


@pytest.fixture
def client(root: Employee) -> Client:
    client = Client(headers={"Accept-Language": "en"})
    client.force_login(root)
    return client


def form_of(client: Client, address: str) -> dict[str, Any]:
    """What a browser would send that changes nothing on the page."""
    page = client.get(address)
    form = page.context["adminform"].form
    data: dict[str, Any] = {}
    for bound in form:
        value = bound.value()
        if isinstance(value, Point):
            data |= {f"{bound.html_name}_lon": repr(value.x), f"{bound.html_name}_lat": repr(value.y)}
        elif value is not None and value is not False:
            data[bound.html_name] = value
    for formset in page.context["inline_admin_formsets"]:
        for bound in formset.formset.management_form:
            data[bound.html_name] = bound.value()
        for row in formset.formset.initial_forms:
            data[f"{row.prefix}-id"] = row.instance.pk
            data[f"{row.prefix}-community"] = row.instance.community_id
    return data


def save(client: Client, address: str, **changes: object) -> Any:
    return client.post(address, form_of(client, address) | changes)


def change(row: Community | Region) -> str:
    return f"/admin/geo/{row._meta.model_name}/{row.pk}/change/"


def test_moving_the_point_moves_it_on_the_map_and_keeps_it_from_imports(town: Town, client: Client) -> None:
    before = town.willow.point_display
    assert save(client, change(town.willow), point_lon="120.15", point_lat="36.25").status_code == 302
    willow = Community.objects.get(pk=town.willow.pk)
    assert willow.point is not None
    assert willow.point_display is not None
    assert (willow.point.x, willow.point.y) == (120.15, 36.25)
    assert willow.point_display.srid == 3857
    assert willow.point_display != before
    row = CommunitySource.objects.get(source__name="by-hand")
    assert row.source.rank == 0
    assert (row.community_id, row.raw_x, row.raw_y, row.raw_crs) == (willow.pk, 120.15, 36.25, "wgs84")
    assert willow.chosen == {"point": row.pk}


def test_saving_without_a_change_changes_nothing(town: Town, client: Client) -> None:
    assert save(client, change(town.willow)).status_code == 302
    assert not CommunitySource.objects.exists()
    willow = Community.objects.get(pk=town.willow.pk)
    assert (willow.chosen, willow.region_path) == ({}, town.north.path)


def test_a_second_correction_keeps_the_first(town: Town, client: Client) -> None:
    save(client, change(town.willow), households="1234")
    save(client, change(town.willow), build_year="1999")
    row = CommunitySource.objects.get()
    assert (row.households, row.build_year, row.price_tier) == (1234, 1999, None)
    assert Community.objects.get(pk=town.willow.pk).chosen == {"households": row.pk, "build_year": row.pk}


def test_another_region_brings_path_district_and_the_names_along(town: Town, client: Client) -> None:
    save(client, change(town.willow), region=town.south.pk, name="垂柳南村")
    willow = Community.objects.get(pk=town.willow.pk)
    assert (willow.region_path, willow.district_id, willow.city_id) == (town.south.path, town.south.pk, town.city.pk)
    assert set(willow.names.values_list("name", flat=True)) == {"垂柳新村", "垂柳南村"}


@pytest.mark.parametrize(
    ("lon", "lat"),
    [("181", "0"), ("0", "-91"), ("120", ""), ("SRID=4326;POINT(1 2)", "1"), ("nan", "1"), ("1e999", "1")],
)
def test_a_point_is_two_numbers_on_earth_or_none(town: Town, client: Client, lon: str, lat: str) -> None:
    answer = save(client, change(town.willow), point_lon=lon, point_lat=lat)
    assert answer.status_code == 200
    assert "point" in answer.context["adminform"].form.errors
    assert Community.objects.get(pk=town.willow.pk).point == town.willow.point


def test_a_point_can_be_taken_away(town: Town, client: Client) -> None:
    assert save(client, change(town.willow), point_lon="", point_lat="").status_code == 302
    willow = Community.objects.get(pk=town.willow.pk)
    assert (willow.point, willow.point_display) == (None, None)


def test_geometry_as_text_is_not_taken(town: Town, client: Client) -> None:
    save(client, change(town.willow), point="POINT(1 2)", boundary="POLYGON((0 0,0 1,1 1,0 0))")
    willow = Community.objects.get(pk=town.willow.pk)
    assert (willow.point, willow.boundary) == (town.willow.point, None)


def test_names_are_added_and_taken_away(town: Town, client: Client) -> None:
    one = {"names-TOTAL_FORMS": 2, "names-1-name": "垂柳 (新村)", "names-1-community": town.willow.pk}
    save(client, change(town.willow), **one)
    assert town.willow.names.count() == 1  # compares equal to the one on record
    other = {"names-TOTAL_FORMS": 2, "names-1-name": "柳村", "names-1-community": town.willow.pk}
    save(client, change(town.willow), **other)
    added = CommunityName.objects.get(name="柳村")
    assert (added.key, added.city_id) == ("柳村", town.city.pk)
    index = list(town.willow.names.order_by("pk")).index(added)
    save(client, change(town.willow), **{f"names-{index}-DELETE": "on"})
    assert not CommunityName.objects.filter(name="柳村").exists()


def test_a_new_community_is_placed_and_found_by_its_name(town: Town, client: Client) -> None:
    answer = client.post(
        "/admin/geo/community/add/",
        {
            "name": "新苑", "region": town.south.pk, "point_lon": "120.1", "point_lat": "36.1", "address": "",
            "sources-TOTAL_FORMS": 0, "sources-INITIAL_FORMS": 0, "names-TOTAL_FORMS": 0, "names-INITIAL_FORMS": 0,
        },
    )  # fmt: skip
    assert answer.status_code == 302, answer.context["adminform"].form.errors
    new = Community.objects.get(name="新苑")
    assert (new.region_path, new.district_id) == (town.south.path, town.south.pk)
    assert new.point_display is not None
    assert new.names.get().key == "新苑"


def test_a_region_that_moves_takes_everything_below_along(town: Town, client: Client) -> None:
    other = Region.objects.create(level="city", code="990200", name="别市", parent=town.country)
    area = Region.objects.create(level="area", code="A1", name="一区", parent=town.north)
    assert save(client, change(town.north), parent=other.pk).status_code == 302
    north = Region.objects.get(pk=town.north.pk)
    assert north.path == f"{town.country.pk}.{other.pk}.{north.pk}."
    assert Region.objects.get(pk=area.pk).path == f"{north.path}{area.pk}."
    willow = Community.objects.get(pk=town.willow.pk)
    assert (willow.region_path, willow.city_id, willow.district_id) == (north.path, other.pk, north.pk)
    assert willow.names.get().city_id == other.pk
    assert Community.objects.get(pk=town.poplar.pk).region_path == town.south.path


def test_a_region_cannot_lie_below_itself_or_in_a_lower_one(town: Town, client: Client) -> None:
    for region, parent in ((town.city, town.north), (town.north, town.north), (town.north, town.south)):
        answer = save(client, change(region), parent=parent.pk)
        assert "parent" in answer.context["adminform"].form.errors
    assert "parent" in save(client, change(town.city), parent="").context["adminform"].form.errors
    assert Region.objects.get(pk=town.city.pk).path == town.city.path


def test_the_map_loads_from_the_application_alone(town: Town, client: Client) -> None:
    for page in (change(town.willow), change(town.north)):
        content = client.get(page).content.decode()
        assert "/static/vendor/maplibre-gl-csp.js" in content
        assert 'data-worker="/static/vendor/maplibre-gl-csp-worker.js"' in content
        assert '"kind": "region"' in content
        assert "https://" not in content


def make_run(report: Path) -> ImportRun:
    return ImportRun.objects.create(
        kind="communities", file_name="a.csv", started_at=timezone.now(), rows=1, created=0, merged=0, unchanged=0,
        refused=1, reasons={"no_name": 1}, report=str(report),
    )  # fmt: skip


def test_the_report_of_an_import_can_be_downloaded_and_nothing_else(
    client: Client, alice: Employee, tmp_path: Path
) -> None:
    settings.REPORT_DIR.mkdir()
    report = settings.REPORT_DIR / "communities-1.csv"
    report.write_text("line,reason,detail\n2,no_name,\n")
    outside = tmp_path / "secret.csv"
    outside.write_text("canary")
    address = f"/admin/geo/importrun/{make_run(report).pk}/report/"
    answer = client.get(address)
    assert b"".join(answer.streaming_content) == report.read_bytes()  # type: ignore[attr-defined]
    assert "attachment" in answer["Content-Disposition"]
    for path in (outside, settings.REPORT_DIR / ".." / "secret.csv", settings.REPORT_DIR, Path("gone.csv")):
        assert client.get(f"/admin/geo/importrun/{make_run(path).pk}/report/").status_code == 404
    (settings.REPORT_DIR / "link.csv").symlink_to(outside)
    assert (
        client.get(f"/admin/geo/importrun/{make_run(settings.REPORT_DIR / 'link.csv').pk}/report/").status_code == 404
    )
    other = Client()
    other.force_login(alice)
    assert other.get(address).status_code == 302


def test_communities_are_found_by_the_beginning_of_their_name(town: Town, client: Client) -> None:
    found = client.get("/admin/geo/community/", {"q": "垂柳"}).content.decode()
    assert "垂柳新村" in found
    assert "白杨苑" not in found


def test_communities_are_found_by_the_code_of_a_region_above_them(town: Town, client: Client) -> None:
    for code, names in ((town.south.code, ["白杨苑"]), (town.city.code, ["垂柳新村", "白杨苑"])):
        found = client.get("/admin/geo/community/", {"q": code}).content.decode()
        assert [name for name in ("垂柳新村", "白杨苑") if name in found] == names


def test_how_long_things_are_kept_is_changed_within_bounds(client: Client) -> None:
    rule, _ = RetentionRule.objects.get_or_create(name="access_entries", defaults={"days": 1096})
    listed = client.get("/admin/geo/retentionrule/").text
    assert "183 – 3660" in listed
    assert "Who looked whom up" in listed
    assert ">look-ups</a>" in listed
    assert ">access_entries<" not in listed
    with override("zh-hans"):
        assert all(str(each.label) not in ("", each.name) for each in RULES)
    address = f"/admin/geo/retentionrule/{rule.pk}/change/"
    refused = client.post(address, {"days": 30})
    assert "Between 183 and 3660 days." in refused.text
    rule.refresh_from_db()
    assert rule.days == 1096
    assert client.post(address, {"days": 400, "name": "other"}).status_code == 302
    rule.refresh_from_db()
    assert (rule.name, rule.days) == ("access_entries", 400)


def test_the_field_compares_points_by_their_numbers() -> None:
    field = LonLatField(required=False)
    assert not field.has_changed(Point(120.1, 36.3, srid=4326), ["120.1", "36.3"])
    assert field.has_changed(Point(120.1, 36.3, srid=4326), ["120.1", "36.4"])
    assert field.has_changed(None, ["1", "2"])
    assert field.has_changed(None, ["x", "2"])
    assert not field.has_changed(None, ["", ""])
