"""Every route as each of the cast: who gets in, who sees what, and that no answer holds a phone number.

A route that is not in the table fails the test: whoever adds one says who may use it.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.core.cache import caches
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from members.models import CommunityStat, Member, Need
from outreach.models import Broadcast
from salesapp.staff.models import Employee
from tests.builders import make_broadcast, make_category, make_member, make_product, make_purchase
from tests.conftest import PASSWORD, Town
from tests.outreach.codes import open_for_members

PHONE = "15400001234"
# What must not be in any answer: anything like a mobile number, in one piece or in the usual groups
PHONE_LIKE = re.compile(rb"(?<![\d.])1[3-9]\d[ -]?\d{4}[ -]?\d{4}(?![\d.])")

OWN, OTHER = "own", "other"


@dataclass(frozen=True)
class Route:
    """How a route is asked, and the status for each of: anonymous, alice, charlie, mei, dana, root."""

    ask: Callable[[Client, Town], Any]
    expected: str


def known(town: Town) -> dict[str, int | str | None]:
    """Ids that a path may name."""
    broadcast = Broadcast.objects.values_list("pk", flat=True).first()
    return {
        "willow": town.willow.pk, "north": town.north.pk, "broadcast": broadcast,
        "join_code": town.north_store.join_code,
    }  # fmt: skip


def get(path: str) -> Callable[[Client, Town], Any]:
    return lambda client, town: client.get(path.format(**known(town)))


def post(path: str, data: dict[str, Any], *, as_json: bool = True) -> Callable[[Client, Town], Any]:
    def ask(client: Client, town: Town) -> Any:
        address = path.format(**known(town))
        if as_json:
            return client.post(address, data, content_type="application/json")
        return client.post(address, data)

    return ask


LOOK_UP = {"phone": PHONE, "reason": "counter"}
AUDIENCE = {"category": "fridge", "min_level": 3, "channel": "sms"}
WRONG = {"employee_no": "alice", "password": "wrong"}

#                                                                       anonymous alice charlie mei dana root
ROUTES: dict[str, Route] = {
    "home": Route(get("/"), "302 302 302 302 302 302"),
    # Whoever has the message has the link; tests/outreach/pages/test_unsubscribe.py
    "unsubscribe": Route(get("/u/AAAAAAAAAAAAAAAAAAAAAA"), "404 404 404 404 404 404"),
    "second-factor": Route(get("/sign-in/code/"), "302 302 302 302 302 302"),
    # Members' own pages ask for a code, whoever is signed in as staff; tests/outreach/pages/test_join.py, test_mine.py
    "join": Route(get("/join/{join_code}/"), "200 200 200 200 200 200"),
    "join-code": Route(get("/join/{join_code}/code/"), "302 302 302 302 302 302"),
    "mine": Route(get("/mine/"), "302 302 302 302 302 302"),
    "mine-sign-in": Route(get("/mine/sign-in/"), "200 200 200 200 200 200"),
    "mine-code": Route(get("/mine/code/"), "302 302 302 302 302 302"),
    "mine-sign-out": Route(post("/mine/sign-out/", {}, as_json=False), "302 302 302 302 302 302"),
    "mine-json": Route(get("/mine/my-data.json"), "302 302 302 302 302 302"),
    "mine-copy": Route(get("/mine/my-data.html"), "302 302 302 302 302 302"),
    "mine-details": Route(get("/mine/details/"), "302 302 302 302 302 302"),
    "mine-consent": Route(post("/mine/consent/", {"withdraw": "0"}, as_json=False), "302 302 302 302 302 302"),
    "mine-agree": Route(get("/mine/agree/1/"), "302 302 302 302 302 302"),
    "mine-erase": Route(get("/mine/erase/"), "302 302 302 302 302 302"),
    "mine-erase-code": Route(get("/mine/erase/code/"), "302 302 302 302 302 302"),
    "erase-member": Route(
        post("/privacy/erase/", {"member": "x", "reason": "request"}, as_json=False), "302 403 403 403 422 403"
    ),
    # Of a member who is nobody's: tests/outreach/pages/test_for_member.py
    "copy-for-member": Route(
        post("/privacy/copy/", {"member": "x", "reason": "request"}, as_json=False), "302 403 403 403 422 403"
    ),
    "correct-for-member": Route(
        post("/privacy/correct/", {"member": "x", "reason": "request"}, as_json=False), "302 403 403 403 422 403"
    ),
    "object-for-member": Route(
        post("/privacy/object/", {"member": "x", "reason": "request", "objects": "yes"}, as_json=False),
        "302 403 403 403 422 403",
    ),
    "withdraw-for-member": Route(
        post("/privacy/withdraw/", {"member": "x", "reason": "request", "channel": "0"}, as_json=False),
        "302 403 403 403 422 403",
    ),
    "community-request": Route(post("/privacy/community/", {}, as_json=False), "302 403 403 403 200 403"),
    "service-worker": Route(get("/service-worker.js"), "200 200 200 200 200 200"),
    "manifest": Route(get("/manifest/en.webmanifest"), "200 200 200 200 200 200"),
    "offline": Route(get("/offline/"), "200 200 200 200 200 200"),
    "signed-out": Route(get("/signed-out/"), "200 200 200 200 200 200"),
    "counter": Route(post("/counter/", LOOK_UP, as_json=False), "302 200 200 200 403 403"),
    "consents": Route(
        post("/privacy/consents/", {"who": PHONE, "reason": "audit"}, as_json=False), "302 403 403 403 200 200"
    ),
    "reads": Route(post("/privacy/reads/", {"who": PHONE, "why": "audit"}, as_json=False), "302 403 403 403 200 200"),
    # Of a member whom nobody has: tests/outreach/pages/test_reads.py
    "reads-export": Route(post("/privacy/reads/export/", {"why": "audit"}, as_json=False), "302 403 403 403 422 422"),
    "alarms": Route(get("/alarms/"), "302 403 403 200 200 200"),
    "alarm-decide": Route(post("/alarms/1/", {"outcome": "released"}, as_json=False), "302 403 403 403 404 404"),
    "counter-draft": Route(post("/counter/draft/", {"member": "x"}, as_json=False), "302 422 422 422 403 403"),
    "counter-message": Route(post("/counter/message/", {"member": "x"}, as_json=False), "302 422 422 422 403 403"),
    "click": Route(get("/l/q0Ro8zUa1bEw2XkZ5vYt7g"), "404 404 404 404 404 404"),
    "map": Route(get("/map/"), "302 200 200 200 403 200"),
    "community-list": Route(get("/map/list/?category=fridge"), "302 200 200 200 403 200"),
    "community": Route(get("/map/communities/{willow}/?category=fridge"), "302 200 404 200 403 200"),
    "community-search": Route(get("/map/search/?q=垂柳"), "302 200 200 200 403 200"),
    "community-alike": Route(get("/map/communities/{willow}/alike/"), "302 200 404 200 403 200"),
    "broadcasts": Route(get("/broadcasts/"), "302 403 403 200 403 200"),
    "broadcast-new": Route(get("/broadcasts/new/"), "302 403 403 200 403 403"),
    "broadcast-count": Route(post("/broadcasts/count/", AUDIENCE, as_json=False), "302 403 403 200 403 403"),
    "broadcast-communities": Route(
        post("/broadcasts/communities/", {"q": "垂柳"}, as_json=False), "302 403 403 200 403 403"
    ),
    "broadcast": Route(get("/broadcasts/{broadcast}/"), "302 403 403 200 403 200"),
    "broadcast-area": Route(get("/broadcasts/{broadcast}/communities/"), "302 403 403 200 403 200"),
    # mei planned it
    "broadcast-move": Route(post("/broadcasts/{broadcast}/approve/", {}, as_json=False), "302 403 403 422 403 302"),
    "results": Route(get("/results/"), "302 200 200 200 403 403"),
    "result-list": Route(get("/results/leads/"), "302 200 200 200 403 403"),
    "api-lookups": Route(post("/api/lookups/", LOOK_UP), "401 200 200 200 403 403"),
    "api-drafts": Route(post("/api/drafts/", {"member": "q0Ro8zUa1bEw2XkZ5vYt7g"}), "401 404 404 404 403 403"),
    "api-sealed-drafts": Route(post("/api/sealed-drafts/", {}), "401 400 400 400 403 403"),
    "api-messages": Route(get("/api/messages/"), "401 200 200 200 403 403"),
    "api-audience": Route(post("/api/audience/", AUDIENCE), "401 403 403 200 403 403"),
    "api-broadcasts": Route(get("/api/broadcasts/"), "401 403 403 200 403 200"),
    "api-broadcast-texts": Route(get("/api/broadcasts/texts/?channel=sms&category=fridge"), "401 403 403 200 403 403"),
    "api-broadcast": Route(get("/api/broadcasts/{broadcast}/"), "401 403 403 200 403 200"),
    # mei planned it
    "api-broadcast-approve": Route(post("/api/broadcasts/{broadcast}/approve/", {}), "401 403 403 403 403 200"),
    "api-broadcast-pause": Route(post("/api/broadcasts/{broadcast}/pause/", {}), "401 403 403 409 403 409"),
    "api-broadcast-resume": Route(post("/api/broadcasts/{broadcast}/resume/", {}), "401 403 403 409 403 403"),
    "api-broadcast-cancel": Route(post("/api/broadcasts/{broadcast}/cancel/", {}), "401 403 403 200 403 409"),
    "api-regions": Route(get("/api/regions/"), "401 200 200 200 403 200"),
    "api-communities": Route(get("/api/communities/?region={north}"), "401 200 404 200 403 200"),
    "api-community": Route(get("/api/communities/{willow}/"), "401 200 404 200 403 200"),
    "api-tile": Route(get("/api/tiles/13/6828/3189.mvt?category=fridge"), "401 200 200 200 403 200"),
    # Its guard is a provider's secret, whoever is signed in; tests/outreach/api/test_receipts.py
    "api-webhook": Route(post("/api/webhooks/smtp/", {}), "403 403 403 403 403 403"),
    "sign-in": Route(get("/sign-in/"), "200 302 302 302 302 302"),
    "sign-out": Route(get("/sign-out/"), "405 405 405 405 405 405"),
    "me": Route(get("/me/"), "302 200 200 200 200 200"),
    "api-sign-in": Route(post("/api/sign-in/", WRONG), "401 401 401 401 401 401"),
    "api-refresh": Route(post("/api/sign-in/refresh/", {"refresh": "x.y.z"}), "401 401 401 401 401 401"),
    "api-sign-out": Route(post("/api/sign-out/", {"refresh": "x.y.z"}), "204 204 204 204 204 204"),
    "api-me": Route(get("/api/me/"), "401 200 200 200 200 200"),
    "api-schema": Route(get("/api/schema/"), "200 200 200 200 200 200"),
    "api-docs": Route(get("/api/docs/"), "200 200 200 200 200 200"),
    "set_language": Route(post("/i18n/setlang/", {"language": "en"}, as_json=False), "302 302 302 302 302 302"),
    "healthz": Route(get("/healthz"), "200 200 200 200 200 200"),
}
CAST = ("anonymous", "alice", "charlie", "mei", "dana", "root")


def route_names(patterns: list[URLPattern | URLResolver] | None = None) -> Iterator[str]:
    """Names of all routes but the admin's, which has a crawl of its own."""
    for pattern in patterns if patterns is not None else get_resolver().url_patterns:
        if isinstance(pattern, URLResolver):
            if pattern.app_name != "admin":
                yield from route_names(pattern.url_patterns)
        else:
            yield pattern.name or f"unnamed {pattern.pattern}"


