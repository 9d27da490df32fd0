import html
import json
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from geo.models import Community
from members.actions.begin_member_session import begin_member_session
from members.actions.publish_sealing_key import publish_sealing_key
from members.models import Consent, ConsentState, Member, Verification
from members.phone import PhoneNumber
from members.public_id import public_id
from outreach.actions.claim_messages import claim_messages
from outreach.message_token import staff_name, token
from outreach.models import Channel, MessageText
from salesapp.staff.models import AccessEntry, Employee, HarvestAlarm
from tests.builders import make_consent, make_member, make_sun, make_version
from tests.conftest import Town

PagesOf = Callable[[Employee], Client]
SUN = "15400001234"
ENGLISH = {"Accept-Language": "en"}
CHANGES: dict[str, dict[str, str]] = {
    "/privacy/withdraw/": {"channel": "1"},
    "/privacy/object/": {"objects": "yes"},
    "/privacy/correct/": {"surname": "欧阳", "title": "f"},
}
every_change = pytest.mark.parametrize("path", CHANGES)


@pytest.fixture
def sun(town: Town) -> Member:
    publish_sealing_key()
    member = make_sun(town.willow, SUN, level=3, score=60)
    make_consent(member)
    return member


@pytest.fixture
def officer(dana: Employee, pages_of: PagesOf) -> Client:
    return pages_of(dana)


def ask(officer: Client, path: str, member: Member | str, reason: str = "request", **more: str) -> Any:
    named = member if isinstance(member, str) else public_id(member.pk)
    return officer.post(path, {"member": named, "reason": reason, **more}, headers=ENGLISH)


def text(answer: Any) -> str:
    return re.sub(r"\s+", " ", re.sub("<[^>]+>", " ", html.unescape(answer.content.decode())))


def keys(answer: Any) -> list[str]:
    return re.findall(r'name="key" value="([\w-]+)"', answer.content.decode())


def test_the_members_page_offers_every_right(sun: Member, officer: Client) -> None:
    found = officer.post("/privacy/consents/", {"who": SUN, "reason": "request"}, headers=ENGLISH)
    page = found.content.decode()
    for path in (*CHANGES, "/privacy/copy/", "/privacy/erase/"):
        assert path in page, path
    shown = text(found)
    assert "SMS the member agreed" in shown
    assert "WeChat the member gets none" in shown
    assert "The member does not object." in shown
    assert "no number and no address" in shown
    # what it is acted for is said, never presumed
    assert "checked" not in page[page.index('id="for-member"') :]


def test_who_may_not_act_is_offered_nothing(sun: Member, root: Employee, pages_of: PagesOf) -> None:
    found = pages_of(root).post("/privacy/consents/", {"who": SUN, "reason": "audit"}, headers=ENGLISH)
    assert "given · marketing · SMS" in text(found)
    assert "/privacy/withdraw/" not in found.content.decode()


def test_of_the_erased_nothing_is_offered(sun: Member, officer: Client) -> None:
    Member.objects.filter(pk=sun.pk).update(erased_at="2026-01-01T00:00Z")
    found = officer.post("/privacy/consents/", {"who": public_id(sun.pk), "reason": "request"}, headers=ENGLISH)
    assert "Erased" in text(found)
    assert "/privacy/withdraw/" not in found.content.decode()


@every_change
def test_the_first_step_shows_and_the_second_does_it_once(path: str, sun: Member, officer: Client) -> None:
    before = Consent.objects.count()
    first = ask(officer, path, sun, **({} if path.endswith("correct/") else CHANGES[path]))
    assert first.status_code == 200
    assert "no-store" in first["Cache-Control"]
    (key,) = set(keys(first))
    sun.refresh_from_db()
    assert (sun.surname, sun.refuses_profiling, Consent.objects.count()) == ("孙", False, before)
    assert not AccessEntry.objects.exists()  # nothing was read either
    done = ask(officer, path, sun, **CHANGES[path], key=key)
    assert done.status_code == 200
    assert b'role="status"' in done.content
    assert "孙" not in text(done)
    again = ask(officer, path, sun, **CHANGES[path], key=key)
    assert again.status_code == 409
    assert "used already" in text(again)
    assert AccessEntry.objects.count() == 1
    sun.refresh_from_db()
    assert Consent.objects.count() == before + (not path.endswith("correct/"))
    assert (sun.surname == "欧阳") == path.endswith("correct/")


@pytest.mark.parametrize(("channel", "left", "said"), [("1", {4}, "SMS"), ("0", set(), "every channel")])
def test_withdrawing_one_channel_and_all(channel: str, left: set[int], said: str, sun: Member, officer: Client) -> None:
    make_consent(sun, 4)
    assert said in text(ask(officer, "/privacy/withdraw/", sun, channel=channel)).replace("any channel", said)
    assert "Withdrawn" in text(ask(officer, "/privacy/withdraw/", sun, channel=channel, key="k"))
    assert set(ConsentState.objects.filter(given=True).values_list("channel", flat=True)) == left


