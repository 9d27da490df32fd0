from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from geo.models import ImportRun
from members.actions.import_members import import_members
from members.actions.import_service_events import import_service_events
from members.models import Category, ContactPoint, ServiceEvent
from members.phone import PhoneNumber

HEADER = "key,phone,member_key,kind,category,happened_on"
PHONE, OTHER = "15412345678", "16012345678"

pytestmark = pytest.mark.django_db
Load = Callable[..., ImportRun]


@pytest.fixture
def load(db: None, tmp_path: Path) -> Load:
    Category.objects.create(code="fridge", name="冰箱", name_en="Fridge", lifetime_years=12)
    people = tmp_path / "people.csv"
    people.write_text(f"key,phone\nA1,{PHONE}\nA2,{OTHER}\n")
    import_members(path=people, system="repairs")

    def _load(*lines: str) -> ImportRun:
        path = tmp_path / "events.csv"
        path.write_text("\n".join((HEADER, *lines)) + "\n", encoding="utf-8")
        run = import_service_events(path=path, system="repairs")
        assert run.rows == run.created + run.merged + run.unchanged + run.refused
        return run

    return _load


def test_an_event_is_filed_under_its_member(load: Load) -> None:
    assert load(f"E1,{PHONE},,维修,fridge,2024-05-06", "E2,,A2,relocation,,2024-06-07").created == 2
    repair, move = ServiceEvent.objects.order_by("record_key")
    point = ContactPoint.objects.get(bidx=PhoneNumber.parse(PHONE).bidx)
    assert (repair.member_id, repair.kind, repair.happened_on) == (point.member_id, "repair", date(2024, 5, 6))
    assert repair.category_id == Category.objects.get().pk
    assert (move.kind, move.category_id) == ("relocation", None)
    assert move.member_id != repair.member_id


def test_again_corrected_and_moved(load: Load) -> None:
    row = f"E1,{PHONE},,repair,fridge,2024-05-06"
    load(row)
    assert load(row).unchanged == 1
    assert load(f"E1,{PHONE},,repair,,2024-05-06").merged == 1
    assert ServiceEvent.objects.get().category_id is None
    assert load(f"E1,{OTHER},,repair,,2024-05-06").reasons == {"key_of_another_member": 1}


def test_refused_rows_are_counted_by_reason(load: Load) -> None:
    run = load(
        f"E1,{PHONE},,party,,2024-05-06",
        f"E2,{PHONE},,repair,spaceship,2024-05-06",
        f"E3,{PHONE},,repair,,never",
        f"E4,{PHONE},,repair,,9999-01-01",
        "E5,16112345678,,repair,,2024-05-06",
        f"E6,{PHONE},,renovation,,2024-05-06",
        f"E6,{PHONE},,renovation,,2024-05-06",
    )
    assert run.reasons == {
        "bad_kind": 1, "unknown_category": 1, "bad_date": 1, "future_date": 1, "unknown_member": 1, "repeated_key": 1,
    }  # fmt: skip
    assert run.created == 1
