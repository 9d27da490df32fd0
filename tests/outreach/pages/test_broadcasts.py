"""The broadcast station's pages, without scripts."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from outreach.actions.claim_batch import claim_batch
from outreach.actions.publish_audience import publish_audience
from outreach.actions.tend_broadcast import tend_broadcast
from outreach.models import Broadcast, ContactPolicy, TemplateVersion
from salesapp.staff.models import Employee
from tests.builders import make_broadcast, make_category, make_version
from tests.conftest import Town
from tests.outreach.audience import make_buyers

PagesOf = Callable[[Employee], Client]


@pytest.fixture
def version(town: Town) -> TemplateVersion:
    make_category()
    make_buyers(town.willow, 40)
    make_buyers(town.willow, 15, agreed=[])
    publish_audience()
    return make_version()


def text(answer: HttpResponse) -> str:
    return answer.content.decode()


def filled(text_: TemplateVersion, **differently: object) -> dict[str, object]:
    start = timezone.localtime()
    usual: dict[str, object] = {
        "key": "k1", "name": "冰箱换新", "category": "fridge", "min_level": "3", "channel": "1",
        "version": text_.pk, "starts_at": start.strftime("%Y-%m-%dT%H:%M"),
        "ends_at": (start + timedelta(days=2)).strftime("%Y-%m-%dT%H:%M"), "hold_out_percent": "0", "priority": "5",
        "attribution_days": "30",
    }  # fmt: skip
    return usual | differently


def test_the_form_opens_with_the_count_of_ones_own_region(
    mei: Employee, pages_of: PagesOf, version: TemplateVersion
) -> None:
    shown = text(pages_of(mei).get("/broadcasts/new/"))  # type: ignore[arg-type]
    assert re.search(r"<b>(35|40|45)</b>", shown)
    assert "<b>55</b>" in shown
    assert "海澄为您准备了好礼" in shown


def test_the_count_follows_the_form(mei: Employee, town: Town, pages_of: PagesOf, version: TemplateVersion) -> None:
    client = pages_of(mei)
    asked: dict[str, object] = {"category": "fridge", "channel": "2", "min_level": "3", "communities": [town.willow.pk]}
    shown = text(client.post("/broadcasts/count/", asked))  # type: ignore[arg-type]
    assert "<b>55</b>" in shown
    assert "好礼" not in shown
    elsewhere = text(client.post("/broadcasts/count/", asked | {"communities": [town.poplar.pk]}))  # type: ignore[arg-type]
    assert "<b>" not in elsewhere


def test_a_plan_leads_to_its_page_and_the_list(mei: Employee, pages_of: PagesOf, version: TemplateVersion) -> None:
    client = pages_of(mei)
    sent = filled(version)
    answer = client.post("/broadcasts/new/", sent)
    broadcast = Broadcast.objects.get()
    assert answer["Location"] == f"/broadcasts/{broadcast.pk}/"
    assert client.post("/broadcasts/new/", sent)["Location"] == answer["Location"]  # a second tap
    assert Broadcast.objects.count() == 1
    assert "冰箱换新" in text(client.get(answer["Location"]))  # type: ignore[arg-type]
    assert "冰箱换新" in text(client.get("/broadcasts/"))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "differently",
    [
        {"name": ""}, {"version": ""}, {"ends_at": "2020-01-01T00:00"}, {"starts_at": "yesterday"},
        {"region": "999999"}, {"communities": "999999"}, {"hold_out_percent": "90"}, {"min_level": "1"},
    ],
)  # fmt: skip
def test_a_wrong_plan_is_told_and_the_form_keeps_what_was_typed(
    mei: Employee, pages_of: PagesOf, version: TemplateVersion, differently: dict[str, object]
) -> None:
    answer = pages_of(mei).post("/broadcasts/new/", filled(version, **differently))
    assert answer.status_code == 422
    assert 'role="alert"' in text(answer)  # type: ignore[arg-type]
    assert not Broadcast.objects.exists()


def test_communities_are_found_in_ones_own_region_only(
    mei: Employee, town: Town, pages_of: PagesOf, version: TemplateVersion
) -> None:
    client = pages_of(mei)
    assert "垂柳新村" in text(client.get("/broadcasts/communities/?q=垂柳"))  # type: ignore[arg-type]
    assert "垂柳新村" in text(client.get("/broadcasts/communities/?q=垂%00柳"))  # type: ignore[arg-type]
    assert "白杨苑" not in text(client.get("/broadcasts/communities/?q=白杨"))  # type: ignore[arg-type]
    picked = text(client.get(f"/broadcasts/communities/?q=x&communities={town.willow.pk}"))  # type: ignore[arg-type]
    assert "checked" in picked


def test_a_second_person_approves(mei: Employee, root: Employee, pages_of: PagesOf, version: TemplateVersion) -> None:
    ContactPolicy.objects.update(approval_above=1)
    pages_of(mei).post("/broadcasts/new/", filled(version))
    broadcast = Broadcast.objects.get()
    address = f"/broadcasts/{broadcast.pk}/approve/"
    assert address not in text(pages_of(mei).get(f"/broadcasts/{broadcast.pk}/"))  # type: ignore[arg-type]
    assert pages_of(mei).post(address).status_code == 422
    assert address in text(pages_of(root).get(f"/broadcasts/{broadcast.pk}/"))  # type: ignore[arg-type]
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
    shown = text(client.get(f"/broadcasts/{broadcast.pk}/"))  # type: ignore[arg-type]
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
    assert "冰箱换新" not in text(client.get("/broadcasts/"))  # type: ignore[arg-type]
    assert client.get(f"/broadcasts/{broadcast.pk}/").status_code == 404
    assert client.post(f"/broadcasts/{broadcast.pk}/cancel/").status_code == 404
