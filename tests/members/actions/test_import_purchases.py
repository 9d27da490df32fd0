from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from django.utils import timezone
from openpyxl import Workbook

from geo.models import ImportRun
from members.actions.import_members import import_members
from members.actions.import_purchases import import_purchases, read_price
from members.intake import BadValue
from members.models import Category, ContactPoint, Member, Product, Purchase, SourceRecord
from members.phone import PhoneNumber
from tests.conftest import Town

HEADER = "key,phone,member_key,model,store,channel,bought_on,price"
PHONE, OTHER = "15412345678", "16012345678"
Load = Callable[..., ImportRun]


def member(phone: str) -> Member:
    point = ContactPoint.objects.get(bidx=PhoneNumber.parse(phone).bidx)
    return Member.objects.get(id=point.member_id)


@pytest.fixture
def people(town: Town, tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_text(
        f"key,phone,city,community,house\nA1,{PHONE},海澄市,垂柳新村,12-3-502\nA2,{OTHER},,,\n", encoding="utf-8"
    )
    import_members(path=path, system="mall")


@pytest.fixture
def fridge(db: None) -> Product:
    category = Category.objects.create(code="fridge", name="冰箱", name_en="Fridge", lifetime_years=12)
    return Product.objects.create(model="BCD-500", category=category, brand="Haier", name="500 L")


@pytest.fixture
def load(people: None, fridge: Product, tmp_path: Path) -> Load:
    def _load(*lines: str, system: str = "mall") -> ImportRun:
        path = tmp_path / "purchases.csv"
        path.write_text("\n".join((HEADER, *lines)) + "\n", encoding="utf-8")
        run = import_purchases(path=path, system=system)
        assert run.rows == run.created + run.merged + run.unchanged + run.refused
        return run

    return _load


def test_a_sale_is_filed_under_its_member(load: Load, fridge: Product, town: Town) -> None:
    run = load(f"S1,+86 {PHONE},,BCD-500,N1,门店,2020-05-06,¥3999.00", "S2,,A2,BCD-500,,,2021/1/2,")
    assert (run.created, run.refused) == (2, 0)
    one, two = Purchase.objects.order_by("record_key")
    buyer = member(PHONE)
    assert (one.member_id, one.system, one.product_id, one.category_id) == (
        buyer.pk, "mall", fridge.pk, fridge.category_id,
    )  # fmt: skip
    assert (one.store_id, one.channel, one.bought_on, one.price) == (
        town.north_store.pk, "store", date(2020, 5, 6), Decimal("3999.00"),
    )  # fmt: skip
    assert (one.community_id, one.household) == (town.willow.pk, buyer.household)
    assert buyer.household > 0
    assert (two.member_id, two.store_id, two.channel, two.price) == (member(OTHER).pk, None, "online", None)
    assert (two.community_id, two.household) == (None, -two.member_id)


def test_the_same_file_again_changes_nothing_and_a_correction_is_taken(load: Load) -> None:
    load(f"S1,{PHONE},,BCD-500,N1,store,2020-05-06,3999")
    again = load(f"S1,{PHONE},,BCD-500,N1,store,2020-05-06,3999.00")
    assert (again.created, again.merged, again.unchanged) == (0, 0, 1)
    corrected = load(f"S1,{PHONE},,BCD-500,N1,store,2020-05-07,")
    assert (corrected.created, corrected.merged, corrected.unchanged) == (0, 1, 0)
    purchase = Purchase.objects.get()
    assert (purchase.bought_on, purchase.price) == (date(2020, 5, 7), None)


def test_a_purchase_keeps_the_community_of_its_time(load: Load, town: Town) -> None:
    load(f"S1,{PHONE},,BCD-500,,,2020-05-06,3999")
    Member.objects.update(community=town.poplar, household=7)
    load(f"S1,{PHONE},,BCD-500,,,2020-05-06,2999")
    assert Purchase.objects.get().community_id == town.willow.pk


def test_a_sale_does_not_count_for_two_members(load: Load) -> None:
    load(f"S1,{PHONE},,BCD-500,,,2020-05-06,3999")
    run = load(f"S1,{OTHER},,BCD-500,,,2020-05-06,3999")
    assert run.reasons == {"key_of_another_member": 1}
    assert [purchase.member_id for purchase in Purchase.objects.all()] == [member(PHONE).pk]
    assert load(f"S1,{OTHER},,BCD-500,,,2020-05-06,3999", system="wechat").created == 1


def test_the_number_goes_before_the_key_and_the_key_helps_where_nobody_has_the_number(load: Load) -> None:
    run = load(f"S1,{OTHER},A1,BCD-500,,,2020-05-06,", "S2,16112345678,A1,BCD-500,,,2020-05-06,")
    assert run.created == 2
    assert Purchase.objects.get(record_key="S1").member_id == member(OTHER).pk
    assert Purchase.objects.get(record_key="S2").member_id == member(PHONE).pk


@pytest.mark.parametrize("key", [PHONE, f"+86{PHONE}", f"wx_{PHONE}", f"0{PHONE}-2020"])
def test_a_phone_number_used_as_a_key_is_not_stored_in_clear(load: Load, tmp_path: Path, key: str) -> None:
    path = tmp_path / "keyed.csv"
    path.write_text(f"key,phone\n{key},{PHONE}\n", encoding="utf-8")
    import_members(path=path, system="shop")
    assert import_members(path=path, system="shop").run.unchanged == 1
    assert load(f"{key},,{key},BCD-500,,,2020-05-06,", system="shop").created == 1
    assert load(f"{key},,{key},BCD-500,,,2020-05-06,", system="shop").unchanged == 1
    assert Purchase.objects.get(system="shop").member_id == member(PHONE).id
    stored = list(SourceRecord.objects.values_list("record_key", flat=True))
    stored += Purchase.objects.values_list("record_key", flat=True)
    assert len(stored) == 4
    assert not any(PHONE in text for text in stored)


def test_refused_rows_are_listed_without_their_values(load: Load) -> None:
    tomorrow = timezone.localdate() + timedelta(days=1)
    run = load(
        f",{PHONE},,BCD-500,,,2020-05-06,1",
        "S1,,,BCD-500,,,2020-05-06,1",
        "S2,12345,,BCD-500,,,2020-05-06,1",
        "S3,16112345678,,BCD-500,,,2020-05-06,1",
        "S4,,nobody,BCD-500,,,2020-05-06,1",
        f"S5,{PHONE},,{PHONE},,,2020-05-06,1",
        f"S6,{PHONE},,BCD-500,nowhere,,2020-05-06,1",
        f"S7,{PHONE},,BCD-500,,pigeon,2020-05-06,1",
        f"S8,{PHONE},,BCD-500,,,soon,1",
        f"S9,{PHONE},,BCD-500,,,{tomorrow},1",
        f"S10,{PHONE},,BCD-500,,,2020-05-06,-1",
        f"S11,{PHONE},,BCD-500,,,2020-05-06,1",
        f"S11,{OTHER},,BCD-500,,,2020-05-06,1",
        "too,few",
    )
    assert run.created == 1
    assert run.reasons == {
        "no_key": 1, "no_phone": 1, "bad_phone": 1, "unknown_member": 2, "unknown_product": 1, "unknown_store": 1,
        "bad_channel": 1, "bad_date": 1, "future_date": 1, "bad_price": 1, "repeated_key": 1, "broken_line": 1,
    }  # fmt: skip
    lines = Path(run.report).read_text().splitlines()[1:]
    assert sorted(int(line.split(",")[0]) for line in lines) == [2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 14, 15]
    assert "5412" not in "".join(lines)


def test_an_erased_member_gets_nothing_on_file(load: Load) -> None:
    Member.objects.update(erased_at=timezone.now())
    assert load(f"S1,{PHONE},,BCD-500,,,2020-05-06,1").reasons == {"erased": 1}


def test_a_spreadsheet_is_read(people: None, fridge: Product, tmp_path: Path) -> None:
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.append(["单号", "phone", "model", "bought_on", "price"])
    sheet.append([1, float(PHONE), "BCD-500", date(2020, 5, 6), 3999.5])
    book.save(tmp_path / "a.xlsx")
    run = import_purchases(path=tmp_path / "a.xlsx", system="mall", columns={"单号": "key"})
    assert run.created == 1
    assert Purchase.objects.get().price == Decimal("3999.50")


def test_a_crash_midway_leaves_nothing(load: Load, monkeypatch: pytest.MonkeyPatch) -> None:
    def crash(*_arguments: object, **_named: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("members.actions.import_purchases.Report.save", crash)
    with pytest.raises(KeyboardInterrupt):
        load(f"S1,{PHONE},,BCD-500,,,2020-05-06,1")
    assert not Purchase.objects.exists()


@pytest.mark.parametrize(
    ("text", "price"),
    [("", None), ("0", "0.00"), ("3999", "3999.00"), ("3,999.5", "3999.50"), ("￥3999", "3999.00"),
     ("3999元", "3999.00"), ("3998.9999999", "3999.00"), ("99999999.99", "99999999.99")],
)  # fmt: skip
def test_a_price_is_read_to_the_cent(text: str, price: str | None) -> None:
    assert read_price(text) == (None if price is None else Decimal(price))


@pytest.mark.parametrize(
    "text", ["-1", "free", "NaN", "-NaN", "sNaN", "Infinity", "1e9", "1e999999", "100000000", "1.2.3", "¥", "=1+1"]
)
def test_what_is_no_price_is_refused(text: str) -> None:
    with pytest.raises(BadValue) as caught:
        read_price(text)
    assert caught.value.reason == "bad_price"