@pytest.fixture
def figures(town: Town, mei: Employee) -> Member:
    caches["limits"].clear()
    fridge = make_category()
    member = make_member(town.willow, PHONE)
    make_purchase(member, make_product("HC-318", fridge))
    Need.objects.create(member_id=member.pk, category=fridge, level=3, score=60, reasons=[])
    CommunityStat.objects.create(
        community_id=town.willow.pk, category=fridge, members=60, owning_households=20, potential_buyers=35, coverage=2
    )
    make_broadcast(mei, fridge)
    open_for_members()
    return member


def sign_in(name: str) -> Client:
    client = Client(raise_request_exception=False)
    if name != "anonymous":
        client.force_login(Employee.objects.get(employee_no=name))
    return client


def content_of(answer: Any) -> bytes:
    """The body, less the invented number that the API's description gives as an example, and the names of problems,
    which are random digits."""
    content: bytes = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return re.sub(rb"urn:uuid:[0-9a-f-]{36}", b"", content.replace(b"154 0000 1234", b""))


def test_every_route_says_who_may_use_it() -> None:
    assert set(route_names()) == set(ROUTES)


@pytest.mark.parametrize("name", ROUTES)
def test_who_gets_in_and_no_answer_holds_a_phone_number(
    name: str, town: Town, figures: Member, alice: Employee, charlie: Employee, mei: Employee, dana: Employee,
    root: Employee,
) -> None:  # fmt: skip
    route = ROUTES[name]
    answers = [route.ask(sign_in(who), town) for who in CAST]
    assert " ".join(str(answer.status_code) for answer in answers) == route.expected
    for who, answer in zip(CAST, answers, strict=True):
        found = PHONE_LIKE.search(content_of(answer))
        assert found is None, f"{name} as {who}: {found}"
        assert PHONE not in str(answer.headers)


