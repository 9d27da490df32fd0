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
