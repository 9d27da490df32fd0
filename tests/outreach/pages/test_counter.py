import re
from collections.abc import Callable
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from members.models import Member, Need
from members.public_id import public_id
from members.queries.catalogue import forget_catalogue
from members.queries.portrait import Portrait
from outreach.pages import counter
from salesapp.staff.models import AccessEntry, Employee
from tests.builders import make_category, make_sun
from tests.conftest import Town

PagesOf = Callable[[Employee], Client]
SUN = "15400001234"
NOTHING = "没有可显示的资料"


@pytest.fixture
def sun(town: Town) -> Member:
    return make_sun(town.willow, SUN, level=3, score=60)


def look_up(client: Client, phone: str = SUN, reason: str = "counter", htmx: bool = True) -> HttpResponse:
    headers = {"HX-Request": "true"} if htmx else {}
    return client.post("/counter/", {"phone": phone, "reason": reason}, headers=headers)  # type: ignore[return-value]


def text(answer: HttpResponse) -> str:
    return answer.content.decode()


def test_the_answer_is_a_fragment_with_the_masked_portrait(alice: Employee, pages_of: PagesOf, sun: Member) -> None:
    answer = look_up(pages_of(alice), "+86 154-0000 1234")
    assert answer.status_code == 200
    shown = text(answer)
    assert "<html" not in shown
    for part in ("孙先生", "154****1234", "2015年3月入会", "冰箱", "较强", "已过使用年限", "HC-318"):
        assert part in shown
    assert f"{timezone.localdate().year - 2010} 年" in shown


def test_without_htmx_the_answer_is_the_whole_page(alice: Employee, pages_of: PagesOf, sun: Member) -> None:
    shown = text(look_up(pages_of(alice), htmx=False))
    assert "<html" in shown
    assert "孙先生" in shown


@pytest.mark.parametrize("htmx", [True, False])
@pytest.mark.parametrize("phone", [SUN, "15400009999", "154-0000-123", "1540000 1234 5"])
def test_the_typed_number_is_never_sent_back(
    alice: Employee, pages_of: PagesOf, sun: Member, phone: str, htmx: bool
) -> None:
    shown = text(look_up(pages_of(alice), phone, htmx=htmx))
    assert phone not in shown
    assert SUN not in shown
    assert "answer" in shown or "notice" in shown or "portrait" in shown


def test_nobody_an_erased_member_and_one_who_refuses_get_the_same_sentence(
    alice: Employee, pages_of: PagesOf, sun: Member
) -> None:
    client = pages_of(alice)
    nobody = text(look_up(client, "15400009999"))
    Member.objects.filter(pk=sun.pk).update(refuses_profiling=True)
    refuses = text(look_up(client))
    Member.objects.filter(pk=sun.pk).update(refuses_profiling=False, erased_at=timezone.now())
    erased = text(look_up(client))
    assert nobody == refuses == erased
    assert NOTHING in nobody


@pytest.mark.parametrize("phone", ["", "12345", "hello", "154000012345678"])
def test_what_is_no_number_is_told_so(alice: Employee, pages_of: PagesOf, sun: Member, phone: str) -> None:
    answer = look_up(pages_of(alice), phone)
    assert answer.status_code == 422
    assert "这不是有效的手机号" in text(answer)
    assert not AccessEntry.objects.exists()


def test_a_reason_is_asked_for(alice: Employee, pages_of: PagesOf, sun: Member) -> None:
    answer = look_up(pages_of(alice), reason="curiosity")
    assert answer.status_code == 422
    assert "请选择查询原因" in text(answer)
    assert not AccessEntry.objects.exists()


def test_the_reason_is_on_record(alice: Employee, pages_of: PagesOf, sun: Member) -> None:
    look_up(pages_of(alice), reason="call")
    assert AccessEntry.objects.get().reason == "call"


def test_past_the_limit_the_wait_is_told(alice: Employee, pages_of: PagesOf, sun: Member, settings: Settings) -> None:
    settings.LOOKUP_LIMITS = ["1/d"]
    client = pages_of(alice)
    look_up(client)
    answer = look_up(client)
    assert answer.status_code == 429
    assert 23 * 3600 <= int(answer["Retry-After"]) <= 25 * 3600
    assert re.search("请在 [0-9]+ (秒|分钟|小时)后再试", text(answer))


def test_without_the_limiter_it_stays_closed(
    alice: Employee, pages_of: PagesOf, sun: Member, settings: Settings
) -> None:
    settings.CACHES = settings.CACHES | {"limits": settings.CACHES["limits"] | {"LOCATION": "unix:///nowhere.sock"}}
    answer = look_up(pages_of(alice))
    assert answer.status_code == 503
    assert "暂时无法查询" in text(answer)


