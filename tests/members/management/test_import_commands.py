from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError

from geo.models import ImportRun
from members import vault
from members.models import Category, Member, Product, Purchase, ServiceEvent
from tests.conftest import Town

PHONE = "15412345678"

pytestmark = pytest.mark.django_db


def run(command: str, path: Path, *arguments: str) -> tuple[str, str]:
    out, progress = StringIO(), StringIO()
    call_command(command, str(path), "--system", "mall", *arguments, stdout=out, stderr=progress)
    return out.getvalue(), progress.getvalue()


def test_members_then_purchases_then_events(town: Town, tmp_path: Path) -> None:
    category = Category.objects.create(code="fridge", name="冰箱", name_en="Fridge", lifetime_years=12)
    Product.objects.create(model="BCD-500", category=category, brand="Haier", name="500 L")
    people, sales, events = (tmp_path / name for name in ("people.csv", "sales.csv", "events.csv"))
    people.write_text(
        f"会员号,手机,小区,city,email\nA1,{PHONE},垂柳新村,海澄市,x\nA2,12,,,\nA3,16012345678,无此小区,海澄市,\n",
        encoding="gb18030",
    )
    sales.write_text("key,member_key,model,bought_on\nS1,A1,BCD-500,2020-01-02\nS2,A9,BCD-500,2020-01-02\n")
    events.write_text(f"key,phone,kind,happened_on\nE1,{PHONE},renovation,2024-01-02\n")
    told, progress = run(
        "import_members", people, "--map", "会员号=key", "--map", "手机=phone", "--map", "小区=community"
    )
    assert "rows 3: created 2, merged 0, unchanged 0, refused 1" in told
    assert "bad_phone: 1" in told
    assert "addresses: located 50.0%, unknown_community 50.0%" in told
    assert "e-mail addresses not stored, bad_email: 1" in told
    assert "3 rows read" in progress
    assert PHONE not in told + progress
    assert "unknown_member: 1" in run("import_purchases", sales)[0]
    run("import_service_events", events)
    assert (Member.objects.count(), Purchase.objects.count(), ServiceEvent.objects.count()) == (2, 1, 1)
    assert ImportRun.objects.count() == 3


@pytest.mark.parametrize("command", ["import_members", "import_purchases", "import_service_events"])
def test_what_is_wrong_is_said_in_a_sentence(command: str, tmp_path: Path) -> None:
    one_column, pdf = tmp_path / "one.csv", tmp_path / "a.pdf"
    one_column.write_text(f"{PHONE}\n{PHONE}\n")
    pdf.write_text(PHONE)
    for path, arguments, sentence in (
        (tmp_path / "absent.csv", (), "there is no file"),
        (one_column, (), "the file has no column for key"),
        (one_column, ("--map", "key"), "--map takes COLUMN=FIELD"),
        (one_column, ("--map", "x=colour"), "no field colour"),
        (one_column, ("--system", "A b"), "a system's name"),
        (pdf, (), "no reader for .pdf"),
    ):
        with pytest.raises(CommandError, match=sentence) as caught:
            run(command, path, *arguments)
        assert PHONE not in str(caught.value)
    assert not ImportRun.objects.exists()


def test_without_a_data_key_the_mend_is_named(
    tmp_path: Path, settings: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.DATA_KEYS = ""  # type: ignore[attr-defined]
    vault._data_keys.cache_clear()
    vault._writing_key.cache_clear()
    path = tmp_path / "a.csv"
    path.write_text(f"key,phone\nA1,{PHONE}\n")
    try:
        with pytest.raises(CommandError, match=r"DATA_KEYS is not set.*openssl rand"):
            run("import_members", path)
    finally:
        vault._data_keys.cache_clear()
        vault._writing_key.cache_clear()
    assert not Member.objects.exists()


def test_the_databases_own_words_are_not_repeated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(**_arguments: object) -> None:
        raise IntegrityError(f"duplicate key: {PHONE}")

    monkeypatch.setattr("members.management.commands.import_members.import_members", refuse)
    path = tmp_path / "a.csv"
    path.write_text("key,phone\n")
    with pytest.raises(CommandError, match="nothing was loaded") as caught:
        run("import_members", path)
    assert PHONE not in str(caught.value)
    assert caught.value.__suppress_context__


def test_the_catalogue_comes_before_the_purchases(tmp_path: Path) -> None:
    products, sales = tmp_path / "products.csv", tmp_path / "sales.csv"
    products.write_text("型号,category,category_name,lifetime_years\nBCD-500,fridge,冰箱,12\n", encoding="utf-8")
    sales.write_text("key,member_key,model,bought_on\nS1,A9,BCD-999,2020-01-02\nS2,A9,BCD-500,2020-02-30\n")
    with pytest.raises(CommandError, match="the catalogue is empty: import_products first"):
        run("import_purchases", sales)
    out = StringIO()
    call_command("import_products", str(products), "--map", "型号=model", stdout=out, stderr=StringIO())
    assert "rows 1: created 1, merged 0, unchanged 0, refused 0" in out.getvalue()
    run("import_purchases", sales)
    report = Path(ImportRun.objects.get(kind="purchases").report).read_text()
    assert "2,unknown_product,BCD-999" in report
    assert "3,bad_date,2020-02-30" in report


@pytest.mark.parametrize("text", ["", "key,phone,member_key,model,kind,bought_on,happened_on\n"])
@pytest.mark.parametrize("command", ["import_members", "import_purchases", "import_service_events", "import_consents"])
def test_a_file_without_rows_is_not_loaded(command: str, text: str, tmp_path: Path) -> None:
    path = tmp_path / "empty.csv"
    path.write_text(text)
    with pytest.raises(CommandError, match=r"the file has no rows|is empty"):
        run(command, path)


def test_where_no_city_is_known_the_regions_are_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_text(f"key,phone,city,community\nA1,{PHONE},海澄市,垂柳新村\n", encoding="utf-8")
    assert "import the regions first (import_regions)" in run("import_members", path)[0]


@pytest.mark.parametrize(
    "command", ["import_members", "import_purchases", "import_service_events", "import_products", "import_consents"]
)
def test_help_has_fields_and_an_example(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        call_command(command, "--help")
    said = capsys.readouterr().out
    assert "fields: " in said
    assert "\nexample of a file:\n  " in said