def test_an_objection_and_its_end(sun: Member, officer: Client) -> None:
    ask(officer, "/privacy/object/", sun, objects="yes", key="k1")
    sun.refresh_from_db()
    assert sun.refuses_profiling
    found = officer.post("/privacy/consents/", {"who": SUN, "reason": "request"}, headers=ENGLISH)
    assert "The member objects." in text(found)
    ask(officer, "/privacy/object/", sun, objects="no", key="k2")
    sun.refresh_from_db()
    assert not sun.refuses_profiling


def test_the_community_is_chosen_from_a_list(sun: Member, town: Town, officer: Client) -> None:
    found = ask(officer, "/privacy/correct/", sun, search="白杨")
    assert "Correct a member" in text(found)
    assert "白杨苑" in text(found)
    assert "The first" not in text(found)
    (key,) = set(keys(found))
    done = ask(officer, "/privacy/correct/", sun, community=str(town.poplar.pk), key=key)
    assert "filed under that community" in text(done)
    sun.refresh_from_db()
    assert sun.community_id == town.poplar.pk


def test_a_list_of_communities_that_is_cut_says_of_how_many(sun: Member, town: Town, officer: Client) -> None:
    Community.objects.bulk_create(
        Community(name=f"松林{each:03}", region=town.north, district=town.north, region_path=town.north.path)
        for each in range(51)
    )
    found = text(ask(officer, "/privacy/correct/", sun, search="松林"))
    assert "The first 20 of 51. Type more of the name." in found


@pytest.mark.parametrize(
    ("path", "more", "said"),
    [
        ("/privacy/withdraw/", {"key": "k"}, "Choose a channel"),
        ("/privacy/withdraw/", {"channel": "9", "key": "k"}, "Choose a channel"),
        ("/privacy/withdraw/", {"channel": "-1", "key": "k"}, "Choose a channel"),
        ("/privacy/withdraw/", {"given": "1", "channel": "x", "key": "k"}, "Choose a channel"),
        ("/privacy/object/", {"objects": "maybe", "key": "k"}, "Say whether"),
        ("/privacy/correct/", {"surname": "7", "title": "f", "key": "k"}, "surname"),
        ("/privacy/correct/", {"surname": "欧阳", "title": "x", "key": "k"}, "surname"),
        ("/privacy/correct/", {"key": "k"}, "surname"),
        ("/privacy/correct/", {"community": "x", "key": "k"}, "from the list"),
        ("/privacy/correct/", {"community": "9" * 15, "key": "k"}, "from the list"),
        ("/privacy/withdraw/", {"channel": "1", "reason": "audit", "key": "k"}, "Choose a reason"),
        ("/privacy/copy/", {"reason": ""}, "Choose a reason"),
        ("/privacy/copy/", {"reason": "counter"}, "Choose a reason"),
        ("/privacy/copy/", {"member": "x"}, "no such member"),
        ("/privacy/object/", {"objects": "yes", "member": SUN}, "no such member"),
        ("/privacy/withdraw/", {"channel": "1", "member": "A" * 22, "key": "k"}, "no such member"),
    ],
)
def test_what_cannot_be_done_is_said(path: str, more: dict[str, str], said: str, sun: Member, officer: Client) -> None:
    answer = officer.post(path, {"member": public_id(sun.pk), "reason": "request", **more}, headers=ENGLISH)
    assert answer.status_code == 422
    assert said in text(answer)
    assert Consent.objects.count() == 1
    assert not AccessEntry.objects.exists()


def test_nothing_typed_comes_back_but_the_search(sun: Member, officer: Client) -> None:
    for named in (sun, SUN):
        answer = ask(officer, "/privacy/correct/", named, surname=SUN, title="f", key="k")
        assert answer.status_code == 422
        assert SUN not in answer.content.decode()
    chinese = officer.post("/privacy/withdraw/", {"member": "x", "reason": "request", "channel": "1", "key": "k"})
    assert "没有这位会员" in text(chinese)


def test_a_page_that_was_used_for_something_else_says_so(sun: Member, officer: Client) -> None:
    ask(officer, "/privacy/withdraw/", sun, channel="1", key="k")
    answer = ask(officer, "/privacy/withdraw/", sun, channel="0", key="k")
    assert answer.status_code == 409
    assert "used already" in text(answer)


def test_of_who_was_erased_meanwhile_it_is_said(sun: Member, officer: Client) -> None:
    Member.objects.filter(pk=sun.pk).update(erased_at="2026-01-01T00:00Z")
    for path, more in CHANGES.items():
        answer = ask(officer, path, sun, **more, key="k")
        assert answer.status_code == 409
        assert "is erased" in text(answer)
    assert ask(officer, "/privacy/copy/", sun).status_code == 409


