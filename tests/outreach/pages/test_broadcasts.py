"""The broadcast station's pages, without scripts."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.http import QueryDict
from django.test import Client
from django.utils import timezone

from geo.models import Community
from outreach.actions.claim_batch import claim_batch
from outreach.actions.publish_audience import publish_audience
from outreach.actions.switch_sending import switch_sending
from outreach.actions.tend_broadcast import tend_broadcast
from outreach.models import Broadcast, ContactPolicy, TemplateVersion
from outreach.pages.broadcast_form import packed, picked_communities
from outreach.queries.broadcasts import broadcasts_to_tend
from salesapp.staff.models import Employee
from tests.builders import make_broadcast, make_category, make_version
from tests.conftest import Town
from tests.outreach.audience import make_buyers
from tests.outreach.messages import hand_over

PagesOf = Callable[[Employee], Client]


@pytest.fixture
def version(town: Town) -> TemplateVersion:
    make_category()
    make_buyers(town.willow, 40)
    make_buyers(town.willow, 15, agreed=[])
    publish_audience()
    return make_version()


def text(answer: Any) -> str:
    return str(answer.content, "utf-8")


def filled(text_: TemplateVersion, **differently: object) -> dict[str, object]:
    start = timezone.localtime()
    usual: dict[str, object] = {
        "key": "6f1d2c3b-4a59-4e68-8f70-1a2b3c4d5e6f", "name": "冰箱换新", "category": "fridge", "min_level": "3",
        "channel": "1",
        "version": text_.pk, "starts_at": start.strftime("%Y-%m-%dT%H:%M"),
        "ends_at": (start + timedelta(days=2)).strftime("%Y-%m-%dT%H:%M"), "hold_out_percent": "0", "priority": "5",
        "attribution_days": "30",
    }  # fmt: skip
    return usual | differently


def test_the_form_opens_with_the_count_of_ones_own_region(
    mei: Employee, pages_of: PagesOf, version: TemplateVersion
) -> None:
    shown = text(pages_of(mei).get("/broadcasts/new/"))
    assert re.search(r"<b>(35|40|45)</b>", shown)
    assert "<dd>55</dd>" in shown
    assert 'aria-current="step"><b>1</b>' in shown


def test_the_count_follows_the_form(mei: Employee, town: Town, pages_of: PagesOf, version: TemplateVersion) -> None:
    client = pages_of(mei)
    asked: dict[str, Any] = {"category": "fridge", "channel": "2", "min_level": "3", "communities": [town.willow.pk]}
    shown = text(client.post("/broadcasts/count/", asked))
    assert "<dd>55</dd>" in shown
    elsewhere = text(client.post("/broadcasts/count/", asked | {"communities": [town.poplar.pk]}))
    assert "<b>" not in elsewhere


def test_a_plan_leads_to_its_page_and_the_list(mei: Employee, pages_of: PagesOf, version: TemplateVersion) -> None:
    client = pages_of(mei)
    sent = filled(version)
    answer = client.post("/broadcasts/new/", sent)
    broadcast = Broadcast.objects.get()
    assert answer["Location"] == f"/broadcasts/{broadcast.pk}/"
    assert client.post("/broadcasts/new/", sent)["Location"] == answer["Location"]  # a second tap
    assert Broadcast.objects.count() == 1
    assert "冰箱换新" in text(client.get(answer["Location"]))
    assert "冰箱换新" in text(client.get("/broadcasts/"))


@pytest.mark.parametrize(
    "differently",
    [
        {"name": ""}, {"version": ""}, {"ends_at": "2020-01-01T00:00"}, {"starts_at": "yesterday"},
        {"region": "999999"}, {"category": "x"}, {"communities": "999999"}, {"hold_out_percent": "90"},
        {"min_level": "1"},
    ],
)  # fmt: skip
def test_a_wrong_plan_is_told_and_the_form_keeps_what_was_typed(
    mei: Employee, pages_of: PagesOf, version: TemplateVersion, differently: dict[str, object]
) -> None:
    answer = pages_of(mei).post("/broadcasts/new/", filled(version, **differently))
    assert answer.status_code == 422
    assert 'role="alert"' in text(answer)
    assert not Broadcast.objects.exists()


def test_every_screen_keeps_what_was_entered_on_the_others(
    mei: Employee, town: Town, pages_of: PagesOf, version: TemplateVersion
) -> None:
    client = pages_of(mei)
    entered = filled(version, step="what", communities=[town.willow.pk], name="以旧换新", priority="7")
    to_what = client.post("/broadcasts/new/", entered)
    what = text(client.get(to_what["Location"]))
    assert 'aria-current="step"><b>2</b>' in what
    assert f'name="communities" value="{town.willow.pk}"' in what
    assert 'name="name" maxlength="60" value="以旧换新"' in what
    assert "海澄为您准备了好礼" in what
    to_check = client.post("/broadcasts/new/", entered | {"step": "check"})
    check = text(client.get(to_check["Location"]))
    assert 'aria-current="step"><b>3</b>' in check
    assert "垂柳新村" in check
    assert "海澄为您准备了好礼" in check
    assert 'name="priority" value="7"' in check
    back = client.post("/broadcasts/new/", entered | {"step": "whom"})
    whom = text(client.get(back["Location"]))
    assert 'aria-current="step"><b>1</b>' in whom
    assert re.search(rf'name="communities" value="{town.willow.pk}" checked', whom)
    assert 'name="name" value="以旧换新"' in whom
    sent = client.post("/broadcasts/new/", {name: value for name, value in entered.items() if name != "step"})
    assert sent["Location"] == f"/broadcasts/{Broadcast.objects.get().pk}/"
    assert Broadcast.objects.get().communities == [town.willow.pk]


def test_the_maps_link_opens_the_first_screen_with_its_picks(
    mei: Employee, town: Town, pages_of: PagesOf, version: TemplateVersion
) -> None:
    make_category("washer", "洗衣机")
    shown = text(pages_of(mei).get(f"/broadcasts/new/?category=washer&communities={town.willow.pk}"))
    assert re.search(rf'name="communities" value="{town.willow.pk}" checked', shown)
    assert '<option value="washer" selected' in shown


@pytest.mark.parametrize(
    ("wrong", "step", "shown"),
    [
        ({"communities": "999999"}, "what", 1), ({"category": "fridge", "channel": "9"}, "what", 1),
        ({"channel": "2"}, "what", 1), ({"name": ""}, "check", 2), ({"version": "0"}, "check", 2),
        ({"ends_at": "2020-01-01T00:00"}, "check", 2), ({"starts_at": "", "begin": "later"}, "check", 2),
        ({"communities": ".".join(["1"] * 501)}, "check", 1),
    ],
)  # fmt: skip
def test_nobody_goes_on_past_a_screen_on_which_something_is_wrong(
    mei: Employee, pages_of: PagesOf, version: TemplateVersion, wrong: dict[str, object], step: str, shown: int
) -> None:
    client = pages_of(mei)
    answer = client.get(client.post("/broadcasts/new/", filled(version, **wrong) | {"step": step})["Location"])
    assert answer.status_code == 422
    assert f'aria-current="step"><b>{shown}</b>' in text(answer)
    assert 'role="alert"' in text(answer)


def test_many_picked_communities_fit_into_an_address() -> None:
    many = sorted({17 * number * number % 999_983 + 1 for number in range(500)})
    assert picked_communities(QueryDict(f"communities={packed(many)}")) == many
    assert len(packed(many)) < 3000
    assert picked_communities(QueryDict("communities=7&communities=3&communities=x&communities=7.2")) == [7, 3, 9]


def test_at_once_means_now_whenever_the_form_is_sent(
    mei: Employee, pages_of: PagesOf, version: TemplateVersion
) -> None:
    answer = pages_of(mei).post("/broadcasts/new/", filled(version, begin="now", starts_at="2020-01-01T00:00"))
    assert answer.status_code == 302
    assert Broadcast.objects.get().starts_at > timezone.now() - timedelta(minutes=1)


def test_a_form_that_was_changed_after_it_was_sent_is_asked_about_again(
    mei: Employee, pages_of: PagesOf, version: TemplateVersion
) -> None:
    client = pages_of(mei)
    client.post("/broadcasts/new/", filled(version))
    answer = client.post("/broadcasts/new/", filled(version, name="另一个"))
    assert answer.status_code == 422
    assert 'aria-current="step"><b>3</b>' in text(answer)
    assert 'name="key" value="6f1d2c3b-4a59-4e68-8f70-1a2b3c4d5e6f"' not in text(answer)
    assert Broadcast.objects.count() == 1


def test_the_last_screen_says_that_a_second_person_has_to_approve(
    mei: Employee, pages_of: PagesOf, version: TemplateVersion
) -> None:
    client = pages_of(mei)
    address = client.post("/broadcasts/new/", filled(version, step="check"))["Location"]
    assert "second person" not in text(client.get(address, headers={"Accept-Language": "en"}))
    ContactPolicy.objects.update(approval_above=1)
    assert "second person" in text(client.get(address, headers={"Accept-Language": "en"}))


def test_cancelling_is_asked_about_first(mei: Employee, pages_of: PagesOf, version: TemplateVersion) -> None:
    client = pages_of(mei)
    broadcast = make_broadcast(mei, make_category())
    address = f"/broadcasts/{broadcast.pk}/cancel/"
    assert f'href="{address}"' in text(client.get(f"/broadcasts/{broadcast.pk}/"))
    assert f'action="{address}"' in text(client.get(address))
    broadcast.refresh_from_db()
    assert broadcast.state == "awaiting_approval"
    assert client.post(address).status_code == 302
    broadcast.refresh_from_db()
    assert broadcast.state == "cancelled"
    assert client.get(address)["Location"] == f"/broadcasts/{broadcast.pk}/"
    assert client.get(f"/broadcasts/{broadcast.pk}/approve/").status_code == 405


def test_the_approver_reads_the_communities_and_the_text(
    mei: Employee, root: Employee, town: Town, pages_of: PagesOf, version: TemplateVersion
) -> None:
    broadcast = make_broadcast(mei, make_category(), communities=[town.willow.pk], version=version)
    shown = text(pages_of(root).get(f"/broadcasts/{broadcast.pk}/"))
    assert "垂柳新村" in shown
    assert "海澄为您准备了好礼 https://m.example.com/u/" in shown


def test_names_that_do_not_fit_are_counted_and_listed_on_a_page(
    mei: Employee, town: Town, pages_of: PagesOf, version: TemplateVersion
) -> None:
    many = Community.objects.bulk_create(
        Community(name=f"{number:02} 号院", region=town.north, district=town.north, region_path=town.north.path)
        for number in range(23)
    )
    broadcast = make_broadcast(mei, make_category(), communities=[each.pk for each in many], version=version)
    client = pages_of(mei)
    shown = text(client.get(f"/broadcasts/{broadcast.pk}/", headers={"Accept-Language": "en"}))
    assert "19 号院" in shown
    assert "20 号院" not in shown
    assert "and 3 more" in shown
    assert "22 号院" in text(client.get(f"/broadcasts/{broadcast.pk}/communities/"))


def test_the_station_says_when_sending_is_off(mei: Employee, pages_of: PagesOf, version: TemplateVersion) -> None:
    client = pages_of(mei)
    make_broadcast(mei, make_category(), state="running")
    english = {"Accept-Language": "en"}
    assert "switched off all sending" not in text(client.get("/broadcasts/", headers=english))
    switch_sending(on=False, by="test")
    assert "switched off all sending" in text(client.get("/broadcasts/", headers=english))
    assert "switched off all sending" in text(client.get(f"/broadcasts/{Broadcast.objects.get().pk}/", headers=english))
    switch_sending(on=True, by="test")
    ContactPolicy.objects.update(closed_until=timezone.now() + timedelta(hours=1))
    assert "Sending is closed until" in text(client.get("/broadcasts/", headers=english))


def test_the_station_says_which_wait_for_the_morning(
    mei: Employee, pages_of: PagesOf, version: TemplateVersion, night: None
) -> None:
    client = pages_of(mei)
    english = {"Accept-Language": "en"}
    make_broadcast(mei, make_category(), state="done")
    assert "waits for 8:00" not in text(client.get("/broadcasts/", headers=english))
    running = make_broadcast(mei, make_category(), state="running")
    assert "waits for 8:00" in text(client.get("/broadcasts/", headers=english))
    assert "It is night" in text(client.get("/broadcasts/", headers=english))
    assert "waits for 8:00" in text(client.get(f"/broadcasts/{running.pk}/", headers=english))


def test_a_plan_that_nobody_approved_in_time_is_shown_as_expired(
    mei: Employee, root: Employee, pages_of: PagesOf, version: TemplateVersion
) -> None:
    now = timezone.now()
    late = make_broadcast(mei, make_category(), starts_at=now - timedelta(days=2), ends_at=now - timedelta(hours=1))
    english = {"Accept-Language": "en"}
    for address in ("/broadcasts/", f"/broadcasts/{late.pk}/"):
        assert "state-expired" in text(pages_of(root).get(address, headers=english))
    assert "/approve/" not in text(pages_of(root).get(f"/broadcasts/{late.pk}/"))
    assert broadcasts_to_tend() == [late.pk]
    tend_broadcast(broadcast_id=late.pk)
    late.refresh_from_db()
    assert late.state == "expired"
    assert broadcasts_to_tend() == []


def test_one_that_has_grown_says_why_it_waits_for_approval(
    mei: Employee, root: Employee, pages_of: PagesOf, version: TemplateVersion
) -> None:
    pages_of(mei).post("/broadcasts/new/", filled(version))
    broadcast = Broadcast.objects.get()
    english = {"Accept-Language": "en"}
    why = "too many members to begin without a second person"
    assert why not in text(pages_of(mei).get(f"/broadcasts/{broadcast.pk}/", headers=english))
    ContactPolicy.objects.update(approval_above=1)
    tend_broadcast(broadcast_id=broadcast.pk)
    assert why in text(pages_of(mei).get(f"/broadcasts/{broadcast.pk}/", headers=english))
    assert f"/broadcasts/{broadcast.pk}/approve/" in text(pages_of(root).get(f"/broadcasts/{broadcast.pk}/"))
    assert pages_of(root).post(f"/broadcasts/{broadcast.pk}/approve/").status_code == 302
    tend_broadcast(broadcast_id=broadcast.pk)
    assert why not in text(pages_of(mei).get(f"/broadcasts/{broadcast.pk}/", headers=english))
    broadcast.refresh_from_db()
    assert broadcast.state == "running"


def test_a_search_that_finds_more_says_of_how_many(
    mei: Employee, town: Town, pages_of: PagesOf, version: TemplateVersion
) -> None:
    Community.objects.bulk_create(
        Community(name=f"{number} 号院", region=town.north, district=town.north, region_path=town.north.path)
        for number in range(21)
    )
    found = text(pages_of(mei).post("/broadcasts/communities/", {"q": "号院"}, headers={"Accept-Language": "en"}))
    assert "The first 20 of 21." in found


def test_communities_are_found_in_ones_own_region_only(
    mei: Employee, town: Town, pages_of: PagesOf, version: TemplateVersion
) -> None:
    client = pages_of(mei)
    assert "垂柳新村" in text(client.post("/broadcasts/communities/", {"q": "垂柳"}))
    assert "垂柳新村" in text(client.post("/broadcasts/communities/", {"q": "垂\0柳"}))
    assert "白杨苑" not in text(client.post("/broadcasts/communities/", {"q": "白杨"}))
    picked = text(client.post("/broadcasts/communities/", {"q": "x", "communities": str(town.willow.pk)}))
    assert "checked" in picked


def test_a_second_person_approves(mei: Employee, root: Employee, pages_of: PagesOf, version: TemplateVersion) -> None:
    ContactPolicy.objects.update(approval_above=1)
    pages_of(mei).post("/broadcasts/new/", filled(version))
    broadcast = Broadcast.objects.get()
    address = f"/broadcasts/{broadcast.pk}/approve/"
    assert address not in text(pages_of(mei).get(f"/broadcasts/{broadcast.pk}/"))
    assert pages_of(mei).post(address).status_code == 422
    assert address in text(pages_of(root).get(f"/broadcasts/{broadcast.pk}/"))
    assert pages_of(root).post(address).status_code == 302
    broadcast.refresh_from_db()
    assert broadcast.state == "scheduled"


def test_a_running_one_shows_its_progress_and_can_be_paused(
    mei: Employee, pages_of: PagesOf, version: TemplateVersion
) -> None:
    client = pages_of(mei)
    client.post("/broadcasts/new/", filled(version))
    broadcast = Broadcast.objects.get()
    for batch in tend_broadcast(broadcast_id=broadcast.pk):
        claim_batch(broadcast_id=broadcast.pk, batch=batch)
    assert "<dd>55</dd>" not in text(client.get(f"/broadcasts/{broadcast.pk}/"))
    hand_over(broadcast.pk, most=1)
    Broadcast.objects.update(measured_at=None)
    tend_broadcast(broadcast_id=broadcast.pk)
    shown = text(client.get(f"/broadcasts/{broadcast.pk}/"))
    assert "<dd>55</dd>" in shown
    assert client.post(f"/broadcasts/{broadcast.pk}/pause/").status_code == 302
    assert client.post(f"/broadcasts/{broadcast.pk}/pause/").status_code == 422
    assert client.post(f"/broadcasts/{broadcast.pk}/dance/").status_code == 404


def test_a_manager_of_elsewhere_sees_nothing_of_it(
    mei: Employee, town: Town, hire: Callable[..., Employee], pages_of: PagesOf, version: TemplateVersion
) -> None:
    broadcast = make_broadcast(mei, make_category())
    south = hire("nan", role="manager", region=town.south)
    client = pages_of(south)
    assert "冰箱换新" not in text(client.get("/broadcasts/"))
    assert client.get(f"/broadcasts/{broadcast.pk}/").status_code == 404
    assert client.post(f"/broadcasts/{broadcast.pk}/cancel/").status_code == 404


def test_who_counts_too_often_reads_when_to_go_on_and_loses_nothing(
    mei: Employee, pages_of: PagesOf, version: TemplateVersion, town: Town, settings: Any
) -> None:
    settings.AUDIENCE_LIMITS = ["1/d"]
    client = pages_of(mei)
    client.cookies["django_language"] = "en"
    fields = filled(version) | {"communities": str(town.willow.pk), "q": "垂柳"}
    for address, shown in [("/broadcasts/count/", "of about"), ("/broadcasts/communities/", "垂柳新村")]:
        first, second = client.post(address, fields), client.post(address, fields)
        assert (first.status_code, second.status_code) == (200, 429)
        assert shown in text(first)
        assert "Too many counts and searches. Try again in" in text(second)
        assert int(second["Retry-After"]) > 0
    assert "垂柳新村" in text(second)  # what is picked stays
    check = QueryDict(mutable=True)
    check.update({name: str(value) for name, value in fields.items()} | {"step": "check"})
    opened = client.get(f"/broadcasts/new/?{check.urlencode()}")
    for answer in (opened, client.post("/broadcasts/new/", fields)):
        assert answer.status_code == 429
        assert "Too many counts and searches. Try again in" in text(answer)
        assert "冰箱换新" in text(answer)
        assert "Choose an area within your region." not in text(answer)
    assert not Broadcast.objects.exists()


def test_who_plans_too_often_reads_so(
    mei: Employee, pages_of: PagesOf, version: TemplateVersion, settings: Any
) -> None:
    settings.PLAN_LIMITS = ["1/d"]
    client = pages_of(mei)
    assert client.post("/broadcasts/new/", filled(version)).status_code == 302
    again = client.post("/broadcasts/new/", filled(version, key="7f1d2c3b-4a59-4e68-8f70-1a2b3c4d5e6f"))
    assert again.status_code == 429
    assert Broadcast.objects.count() == 1
