"""The broadcast station over the API."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from members.models import Category
from outreach.actions.claim_batch import claim_batch
from outreach.actions.publish_audience import publish_audience
from outreach.actions.tend_broadcast import tend_broadcast
from outreach.models import Broadcast, TemplateVersion
from salesapp.staff.models import Employee
from tests.builders import make_category, make_version
from tests.conftest import Town
from tests.outreach.audience import make_buyers
from tests.outreach.messages import hand_over

ClientOf = Callable[[Employee], APIClient]


@pytest.fixture
def fridge(town: Town) -> Category:
    return make_category()


@pytest.fixture
def buyers(town: Town, fridge: Category) -> None:
    make_buyers(town.willow, 40)
    make_buyers(town.willow, 20, agreed=[])
    make_buyers(town.poplar, 30)
    publish_audience()


@pytest.fixture
def version(town: Town) -> TemplateVersion:
    return make_version()


def body(text: TemplateVersion, **differently: object) -> dict[str, object]:
    usual: dict[str, object] = {
        "name": "冰箱换新", "category": "fridge", "min_level": 3, "channel": "sms", "version": text.pk,
        "ends_at": (timezone.now() + timedelta(days=2)).isoformat(),
    }  # fmt: skip
    return usual | differently


def count(client: APIClient, channel: str) -> dict[str, Any]:
    asked = {"category": "fridge", "min_level": 3, "channel": channel}
    found: dict[str, Any] = client.post("/api/audience/", asked, format="json").json()
    return found


def plan(client: APIClient, sent: dict[str, object], key: str = "one") -> tuple[int, dict[str, Any]]:
    answer = client.post("/api/broadcasts/", sent, format="json", headers={"Idempotency-Key": key})
    return answer.status_code, answer.json()


def test_the_counts_of_an_audience_add_up(client_of: ClientOf, mei: Employee, buyers: None) -> None:
    found = count(client_of(mei), "sms")
    assert found["total"]["count"] == 60
    assert found["reachable"]["count"] in {35, 40, 45}
    assert [part["reason"] for part in found["suppressed"]] == ["objects", "no_address", "no_consent", "month_used"]
    assert found["total"]["count"] == sum(
        part["count"] or 0 for part in [found["reachable"], *(row["members"] for row in found["suppressed"])]
    )
    assert found["as_of"]


def test_the_same_audience_has_the_same_total_on_every_channel(
    client_of: ClientOf, mei: Employee, buyers: None
) -> None:
    totals = [count(client_of(mei), channel)["total"]["count"] for channel in ("sms", "email", "push", "wechat")]
    assert len(totals) == 4
    assert len(set(totals)) == 1


def test_a_plan_is_stored_once_however_often_it_is_sent(
    client_of: ClientOf, mei: Employee, buyers: None, version: TemplateVersion
) -> None:
    client = client_of(mei)
    sent = body(version)
    first, second = plan(client, sent), plan(client, sent)
    assert first == second
    assert first[0] == 201
    assert first[1]["state"] == "scheduled"
    assert Broadcast.objects.count() == 1
    assert plan(client, {**sent, "name": "另一个"})[0] == 409
    assert client.get("/api/broadcasts/").json()["results"] == [first[1]]


@pytest.mark.parametrize(
    ("differently", "status", "field"),
    [
        ({"region": 10**9}, 400, "area"),
        ({"communities": [10**9]}, 400, "area"),
        ({"communities": ["'; drop table"]}, 400, "communities.0"),
        ({"communities": list(range(1, 600))}, 400, "communities"),
        ({"category": "no-such"}, 404, ""),
        ({"min_level": 2}, 400, "min_level"),
        ({"channel": "fax"}, 400, "channel"),
        ({"version": 10**9}, 400, "version"),
        ({"version": 2**70}, 400, "version"),
        ({"name": ""}, 400, "name"),
        ({"name": "字" * 10_000}, 400, "name"),
        ({"name": "给154 0000 1234"}, 400, "name"),
        ({"name": "VIP-(154)00001234"}, 400, "name"),
        ({"name": "=1+1|cmd"}, 400, "name"),
        ({"name": "＠SUM(1)"}, 400, "name"),
        ({"name": "😀冰箱"}, 400, "name"),
        ({"name": "冰\u202e箱"}, 400, "name"),
        ({"name": "看m.example.com"}, 400, "name"),
        ({"starts_at": "2020-01-01T00:00:00Z"}, 400, "starts_at"),
        ({"starts_at": "not a time"}, 400, "starts_at"),
        ({"ends_at": "2020-01-01T00:00:00Z"}, 400, "ends_at"),
        ({"ends_at": "2099-01-01T00:00:00Z"}, 400, "ends_at"),
        ({"hold_out_percent": 51}, 400, "hold_out_percent"),
        ({"priority": 0}, 400, "priority"),
        ({"attribution_days": 9999}, 400, "attribution_days"),
    ],
)
def test_bad_plans_are_a_problem_with_its_field_and_store_nothing(
    client_of: ClientOf, mei: Employee, buyers: None, version: TemplateVersion,
    differently: dict[str, object], status: int, field: str,
) -> None:  # fmt: skip
    found_status, problem = plan(client_of(mei), body(version, **differently))
    assert found_status == status
    assert [error["field"].split(".")[0] for error in problem["errors"]] == ([field.split(".")[0]] if field else [])
    assert not Broadcast.objects.exists()


def test_an_audience_too_small_to_show_is_too_small_to_write_to(
    client_of: ClientOf, mei: Employee, town: Town, fridge: Category, version: TemplateVersion
) -> None:
    make_buyers(town.willow, 30, level=3)
    publish_audience()
    status, problem = plan(client_of(mei), body(version, min_level=4))
    assert (status, problem["errors"][0]["code"]) == (400, "too_few")


def test_the_life_of_a_broadcast(
    client_of: ClientOf, mei: Employee, charlie: Employee, root: Employee, buyers: None, version: TemplateVersion
) -> None:
    client = client_of(mei)
    _, planned = plan(client, body(version, hold_out_percent=0))
    address = f"/api/broadcasts/{planned['id']}/"
    assert client_of(charlie).get(address).status_code == 403
    for batch in tend_broadcast(broadcast_id=planned["id"]):
        claim_batch(broadcast_id=planned["id"], batch=batch)
    assert client.post(address + "pause/").json()["state"] == "paused"
    assert client.post(address + "pause/").json()["code"] == "wrong_state"
    assert client.post(address + "resume/").json()["state"] == "running"
    assert client.get(address).json()["results"] is None
    hand_over(planned["id"], most=1)
    Broadcast.objects.update(measured_at=None)
    tend_broadcast(broadcast_id=planned["id"])
    results = client.get(address).json()["results"]
    parts = {part["part"]: part["members"]["count"] or 0 for part in results["parts"]}
    assert sum(parts.values()) == results["total"]["count"] == 60
    assert parts["queued"] + parts["handed_over"] in {35, 40, 45}
    assert client_of(root).post(address + "cancel/").json()["state"] == "cancelled"
    assert client.post(address + "resume/").status_code == 409


def test_only_managers_plan(
    client_of: ClientOf, alice: Employee, root: Employee, buyers: None, version: TemplateVersion
) -> None:
    for employee in (alice, root):
        assert plan(client_of(employee), body(version))[0] == 403


def test_texts_to_choose_from(client_of: ClientOf, mei: Employee, fridge: Category, version: TemplateVersion) -> None:
    make_version(service=True)
    make_version("您好，我是{salesperson} {unsubscribe} 拒收请回复R")
    found = client_of(mei).get("/api/broadcasts/texts/?channel=sms&category=fridge").json()["results"]
    assert [text["version"] for text in found] == [version.pk]


def test_counts_and_plans_are_limited_for_each_employee(
    client_of: ClientOf, mei: Employee, hire: Callable[..., Employee], town: Town, buyers: None,
    version: TemplateVersion, settings: Any,
) -> None:  # fmt: skip
    settings.AUDIENCE_LIMITS, settings.PLAN_LIMITS = ["2/d"], ["1/d"]
    asked = {"category": "fridge", "min_level": 3, "channel": "sms"}
    answers = [client_of(mei).post("/api/audience/", asked, format="json") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert answers[-1].json()["code"] == "too_many_requests"
    assert int(answers[-1]["Retry-After"]) > 0
    assert plan(client_of(mei), body(version))[0] == 201
    assert plan(client_of(mei), body(version), key="another")[0] == 429
    assert Broadcast.objects.count() == 1
    nan = hire("nan", role="manager", region=town.south)
    assert client_of(nan).post("/api/audience/", asked, format="json").status_code == 200