def test_past_the_limit_and_without_the_counter_it_stays_closed(
    sun: Member, officer: Client, dana: Employee, settings: Settings
) -> None:
    settings.LOOKUP_LIMITS = ["1/d"]
    assert ask(officer, "/privacy/copy/", sun).status_code == 200
    refused = ask(officer, "/privacy/withdraw/", sun, channel="1", key="k")
    assert refused.status_code == 429
    assert keys(refused) == ["k"]  # to be pressed once more
    settings.CACHES = settings.CACHES | {"limits": settings.CACHES["limits"] | {"LOCATION": "unix:///nowhere.sock"}}
    assert ask(officer, "/privacy/withdraw/", sun, channel="1", key="k").status_code == 503
    Employee.objects.filter(pk=dana.pk).update(look_ups_held_at="2026-01-01T00:00Z")
    held = ask(officer, "/privacy/withdraw/", sun, channel="1", key="k")
    assert held.status_code == 422
    assert "unusual" in text(held)
    assert Consent.objects.count() == AccessEntry.objects.count() == 1


def test_the_copy_is_the_members_own_without_the_number(sun: Member, officer: Client) -> None:
    number = PhoneNumber.parse(SUN)
    member = Client(headers=ENGLISH)
    member.cookies["member"] = begin_member_session(
        member_id=sun.pk, verified=Verification(bidx=number.bidx, masked=number.masked)
    )
    answer = ask(officer, "/privacy/copy/", sun)
    assert "attachment" in answer["Content-Disposition"]
    assert "no-store" in answer["Cache-Control"]
    copy, own = json.loads(answer.content), json.loads(member.get("/mine/my-data.json").content)
    assert own["held"]["addresses"][0]["value"] == "154****1234"
    own["held"]["addresses"][0]["value"] = None
    assert copy["held"].keys() == own["held"].keys()
    assert {**copy, "as_of": ""} == {**own, "as_of": ""}
    assert not re.search(r"[\d*]{3}1234", answer.content.decode())  # a moment's digits hold 1234 now and then


def test_no_staff_sees_a_link_that_acts_for_the_member(
    sun: Member, officer: Client, root: Employee, pages_of: PagesOf
) -> None:
    (claim,) = claim_messages(members=[sun.pk], channel=Channel.SMS, version_id=make_version().pk)
    assert claim.no
    link, shown = token(sun.pk, claim.no), staff_name(sun.pk, claim.no)
    MessageText.objects.create(
        member_id=sun.pk, no=claim.no, subject="", text=f"冰箱到货了。退订https://m.example.com/u/{link}", parameters={}
    )
    Client().post(f"/u/{link}")
    copy = ask(officer, "/privacy/copy/", sun).content.decode()
    assert json.loads(copy)["held"]["said"][0]["evidence"] == {"message": shown}
    assert json.loads(copy)["messages"][0]["text"] == f"冰箱到货了。退订https://m.example.com/u/{shown}"
    history = pages_of(root).post("/privacy/consents/", {"who": SUN, "reason": "audit"}, headers=ENGLISH)
    assert f"message {shown}" in text(history)
    for page in (copy, history.content.decode()):
        assert link not in page
    assert Client().post(f"/u/{shown}").status_code == 404


def test_nobody_else_acts(sun: Member, root: Employee, mei: Employee, alice: Employee, pages_of: PagesOf) -> None:
    for employee in (root, mei, alice):
        client = pages_of(employee)
        for path, more in {**CHANGES, "/privacy/copy/": {}}.items():
            assert ask(client, path, sun, **more, key="k").status_code == 403
            assert client.get(path).status_code == 405
    assert Consent.objects.count() == 1
    assert not AccessEntry.objects.exists()


def test_who_erases_one_after_the_other_is_held(
    town: Town, dana: Employee, officer: Client, settings: Settings
) -> None:
    """Against their own habit: ten a day on five days."""
    settings.LOOKUP_LIMITS, settings.HARVEST_THRESHOLDS = ["1000/d"], {"night": "0"}
    for day in range(1, 6):
        for n in range(10):
            AccessEntry.objects.create(
                employee=dana, reason="audit", address_hash=b"", member_id=n, at=timezone.now() - timedelta(days=day)
            )
    members = [make_member(town.willow) for _ in range(150)]
    done = 0
    for member in members:
        answer = ask(officer, "/privacy/erase/", member, word="erase")
        if answer.status_code != 200:
            break
        done += 1
    assert answer.status_code == 422
    assert 80 <= done < 150
    assert HarvestAlarm.objects.get().rule == HarvestAlarm.Rule.HABIT
    assert AccessEntry.objects.filter(search="erase: request").count() == done
    assert Member.objects.filter(erased_at__isnull=False).count() == done