@pytest.mark.parametrize("name", ROUTES)
def test_a_leaver_is_a_stranger_everywhere(
    name: str, town: Town, figures: Member, alice: Employee, charlie: Employee
) -> None:
    client = sign_in("alice")
    Employee.objects.filter(pk=alice.pk).update(disabled_at="2026-01-01T00:00Z")
    assert str(ROUTES[name].ask(client, town).status_code) == ROUTES[name].expected.split()[0]


def test_charlies_answers_name_nothing_of_the_north(town: Town, figures: Member, charlie: Employee) -> None:
    asked = 0
    for name, route in ROUTES.items():
        answer = route.ask(sign_in("charlie"), town)
        if name not in {"counter", "api-lookups"}:  # customers travel: a look-up works from any store
            assert "垂柳新村".encode() not in content_of(answer), name
            asked += 1
    assert asked >= 15


def test_the_crawl_would_notice_a_number() -> None:
    assert PHONE_LIKE.search(f"<p>{PHONE}</p>".encode())
    assert PHONE_LIKE.search(b"154 0000 1234")
    assert not PHONE_LIKE.search(b"154****1234")


def test_the_cast_can_sign_in(alice: Employee) -> None:
    answer = Client().post(
        "/api/sign-in/", {"employee_no": "alice", "password": PASSWORD}, content_type="application/json"
    )
    assert answer.status_code == 200
