"""The admin in a real browser: its maps draw without another network, and no policy is in their way."""

import pytest

from geo.models import Community
from salesapp.staff.models import Employee
from tests.conftest import PASSWORD, Town
from tests.pages.conftest import OpenPhone, Phone

pytestmark = pytest.mark.browser


@pytest.fixture
def desk(open_phone: OpenPhone, root: Employee) -> Phone:
    desk = open_phone(
        viewport={"width": 1200, "height": 900}, device_scale_factor=1, is_mobile=False, has_touch=False, locale="en-US"
    )
    desk.open("/admin/")
    desk.page.fill("[name=employee_no]", "root")
    desk.page.fill("[name=password]", PASSWORD)
    desk.page.click("form.card button")
    desk.page.wait_for_selector("#user-tools")
    return desk


def open_map(desk: Phone, path: str) -> None:
    desk.open(path)
    desk.until("document.querySelector('.admin-map[data-drawn=yes]')")
    # What software rendering says of itself
    desk.complaints[:] = [said for said in desk.complaints if "GL Driver Message" not in said]


def test_a_click_on_the_map_moves_the_point(desk: Phone, town: Town) -> None:
    open_map(desk, f"/admin/geo/community/{town.willow.pk}/change/")
    assert desk.page.input_value("#id_point_lon") == "120.1"
    desk.page.locator(".admin-map").click(position={"x": 200, "y": 150})
    lon, lat = (float(desk.page.input_value(f"#id_point_{axis}")) for axis in ("lon", "lat"))
    assert (lon, lat) != (120.1, 36.3)
    desk.page.click("[name=_save]")
    desk.page.wait_for_selector(".messagelist .success")
    moved = Community.objects.get(pk=town.willow.pk).point
    assert moved is not None
    assert (moved.x, moved.y) == (lon, lat)


def test_the_boundary_of_a_region_is_drawn(desk: Phone, town: Town) -> None:
    open_map(desk, f"/admin/geo/region/{town.north.pk}/change/")
    width: float = desk.page.evaluate("() => document.querySelector('.admin-map').clientWidth")
    assert width > 400
    desk.screenshot("admin-region")


def test_a_region_is_found_by_typing_its_beginning(desk: Phone, town: Town) -> None:
    open_map(desk, f"/admin/geo/community/{town.willow.pk}/change/")
    desk.page.click(".field-region .select2-selection")
    desk.page.locator(".select2-search__field").press_sequentially("南岸")
    # all regions are offered before the first letter is typed, so wait until the answer to all of it is there
    desk.page.wait_for_selector(".select2-results__option--highlighted:has-text('南岸区')")
    assert desk.page.locator(".select2-results__option").all_inner_texts() == ["南岸区"]


def test_the_description_of_the_api_opens(open_phone: OpenPhone) -> None:
    desk = open_phone(viewport={"width": 1200, "height": 900}, is_mobile=False, has_touch=False, locale="en-US")
    desk.open("/api/docs/")
    desk.page.wait_for_selector("text=/api/lookups/")
    desk.page.click("text=/api/lookups/")
    desk.page.wait_for_selector(".opblock.is-open .responses-table")
