from collections.abc import Callable

import pytest
from pytest_django import Settings
from rest_framework.test import APIClient

from members.models import Member
from members.phone import PhoneNumber
from salesapp.staff.models import AccessEntry, Employee
from tests.builders import make_member, make_sun
from tests.conftest import Town
from tests.members.test_phone import NASTY, NOT_NUMBERS, SPELLINGS

ClientOf = Callable[[Employee], APIClient]
SUN = "15400001234"


@pytest.fixture
def sun(town: Town) -> Member:
    return make_sun(town.willow, SUN, level=2, score=40)


def look_up(client: APIClient, phone: str = SUN, reason: str = "counter", **headers: str):  # type: ignore[no-untyped-def]
    return client.post("/api/lookups/", {"phone": phone, "reason": reason}, format="json", headers=headers)


def test_the_portrait_is_masked(alice: Employee, client_of: ClientOf, sun: Member) -> None:
    answer = look_up(client_of(alice), "154 0000-1234")
    assert answer.status_code == 200
    assert answer["Cache-Control"] == "no-store"
    portrait = answer.json()
    assert portrait["found"] is True
    member = portrait["member"]
    assert (member["title"], member["phone"], member["since"]) == ("孙先生", "154****1234", "2015-03")
    assert len(member["id"]) == 22
    assert portrait["needs"] == [
        {"category": "fridge", "name": "冰箱", "level": 2, "label": "一般", "reasons": ["已过使用年限"]}
    ]
    assert portrait["owns"] == [{"category": "fridge", "name": "冰箱", "model": "HC-318", "year": 2010}]
    assert portrait["activity"] == "dormant"
    assert SUN not in answer.content.decode()


def test_it_speaks_the_readers_language(alice: Employee, client_of: ClientOf, sun: Member) -> None:
    portrait = look_up(client_of(alice), **{"Accept-Language": "en"}).json()
    assert portrait["member"]["title"] == "孙 (Mr)"
    assert portrait["needs"][0] | {"category": ""} == {
        "category": "", "name": "Fridge", "level": 2, "label": "fair", "reasons": ["Past its lifetime"]
    }  # fmt: skip


def test_another_region_may_look_up_too(charlie: Employee, client_of: ClientOf, sun: Member) -> None:
    assert look_up(client_of(charlie)).json()["found"] is True


def test_nobody_an_erased_member_and_one_who_refuses_are_told_apart_by_nothing(
    alice: Employee, client_of: ClientOf, sun: Member
) -> None:
    client = client_of(alice)
    nobody = look_up(client, "15400009999").json()
    sun.refuses_profiling = True
    sun.save()
    refuses = look_up(client).json()
    sun.refuses_profiling, sun.erased_at = False, "2026-01-01T00:00Z"
    sun.save()
    erased = look_up(client).json()
    for answer in (nobody, refuses, erased):
        answer["member"].pop("phone")
    assert nobody == refuses == erased
    assert nobody["found"] is False
    assert nobody["needs"] == nobody["owns"] == nobody["neighbours"] == []


def test_every_look_up_is_on_record_also_the_vain_one(alice: Employee, client_of: ClientOf, sun: Member) -> None:
    client = client_of(alice)
    look_up(client)
    look_up(client, "15400009999", "call")
    hit, miss = AccessEntry.objects.order_by("id")
    assert (hit.employee, hit.store, hit.reason, hit.member_id) == (alice, alice.store, "counter", sun.pk)
    assert bytes(hit.address_hash) == PhoneNumber.parse(SUN).bidx
    assert (miss.reason, miss.member_id) == ("call", None)


def test_without_any_member_the_look_up_is_still_on_record(alice: Employee, client_of: ClientOf) -> None:
    assert look_up(client_of(alice)).json()["found"] is False
    assert AccessEntry.objects.count() == 1


@pytest.mark.parametrize("phone", ["", "12345", "hello", "1540000123４５", "1" * 41, "15400001234; drop table"])
def test_a_bad_number_is_refused_and_not_repeated(alice: Employee, client_of: ClientOf, phone: str) -> None:
    answer = look_up(client_of(alice), phone)
    assert answer.status_code == 400
    assert answer["Content-Type"].startswith("application/problem+json")
    assert answer.json()["errors"][0]["field"] == "phone"
    assert not phone or phone not in answer.content.decode()
    assert not AccessEntry.objects.exists()


def test_any_spelling_through_the_whole_stack_is_the_one_person_or_a_400(
    alice: Employee, client_of: ClientOf, sun: Member, settings: Settings
) -> None:
    settings.LOOKUP_LIMITS, settings.HARVEST_THRESHOLDS = ["1000/d"], {"misses": "0", "near": "0", "night": "0"}
    make_member(phone="15412345678")
    client = client_of(alice)
    spelled = [each for each in dict.fromkeys([*SPELLINGS, *NASTY]) if len(each) <= 40][::6]
    nonsense = [each for each in NOT_NUMBERS if "\ud800" not in each][::4]
    assert len(spelled) > 50
    assert len(nonsense) > 25
    for spelling in spelled:
        answer = look_up(client, spelling)
        assert (answer.status_code, answer.json()["found"]) == (200, True), ascii(spelling)
    for text in nonsense:
        assert look_up(client, text).status_code == 400, ascii(text)
    hashes = AccessEntry.objects.values_list("address_hash", flat=True)
    assert len(hashes) == len(spelled)
    assert {bytes(each) for each in hashes} == {PhoneNumber.parse("15412345678").bidx}


def test_a_reason_is_required(alice: Employee, client_of: ClientOf) -> None:
    assert look_up(client_of(alice), reason="curiosity").status_code == 400
    assert client_of(alice).post("/api/lookups/", {"phone": SUN}, format="json").status_code == 400


def test_the_limit_is_per_employee(
    alice: Employee, bob: Employee, client_of: ClientOf, sun: Member, settings: Settings
) -> None:
    settings.LOOKUP_LIMITS = ["2/d"]
    client = client_of(alice)
    assert [look_up(client).status_code for _ in range(3)] == [200, 200, 429]
    assert look_up(client_of(bob)).status_code == 200
    assert AccessEntry.objects.count() == 3


def test_without_redis_it_does_not_open(alice: Employee, client_of: ClientOf, sun: Member, settings: Settings) -> None:
    settings.CACHES = settings.CACHES | {"limits": settings.CACHES["limits"] | {"LOCATION": "unix:///nowhere.sock"}}
    answer = look_up(client_of(alice))
    assert answer.status_code == 503
    assert not AccessEntry.objects.exists()


def test_who_may_not_look_up_is_refused(dana: Employee, root: Employee, client_of: ClientOf) -> None:
    assert look_up(client_of(dana)).status_code == 403
    assert look_up(client_of(root)).status_code == 403
    assert look_up(APIClient()).status_code == 401


def test_a_leaver_is_refused_with_a_token_from_before(alice: Employee, client_of: ClientOf, sun: Member) -> None:
    client = client_of(alice)
    assert look_up(client).status_code == 200
    Employee.objects.filter(pk=alice.pk).update(disabled_at="2026-01-01T00:00Z")
    assert look_up(client).status_code == 401