def test_neighbours_stand_under_the_need_by_nearness(
    alice: Employee, pages_of: PagesOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    def need(category: str, level: int) -> dict[str, object]:
        return {"category": category, "name": category, "level": level, "label": str(level), "reasons": []}

    def model(name: str, level: str, brand: str = "海澄") -> dict[str, str]:
        return {"model": name, "brand": brand, "name": f"{brand} {name} 双门冰箱", "level": level}

    portrait = SimpleNamespace(
        answer={
            "found": True,
            "member": {"id": public_id(1), "title": "孙先生", "phone": "154****1234", "since": "2015-03"},
            "needs": [need("fridge", 2), need("hood", 4)],
            "owns": [],
            "activity": "active",
            "neighbours": [
                {"category": "fridge", "name": "fridge",
                 "models": [model("N-CITY", "city"), model("N-NEAR", "community"), model("N-ALSO", "city"),
                            model("T-1", "city", "统立")]}
            ],
            "say": None,
            "as_of": {"needs": datetime(2026, 11, 21, 18, tzinfo=UTC), "neighbours": None},
        }
    )  # fmt: skip

    def look_up_member(**_asked: object) -> Portrait:
        answer: Portrait = portrait.answer
        return answer

    monkeypatch.setattr(counter, "look_up_member", look_up_member)
    shown = text(look_up(pages_of(alice)))
    order = [
        "hood",
        "fridge",
        "同小区常买 <b>海澄 N-NEAR</b>",
        "本市常买 <b>海澄 N-CITY</b> <b>N-ALSO</b> <b>统立 T-1</b>",
        "需求数据截至 2026年11月22日",
    ]
    places = [shown.index(part) for part in order]
    assert places == sorted(places)
    assert "邻居偏好截至" not in shown
    assert 'class="say"' not in shown


def test_the_three_strongest_needs_are_told_in_full_and_the_rest_by_name(
    alice: Employee, pages_of: PagesOf, sun: Member
) -> None:
    for position, level in enumerate((1, 4, 2, 1)):
        category = make_category(f"c{position}", f"品类{position}")
        Need.objects.create(member_id=sun.pk, category=category, level=level, score=level * 20, reasons=[])
    forget_catalogue()
    shown = text(look_up(pages_of(alice)))
    full, rest = shown.split('class="weaker"')
    assert re.findall("<strong>(.+?)</strong>", full) == ["品类1", "冰箱", "品类2"]
    assert re.findall("<span>(.+?)</span>", rest)[:2] == ["品类0 弱", "品类3 弱"]


def test_the_sentence_to_say_is_shown(alice: Employee, pages_of: PagesOf, sun: Member) -> None:
    assert f"您家的冰箱用了 {timezone.localdate().year - 2010} 年了。店里有新款，我带您看看？" in text(
        look_up(pages_of(alice))
    )


def test_for_nobody_the_stores_code_is_shown(alice: Employee, mei: Employee, pages_of: PagesOf, sun: Member) -> None:
    shown = text(look_up(pages_of(alice), "15400009999"))
    assert 'class="qr"' in shown
    assert "北岸一店" in shown
    assert 'class="qr"' not in text(look_up(pages_of(alice)))
    assert 'class="qr"' not in text(look_up(pages_of(mei), "15400009999"))


def test_what_is_no_number_is_not_counted(alice: Employee, pages_of: PagesOf, sun: Member, settings: Settings) -> None:
    settings.LOOKUP_LIMITS = ["1/d"]
    client = pages_of(alice)
    assert [look_up(client, "1540000").status_code for _ in range(3)] == [422] * 3
    assert [look_up(client).status_code for _ in range(2)] == [200, 429]


def test_the_page_is_stored_nowhere(alice: Employee, pages_of: PagesOf, sun: Member) -> None:
    client = pages_of(alice)
    assert "no-store" in client.get("/counter/")["Cache-Control"]
    assert "no-store" in look_up(client)["Cache-Control"]


def test_a_number_in_the_address_is_ignored(alice: Employee, pages_of: PagesOf, sun: Member) -> None:
    answer = pages_of(alice).get("/counter/", {"phone": SUN})
    assert "孙先生" not in answer.content.decode()
    assert not AccessEntry.objects.exists()


def test_who_may_not_look_up_gets_the_refusal_page(dana: Employee, root: Employee, pages_of: PagesOf) -> None:
    for employee in (dana, root):
        answer = pages_of(employee).get("/counter/")
        assert answer.status_code == 403
        assert "没有权限" in answer.content.decode()
