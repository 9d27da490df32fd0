"""Every page of the admin on a desk and on a phone: readable, reachable, nothing that axe finds serious."""

from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.contrib import admin
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db.models import Model
from django.urls import reverse
from playwright.sync_api import expect

from geo.models import ImportRun
from members.actions.bring_file import bring_file
from members.actions.work_on_import import work_on_import
from members.models import FileImport, Product
from salesapp.staff.models import Employee
from tests.admin_rows import ALONE, fill, label
from tests.conftest import PASSWORD, Town
from tests.pages.conftest import OpenPhone, Phone

pytestmark = pytest.mark.browser
AXE = Path(settings.BASE_DIR) / "node_modules" / "axe-core" / "axe.min.js"
RUN_AXE = """async () => (await axe.run(document, {resultTypes: ["violations"], preload: false})).violations
  .filter((found) => ["serious", "critical"].includes(found.impact))
  .flatMap((found) => found.nodes.map((node) => `${found.id}: ${node.target} ${node.failureSummary}`))"""
DESK: dict[str, object] = {
    "viewport": {"width": 1200, "height": 900},
    "device_scale_factor": 1,
    "is_mobile": False,
    "has_touch": False,
}
# What software rendering says of itself
NOT_OURS = "GL Driver Message"


@pytest.fixture(autouse=True)
def _private(settings: Any, tmp_path: Path) -> None:
    settings.IMPORT_DIR = tmp_path / "imports"


def serious(phone: Phone) -> list[str]:
    phone.page.evaluate(AXE.read_text())
    found: list[str] = phone.page.evaluate(RUN_AXE)
    return found


def sign_in(phone: Phone) -> Phone:
    phone.open("/sign-in/?next=/admin/")
    phone.page.fill("[name=employee_no]", "root")
    phone.page.fill("[name=password]", PASSWORD)
    phone.page.click("form.card button")
    phone.page.wait_for_selector("#content")
    return phone


def name_of(model: type[Model], page: str) -> str:
    return f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}"


def pages() -> list[str]:
    """The index, and of each model its list and one row."""
    found = ["/admin/", "/admin/password_change/", "/admin/members/fileimport/add/"]
    found += [f"/admin/members/fileimport/add/?kind={kind}" for kind in ("employees", "communities")]
    for model in admin.site._registry:
        found.append(reverse(name_of(model, "changelist")))
        row = model._default_manager.order_by("pk").first()
        # A single consent or message has no page
        if row is not None and label(model) not in {"members.Consent", "outreach.MessageEntry"}:
            found.append(reverse(name_of(model, "change"), args=[row.pk]))
    found += [page.replace("/change/", "/history/") for page in found if "/region/" in page and "change" in page]
    return found


@pytest.fixture
def books(root: Employee) -> None:
    for model in admin.site._registry:
        if label(model) not in ALONE:
            fill(model, 60)


SCREENS: dict[str, dict[str, object]] = {
    "desk-en": {**DESK, "locale": "en-US"},
    "desk-zh-dark": {**DESK, "locale": "zh-CN", "color_scheme": "dark"},
    "phone-zh": {"viewport": {"width": 320, "height": 640}, "locale": "zh-CN"},
    "phone-en-dark": {"viewport": {"width": 430, "height": 900}, "locale": "en-US", "color_scheme": "dark"},
}


@pytest.mark.usefixtures("books")
@pytest.mark.parametrize("screen", SCREENS)
def test_every_page_can_be_read_and_operated(screen: str, open_phone: OpenPhone) -> None:
    phone = sign_in(open_phone(**SCREENS[screen]))
    found: list[str] = []
    seen = pages()
    assert len(seen) > 2 * len(admin.site._registry) - 2
    for address in seen:
        phone.open(address)
        phone.page.wait_for_load_state("load")
        name = address.strip("/").replace("admin", "").strip("/").replace("/", "-").replace("?", "-") or "index"
        phone.screenshot(f"admin-{screen}-{name}")
        found += [f"{address}: {what}" for what in serious(phone)]
        if phone.sideways() > 0:
            found.append(f"{address}: {phone.sideways()} px wider than the screen")
    phone.complaints[:] = [said for said in phone.complaints if NOT_OURS not in said]
    assert not [path for path, status in phone.refused if status >= 400]
    assert found == []


def waiting_work() -> None:
    """What a worker would do."""
    for found in FileImport.objects.filter(state__in=FileImport.WORK):
        work_on_import(import_id=found.pk)


@pytest.mark.parametrize("screen", SCREENS)
def test_a_file_goes_its_way_in_front_of_who_brought_it(
    screen: str, open_phone: OpenPhone, root: Employee, tmp_path: Path
) -> None:
    path = tmp_path / "catalogue.csv"
    path.write_text("型号,品类,品类名称,寿命\nBCD-1,fridge,冰箱,12\nBCD-2,fridge,,\n,fridge,,\n")
    phone = sign_in(open_phone(**SCREENS[screen]))
    page = phone.page
    found: list[str] = []

    def look(name: str) -> None:
        phone.screenshot(f"admin-import-{screen}-{name}")
        found.extend(serious(phone))
        assert phone.sideways() <= 0, name

    phone.open("/admin/members/fileimport/add/")
    page.click("a[href='?kind=products']")
    page.set_input_files("[name=file]", path)
    look("1-bring")
    page.click(".submit-row [type=submit]")
    page.wait_for_selector("progress")
    look("2-waiting")
    waiting_work()
    # The page asks by itself
    page.wait_for_selector("button[value=check]")
    expect(page.locator("[name=model]")).to_have_value("型号")
    look("3-columns")
    page.click("button[value=check]")
    page.wait_for_selector("progress")
    FileImport.objects.update(begun_at="2026-11-20T00:00:00Z", step="READING", rows_done=2)
    page.wait_for_selector("text=/broken off|中断/i", timeout=10_000)
    look("4-broken-off")
    page.click("button[value=name]")
    page.click("button[value=check]")
    page.wait_for_selector("progress")
    waiting_work()
    page.wait_for_selector("button[value=load]")
    assert not Product.objects.exists()
    look("5-checked")
    page.click("button[value=load]")
    page.wait_for_selector("progress")
    waiting_work()
    page.wait_for_selector("text=/the file was deleted|文件已删除/")
    look("6-done")
    assert Product.objects.count() == 2
    assert found == []


@pytest.mark.parametrize("screen", SCREENS)
def test_the_check_of_employees_is_read_at_a_glance(
    screen: str, open_phone: OpenPhone, town: Town, root: Employee, alice: Employee
) -> None:
    Employee.objects.bulk_create(
        Employee(employee_no=f"E{n}", name="员", role="salesperson", region=town.north) for n in range(40)
    )
    rows = "工号,姓名,岗位,region,store\nalice,alice,manager,,S1\nN1,新一,salesperson,,N1\nN2,新二,chef,,N1\n"
    file = SimpleUploadedFile("staff.csv", rows.encode())
    brought = bring_file(by=root, kind=ImportRun.Kind.EMPLOYEES, file=file)
    work_on_import(import_id=brought.pk)
    FileImport.objects.filter(pk=brought.pk).update(state=FileImport.State.CHECKING)
    work_on_import(import_id=brought.pk)
    phone = sign_in(open_phone(**SCREENS[screen]))
    phone.open(f"/admin/members/fileimport/{brought.pk}/change/")
    phone.page.click("summary >> nth=-1")
    phone.screenshot(f"admin-import-{screen}-employees")
    assert phone.sideways() <= 0
    assert serious(phone) == []
    phone.page.fill("[name=leavers]", "40")
    phone.page.click("button[value=load]")
    phone.page.wait_for_selector("progress")
    waiting_work()
    phone.page.wait_for_selector("text=/the file was deleted|文件已删除/")
    assert Employee.objects.filter(disabled_at=None).count() == 3
