"""Every route as each of the cast: who gets in, who sees what, and that no answer holds a phone number.

A route that is not in the table fails the test: whoever adds one says who may use it.
"""

import re
import uuid
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from inspect import unwrap
from typing import Any

import pytest
from django.conf import settings
from django.core.cache import caches
from django.db import transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.test import Client
from django.urls import URLPattern, URLResolver, clear_url_caches, get_resolver, include, path, resolve
from django.urls.converters import IntConverter
from django.utils import timezone

from members.actions.begin_member_session import begin_member_session
from members.models import CommunityStat, ContactPoint, Member, Need, Verification
from members.phone import PhoneNumber
from outreach.api.receipts import READERS
from outreach.models import Broadcast
from outreach.pages.broadcasts import MOVES, move_broadcast
from outreach.pages.consents import consents
from outreach.pages.results import LISTS
from salesapp import urls
from salesapp.staff.models import Employee
from salesapp.staff.pages.guards import requires
from salesapp.staff.permissions import Permission
from salesapp.staff.queries.scope import region_path_of
from tests.builders import make_broadcast, make_category, make_member, make_product, make_purchase
from tests.conftest import PASSWORD, Town
from tests.outreach.codes import open_for_members

PHONE, NEW_PHONE = "15400001234", "16000001111"
# What must not be in any answer: anything like a mobile number, in one piece or in the usual groups
PHONE_LIKE = re.compile(rb"(?<![\d.])1[3-9]\d[ -]?\d{4}[ -]?\d{4}(?![\d.])")

# Ids of the north's, mei's own; who else leads a team has them from a link, or guesses
OBJECTS = re.compile(r"\{(?:broadcast|willow|north)\}")


@dataclass(frozen=True)
class Question:
    """One way to ask a route, and the status for each of the cast.

    Of six statuses the member's is that of anonymous: what a member is signed in with opens nothing of the staff's.
    ``other`` is that of nan, who is in mei's place in another region: where the question names something of mei's
    region it has to be said, else it is mei's.
    """

    method: str
    path: str
    expected: str
    data: Mapping[str, Any] = field(default_factory=dict)
    as_json: bool = False
    other: str = ""

    def ask(self, client: Client, town: Town) -> Any:
        ids = known(town)
        address = self.path.format(**ids)
        if self.method == "GET":
            return client.get(address)
        data = {
            name: value.format(**ids) if isinstance(value, str) else value for name, value in self.data.items()
        }  # fmt: skip
        if self.as_json:
            key = {"Idempotency-Key": str(uuid.uuid4())}
            return client.post(address, data, content_type="application/json", headers=key)
        return client.post(address, data)

    @property
    def statuses(self) -> str:
        told = self.expected.split()
        member = told[6:] or told[:1]
        return " ".join([*told[:6], *member, self.other or told[CAST.index("mei")]])

    @property
    def names_an_object(self) -> bool:
        return any(OBJECTS.search(str(each)) for each in (self.path, *self.data.values()))


def known(town: Town) -> dict[str, int | str | None]:
    """Ids that a path may name."""
    broadcast = Broadcast.objects.values_list("pk", flat=True).first()
    return {
        "willow": town.willow.pk, "north": town.north.pk, "broadcast": broadcast,
        "join_code": town.north_store.join_code,
    }  # fmt: skip


def get(path: str, expected: str, *, other: str = "") -> Question:
    return Question("GET", path, expected, other=other)


def post(path: str, data: Mapping[str, Any], expected: str, *, as_json: bool = False, other: str = "") -> Question:
    return Question("POST", path, expected, data, as_json, other)


LOOK_UP = {"phone": PHONE, "reason": "counter"}
AUDIENCE = {"category": "fridge", "min_level": 3, "channel": "sms"}
IN_NORTH = AUDIENCE | {"region": "{north}"}
PLANNED = AUDIENCE | {"name": "新年", "ends_at": f"{timezone.now() + timedelta(days=2):%FT%TZ}"}
WRONG = {"employee_no": "alice", "password": "wrong"}

#                                                        anonymous alice charlie mei dana root, and the member sun;
# other: nan, manager of the south, of what is mei's in the north
ROUTES: dict[str, list[Question]] = {
    "home": [get("/", "302 302 302 302 302 302")],
    # Whoever has the message has the link; tests/outreach/pages/test_unsubscribe.py
    "unsubscribe": [
        get("/u/AAAAAAAAAAAAAAAAAAAAAA", "404 404 404 404 404 404"),
        post("/u/AAAAAAAAAAAAAAAAAAAAAA", {"choice": "every"}, "404 404 404 404 404 404"),
    ],
    "second-factor": [
        get("/sign-in/code/", "302 302 302 302 302 302"),
        post("/sign-in/code/", {"code": "123456"}, "302 302 302 302 302 302"),
    ],
    # Members' own pages ask for a code, whoever is signed in as staff; tests/outreach/pages/test_join.py, test_mine.py
    "join": [
        get("/join/{join_code}/", "200 200 200 200 200 200"),
        post("/join/{join_code}/", {"surname": "孙", "title": "m", "phone": NEW_PHONE}, "302 302 302 302 302 302"),
    ],
    "join-code": [
        get("/join/{join_code}/code/", "302 302 302 302 302 302"),
        post("/join/{join_code}/code/", {"code": "123456"}, "422 422 422 422 422 422"),
        post("/join/{join_code}/code/", {"again": ""}, "422 422 422 422 422 422"),
    ],
    "mine": [get("/mine/", "302 302 302 302 302 302 200")],
    "mine-sign-in": [
        get("/mine/sign-in/", "200 200 200 200 200 200"),
        post("/mine/sign-in/", {"phone": PHONE}, "302 302 302 302 302 302"),
    ],
    "mine-code": [
        get("/mine/code/", "302 302 302 302 302 302"),
        post("/mine/code/", {"code": "123456"}, "422 422 422 422 422 422"),
        post("/mine/code/", {"again": ""}, "422 422 422 422 422 422"),
    ],
    "mine-sign-out": [post("/mine/sign-out/", {}, "302 302 302 302 302 302")],
    "mine-json": [get("/mine/my-data.json", "302 302 302 302 302 302 200")],
    "mine-copy": [get("/mine/my-data.html", "302 302 302 302 302 302 200")],
    "mine-details": [
        get("/mine/details/", "302 302 302 302 302 302 200"),
        post("/mine/details/", {"surname": "李", "title": "f"}, "302 302 302 302 302 302"),
        post("/mine/details/", {"search": "垂柳"}, "302 302 302 302 302 302 200"),
        post("/mine/details/", {"community": "0"}, "302 302 302 302 302 302 422"),
    ],
    "mine-consent": [
        post("/mine/consent/", {"withdraw": "0"}, "302 302 302 302 302 302"),
        post("/mine/consent/", {"profiling": "no"}, "302 302 302 302 302 302"),
    ],
    "mine-agree": [
        get("/mine/agree/1/", "302 302 302 302 302 302 200"),
        post("/mine/agree/1/", {"wording": "0"}, "302 302 302 302 302 302 422"),
    ],
    "mine-erase": [
        get("/mine/erase/", "302 302 302 302 302 302 200"),
        post("/mine/erase/", {"word": "删除"}, "302 302 302 302 302 302"),
    ],
    "mine-erase-code": [
        get("/mine/erase/code/", "302 302 302 302 302 302"),
        post("/mine/erase/code/", {"code": "123456"}, "302 302 302 302 302 302 422"),
        post("/mine/erase/code/", {"again": ""}, "302 302 302 302 302 302 422"),
    ],
    "erase-member": [
        post("/privacy/erase/", {"member": "x", "reason": "request"}, "302 403 403 403 422 403"),
        post("/privacy/erase/", {"member": "x", "reason": "request", "word": "删除"}, "302 403 403 403 422 403"),
    ],
    # Of a member who is nobody's: tests/outreach/pages/test_for_member.py
    "copy-for-member": [post("/privacy/copy/", {"member": "x", "reason": "request"}, "302 403 403 403 422 403")],
    "correct-for-member": [
        post("/privacy/correct/", {"member": "x", "reason": "request"}, "302 403 403 403 422 403"),
        post("/privacy/correct/", {"member": "x", "reason": "request", "search": "垂柳"}, "302 403 403 403 200 403"),
        post(
            "/privacy/correct/",
            {"member": "x", "reason": "request", "surname": "李", "title": "f", "key": "k1"},
            "302 403 403 403 422 403",
        ),
        post(
            "/privacy/correct/",
            {"member": "x", "reason": "request", "community": "1", "key": "k2"},
            "302 403 403 403 422 403",
        ),
    ],
    "object-for-member": [
        post("/privacy/object/", {"member": "x", "reason": "request", "objects": "yes"}, "302 403 403 403 422 403"),
        post(
            "/privacy/object/",
            {"member": "x", "reason": "request", "objects": "no", "key": "k3"},
            "302 403 403 403 422 403",
        ),
    ],
    "withdraw-for-member": [
        post("/privacy/withdraw/", {"member": "x", "reason": "request", "channel": "0"}, "302 403 403 403 422 403"),
        post(
            "/privacy/withdraw/",
            {"member": "x", "reason": "request", "channel": "0", "key": "k4"},
            "302 403 403 403 422 403",
        ),
    ],
    "community-request": [
        post("/privacy/community/", {}, "302 403 403 403 200 403"),
        post("/privacy/community/", {"request": "1", "community": "1", "answer": "grant"}, "302 403 403 403 200 403"),
        post("/privacy/community/", {"request": "1", "answer": "refuse"}, "302 403 403 403 200 403"),
    ],
    "service-worker": [get("/service-worker.js", "200 200 200 200 200 200")],
    "manifest": [
        get("/manifest/en.webmanifest", "200 200 200 200 200 200"),
        get("/manifest/zh-hans.webmanifest", "200 200 200 200 200 200"),
    ],
    "offline": [get("/offline/", "200 200 200 200 200 200")],
    "signed-out": [get("/signed-out/", "200 200 200 200 200 200")],
    "counter": [post("/counter/", LOOK_UP, "302 200 200 200 403 403"), get("/counter/", "302 200 200 200 403 403")],
    "consents": [
        post("/privacy/consents/", {"who": PHONE, "reason": "audit"}, "302 403 403 403 200 200"),
        get("/privacy/consents/", "302 403 403 403 200 200"),
    ],
    "reads": [
        post("/privacy/reads/", {"who": PHONE, "why": "audit"}, "302 403 403 403 200 200"),
        get("/privacy/reads/", "302 403 403 403 200 200"),
    ],
    # Of a member whom nobody has: tests/outreach/pages/test_reads.py
    "reads-export": [
        post("/privacy/reads/export/", {"why": "audit"}, "302 403 403 403 422 422"),
        post("/privacy/reads/export/", {"why": "audit", "copy": "full", "format": "json"}, "302 403 403 403 422 422"),
    ],
    "alarms": [get("/alarms/", "302 403 403 200 200 200")],
    "alarm-decide": [
        post("/alarms/1/", {"outcome": "released"}, "302 403 403 403 404 404"),
        post("/alarms/1/", {"outcome": "disabled"}, "302 403 403 403 404 404"),
    ],
    "counter-draft": [post("/counter/draft/", {"member": "x"}, "302 422 422 422 403 403")],
    "counter-message": [post("/counter/message/", {"member": "x"}, "302 422 422 422 403 403")],
    "click": [get("/l/q0Ro8zUa1bEw2XkZ5vYt7g", "404 404 404 404 404 404")],
    "map": [get("/map/", "302 200 200 200 403 200")],
    "community-list": [get("/map/list/?category=fridge", "302 200 200 200 403 200")],
    "community": [get("/map/communities/{willow}/?category=fridge", "302 200 404 200 403 200", other="404")],
    "community-search": [get("/map/search/?q=垂柳", "302 200 200 200 403 200")],
    "community-alike": [get("/map/communities/{willow}/alike/", "302 200 404 200 403 200", other="404")],
    "broadcasts": [get("/broadcasts/", "302 403 403 200 403 200")],
    "broadcast-new": [
        get("/broadcasts/new/", "302 403 403 200 403 403"),
        post("/broadcasts/new/", {"step": "what", **AUDIENCE}, "302 403 403 302 403 403"),
        post("/broadcasts/new/", AUDIENCE, "302 403 403 422 403 403"),
    ],
    "broadcast-count": [post("/broadcasts/count/", AUDIENCE, "302 403 403 200 403 403")],
    "broadcast-communities": [post("/broadcasts/communities/", {"q": "垂柳"}, "302 403 403 200 403 403")],
    "broadcast": [get("/broadcasts/{broadcast}/", "302 403 403 200 403 200", other="404")],
    "broadcast-area": [get("/broadcasts/{broadcast}/communities/", "302 403 403 200 403 200", other="404")],
    # mei planned it
    "broadcast-move": [
        post("/broadcasts/{broadcast}/approve/", {}, "302 403 403 422 403 302", other="404"),
        post("/broadcasts/{broadcast}/pause/", {}, "302 403 403 422 403 422", other="404"),
        post("/broadcasts/{broadcast}/resume/", {}, "302 403 403 422 403 403", other="404"),
        get("/broadcasts/{broadcast}/cancel/", "302 403 403 200 403 200", other="404"),
        post("/broadcasts/{broadcast}/cancel/", {}, "302 403 403 302 403 422", other="404"),
    ],
    "results": [get("/results/", "302 200 200 200 403 403")],
    "result-list": [
        get("/results/leads/", "302 200 200 200 403 403"),
        get("/results/sales/", "302 200 200 200 403 403"),
        get("/results/replies/", "302 200 200 200 403 403"),
        get("/results/messages/", "302 200 200 200 403 403"),
        get("/results/people/", "302 404 404 200 403 403"),
        get("/results/broadcasts/", "302 404 404 200 403 403"),
    ],
    "api-lookups": [post("/api/lookups/", LOOK_UP, "401 200 200 200 403 403", as_json=True)],
    "api-drafts": [post("/api/drafts/", {"member": "q0Ro8zUa1bEw2XkZ5vYt7g"}, "401 404 404 404 403 403", as_json=True)],
    "api-sealed-drafts": [post("/api/sealed-drafts/", {}, "401 400 400 400 403 403", as_json=True)],
    "api-messages": [
        get("/api/messages/", "401 200 200 200 403 403"),
        post("/api/messages/", {}, "401 400 400 400 403 403", as_json=True),
    ],
    "api-audience": [
        post("/api/audience/", AUDIENCE, "401 403 403 200 403 403", as_json=True),
        post("/api/audience/", IN_NORTH, "401 403 403 200 403 403", as_json=True, other="404"),
    ],
    "api-broadcasts": [
        get("/api/broadcasts/", "401 403 403 200 403 200"),
        post("/api/broadcasts/", {}, "401 403 403 400 403 403", as_json=True),
    ],
    "api-broadcast-texts": [get("/api/broadcasts/texts/?channel=sms&category=fridge", "401 403 403 200 403 403")],
    "api-broadcast": [get("/api/broadcasts/{broadcast}/", "401 403 403 200 403 200", other="404")],
    # mei planned it
    "api-broadcast-approve": [
        post("/api/broadcasts/{broadcast}/approve/", {}, "401 403 403 403 403 200", as_json=True, other="404")
    ],
    "api-broadcast-pause": [
        post("/api/broadcasts/{broadcast}/pause/", {}, "401 403 403 409 403 409", as_json=True, other="404")
    ],
    "api-broadcast-resume": [
        post("/api/broadcasts/{broadcast}/resume/", {}, "401 403 403 409 403 403", as_json=True, other="404")
    ],
    "api-broadcast-cancel": [
        post("/api/broadcasts/{broadcast}/cancel/", {}, "401 403 403 200 403 409", as_json=True, other="404")
    ],
    "api-regions": [get("/api/regions/", "401 200 200 200 403 200")],
    "api-communities": [get("/api/communities/?region={north}", "401 200 404 200 403 200", other="404")],
    "api-community": [get("/api/communities/{willow}/", "401 200 404 200 403 200", other="404")],
    "api-tile": [get("/api/tiles/13/6828/3189.mvt?category=fridge", "401 200 200 200 403 200")],
    # Its guard is a provider's secret, whoever is signed in; tests/outreach/api/test_receipts.py
    "api-webhook": [
        post("/api/webhooks/smtp/", {}, "403 403 403 403 403 403", as_json=True),
        get("/api/webhooks/smtp/", "404 404 404 404 404 404"),
        post("/api/webhooks/jpush/", {}, "403 403 403 403 403 403", as_json=True),
        get("/api/webhooks/jpush/", "404 404 404 404 404 404"),
        post("/api/webhooks/aliyun/", {}, "403 403 403 403 403 403", as_json=True),
        get("/api/webhooks/aliyun/", "404 404 404 404 404 404"),
        post("/api/webhooks/wechat/", {}, "400 400 400 400 400 400", as_json=True),
        get("/api/webhooks/wechat/", "403 403 403 403 403 403"),
    ],
    "sign-in": [get("/sign-in/", "200 302 302 302 302 302"), post("/sign-in/", WRONG, "422 422 422 422 422 422")],
    "sign-out": [
        post("/sign-out/", {}, "302 302 302 302 302 302"),
        post("/sign-out/", {"lock": "1"}, "302 302 302 302 302 302"),
    ],
    "me": [get("/me/", "302 200 200 200 200 200")],
    "api-sign-in": [post("/api/sign-in/", WRONG, "401 401 401 401 401 401", as_json=True)],
    "api-refresh": [post("/api/sign-in/refresh/", {"refresh": "x.y.z"}, "401 401 401 401 401 401", as_json=True)],
    "api-sign-out": [post("/api/sign-out/", {"refresh": "x.y.z"}, "204 204 204 204 204 204", as_json=True)],
    "api-me": [get("/api/me/", "401 200 200 200 200 200")],
    "api-schema": [get("/api/schema/", "200 200 200 200 200 200")],
    "api-docs": [get("/api/docs/", "200 200 200 200 200 200")],
    "set_language": [post("/i18n/setlang/", {"language": "en"}, "302 302 302 302 302 302")],
    "healthz": [get("/healthz", "200 200 200 200 200 200")],
}
CAST = ("anonymous", "alice", "charlie", "mei", "dana", "root", "sun", "nan")
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE")
# What the path names is an act or a list of its own: each is asked
CHOICES = {
    "broadcast-move": set(MOVES), "result-list": set(LISTS), "api-webhook": set(READERS),
    "manifest": set(dict(settings.LANGUAGES)),
}  # fmt: skip
# What the path names is a thing, and a stranger's guess: one stands for all
OPAQUE = {"unsubscribe", "click", "join", "join-code"}


def leaves(
    patterns: Sequence[URLPattern | URLResolver] | None = None, before: str = ""
) -> Iterator[tuple[str, URLPattern]]:
    """Every route with its whole pattern, but the admin's, which tests/architecture/test_admin.py asks."""
    for pattern in patterns if patterns is not None else get_resolver().url_patterns:
        whole = before + str(pattern.pattern)
        if not isinstance(pattern, URLResolver):
            yield whole, pattern
        elif (whole, pattern.app_name) != ("admin/", "admin"):
            yield from leaves(pattern.url_patterns, whole)


def declared() -> list[tuple[str, str]]:
    """The pattern that answers each question of the table, and the name that the table has for it."""
    some = {"willow": 1, "north": 1, "broadcast": 1, "join_code": "x"}
    found = {
        (resolve(question.path.partition("?")[0].format(**some)).route, name)
        for name, questions in ROUTES.items()
        for question in questions
    }
    return sorted(found)


def undeclared() -> list[tuple[str, str]]:
    """Routes that the table does not ask, routes that share a pattern or a name, and names that lead elsewhere."""
    known = sorted((whole, leaf.name or "") for whole, leaf in leaves())
    names = Counter(name for _, name in known)
    shared = [(whole, name) for whole, name in known if names[name] > 1]
    return sorted({*shared, *(Counter(known) - Counter(declared())), *(Counter(declared()) - Counter(known))})


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
    if name == "sun":
        number = PhoneNumber.parse(PHONE)
        member_id = ContactPoint.objects.get(bidx=number.bidx).member_id
        verified = Verification(bidx=number.first_bidx, masked=number.masked)
        client.cookies["member"] = begin_member_session(member_id=member_id, verified=verified)
    elif name != "anonymous":
        client.force_login(Employee.objects.get(employee_no=name))
    return client


def unhurried(name: str) -> Client:
    """As ``sign_in``, without what the others have used up of the limits."""
    caches["limits"].clear()
    return sign_in(name)


def content_of(answer: Any) -> bytes:
    """The body, less the invented number that the API's description gives as an example, and the names of problems,
    which are random digits."""
    content: bytes = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return re.sub(rb"urn:uuid:[0-9a-f-]{36}", b"", content.replace(b"154 0000 1234", b""))


def faults(name: str, town: Town) -> list[str]:
    """Whom a route lets in against its policy, or refuses, and which of its answers hold a number."""
    found = []
    for question in ROUTES[name]:
        with transaction.atomic():  # each question finds the town as it was
            answers = [question.ask(unhurried(who), town) for who in CAST]
            transaction.set_rollback(True)
        statuses = " ".join(str(answer.status_code) for answer in answers)
        if statuses != question.statuses:
            found.append(f"{question.method} {question.path} {dict(question.data)}: {statuses}")
        for who, answer in zip(CAST, answers, strict=True):
            if PHONE_LIKE.search(content_of(answer)) or PHONE in str(answer.headers):
                found.append(f"{question.method} {question.path} as {who}: a number")
    return found


def refused(answer: Any) -> bool:
    """At the door, whatever the method: not let in, or sent to where one signs in."""
    to_sign_in = answer.status_code == 302 and re.match(r"/(mine/)?sign-in/", answer.headers["Location"])
    return answer.status_code in {401, 403} or bool(to_sign_in)


def open_methods(town: Town, names: Iterable[str]) -> tuple[list[str], int]:
    """Methods that the table does not name and that a route answers all the same; and how many were asked."""
    found, asked = [], 0
    clients = {who: sign_in(who) for who in CAST}
    for name in names:
        methods: dict[str, set[str]] = {}
        for question in ROUTES[name]:
            methods.setdefault(question.path.partition("?")[0].format(**known(town)), set()).add(question.method)
        for address, named in methods.items():
            for method in METHODS:
                if method in named:
                    continue
                asked += 1
                answers = {who: client.generic(method, address) for who, client in clients.items()}
                took = [who for who, answer in answers.items() if answer.status_code != 405 and not refused(answer)]
                if took or 405 not in {answer.status_code for answer in answers.values()}:
                    found.append(f"{method} {address}: {took}")
    return found, asked


def test_every_route_says_who_may_use_it() -> None:
    assert len(declared()) >= 70
    assert undeclared() == []


def test_every_choice_that_a_path_gives_is_asked() -> None:
    choosing = {
        leaf.name for _, leaf in leaves() if {type(each) for each in leaf.pattern.converters.values()} - {IntConverter}
    }
    assert choosing == {*CHOICES, *OPAQUE}
    for name, choices in CHOICES.items():
        paths = (question.path.format(**{"broadcast": 1}) for question in ROUTES[name])
        taken = {value for path in paths for value in resolve(path).kwargs.values() if isinstance(value, str)}
        assert len(choices) >= 2
        assert taken == choices, name


@pytest.fixture
def cast(
    alice: Employee, charlie: Employee, mei: Employee, nan: Employee, dana: Employee, root: Employee, figures: Member
) -> None:
    """All of them, and what they may ask for."""


@pytest.mark.parametrize("name", ROUTES)
def test_who_gets_in_and_no_answer_holds_a_phone_number(name: str, town: Town, cast: None) -> None:
    assert faults(name, town) == []


def test_no_route_answers_a_method_that_it_does_not_name(town: Town, cast: None) -> None:
    found, asked = open_methods(town, ROUTES)
    assert asked > 400
    assert found == []


def test_a_leaver_is_a_stranger_everywhere(town: Town, figures: Member, alice: Employee, charlie: Employee) -> None:
    client = sign_in("alice")
    Employee.objects.filter(pk=alice.pk).update(disabled_at="2026-01-01T00:00Z")
    cookie, asked = client.cookies["sessionid"].value, 0
    for questions in ROUTES.values():
        for question in questions:
            left = Client(raise_request_exception=False)
            left.cookies["sessionid"] = cookie
            with transaction.atomic():
                answer = question.ask(left, town)
                transaction.set_rollback(True)
            assert str(answer.status_code) == question.expected.split()[0], question
            asked += 1
    assert asked >= 120


@pytest.mark.parametrize("who", ["charlie", "nan"])
def test_who_is_of_the_south_reads_nothing_of_the_north(
    who: str, town: Town, figures: Member, charlie: Employee, nan: Employee
) -> None:
    asked = 0
    name_of_broadcast = Broadcast.objects.get().name
    for name, questions in ROUTES.items():
        # Customers travel: a look-up works from any store. The API's description has examples of its own
        if name in {"counter", "api-lookups", "api-schema"}:
            continue
        for question in questions:
            content = content_of(question.ask(unhurried(who), town)).decode()
            assert "垂柳新村" not in content, question
            assert name_of_broadcast not in content, question
            asked += 1
    assert asked >= 100


def test_an_area_elsewhere_is_not_planned_for(town: Town, mei: Employee, nan: Employee, figures: Member) -> None:
    """Mei is refused as well, but because hardly anybody can be reached there."""
    why = {}
    for who in ("mei", "nan"):
        plan = PLANNED | {"region": town.north.pk, "version": Broadcast.objects.get().version_id}
        (error,) = post("/api/broadcasts/", plan, "", as_json=True).ask(unhurried(who), town).json()["errors"]
        why[who] = error["field"], error["code"]
    assert why == {"mei": ("area", "too_few"), "nan": ("area", "not_yours")}


def test_a_count_of_an_area_elsewhere_tells_nothing(town: Town, mei: Employee, nan: Employee, figures: Member) -> None:
    def told(who: str, region: int, **picked: object) -> bytes:
        asked = {"category": "fridge", "min_level": 3, "channel": 1, "region": region, **picked}
        return content_of(unhurried(who).post("/broadcasts/count/", asked))

    nothing = told("nan", 0)
    assert nothing not in (told("mei", town.north.pk), told("nan", town.south.pk))
    assert told("nan", town.north.pk) == told("nan", town.south.pk, communities=town.willow.pk) == nothing


def test_what_is_meis_is_asked_by_nan_as_well() -> None:
    """A question that names something of a region says what becomes of it elsewhere."""
    named = [question for questions in ROUTES.values() for question in questions if question.names_an_object]
    assert len(named) >= 15
    assert [question for question in named if not question.other] == []


# --- Planted ----------------------------------------------------------------------------------------------------------


def leaf_named(name: str) -> URLPattern:
    (found,) = (leaf for _, leaf in leaves() if leaf.name == name)
    return found


def everybody(request: HttpRequest) -> HttpResponse:
    return JsonResponse({"members": list(Member.objects.values("surname", "title"))})


@pytest.mark.parametrize(
    "planted",
    [
        path("everybody/", everybody, name="healthz"), path("everybody/", everybody),
        path("everybody/", everybody, name="everybody"), path("healthz", everybody, name="healthz"),
        path("x/", include(([path("everybody/", everybody, name="index")], "admin"))),
    ],
    ids=["a name that is taken", "no name", "a name of its own", "a pattern that is taken", "calls itself the admin"],
)  # fmt: skip
def test_a_route_more_would_be_noticed(planted: URLPattern, monkeypatch: pytest.MonkeyPatch) -> None:
    clear_url_caches()
    monkeypatch.setattr("salesapp.urls.urlpatterns", [*urls.urlpatterns, planted])
    try:
        assert undeclared()
    finally:
        clear_url_caches()


def test_a_page_that_is_open_by_another_method_would_be_noticed(
    town: Town, cast: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def opened(request: HttpRequest) -> HttpResponse:
        return HttpResponse(status=200) if request.method == "GET" else consents(request)

    assert faults("consents", town) == []
    monkeypatch.setattr(leaf_named("consents"), "callback", opened)
    assert [fault.partition(" {")[0] for fault in faults("consents", town)] == ["GET /privacy/consents/"]


def test_a_move_that_is_let_to_others_would_be_noticed(town: Town, cast: None, monkeypatch: pytest.MonkeyPatch) -> None:
    guarded = requires(Permission.SEE_RESULTS)(unwrap(move_broadcast))

    def opened(request: HttpRequest, broadcast_id: int, move: str) -> HttpResponse:
        page = guarded if move == "cancel" else move_broadcast
        return page(request, broadcast_id=broadcast_id, move=move)

    assert faults("broadcast-move", town) == []
    monkeypatch.setitem(MOVES, "cancel", (MOVES["cancel"][0], Permission.SEE_RESULTS))
    monkeypatch.setattr(leaf_named("broadcast-move"), "callback", opened)
    assert {fault.partition(" {}")[0] for fault in faults("broadcast-move", town)} == {
        "GET /broadcasts/{broadcast}/cancel/", "POST /broadcasts/{broadcast}/cancel/",
    }  # fmt: skip


PLANTED = {
    "outreach.queries.broadcasts": {
        "broadcast", "broadcast-area", "broadcast-move", "api-broadcast", "api-broadcast-approve",
        "api-broadcast-pause", "api-broadcast-resume", "api-broadcast-cancel",
    },
    "outreach.queries.visible": {
        "community", "community-alike", "api-audience", "api-communities", "api-community",
    },
}  # fmt: skip


@pytest.mark.parametrize("module", PLANTED)
def test_a_scope_that_is_not_asked_for_would_be_noticed(
    module: str, town: Town, cast: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Managers see everything, by each route that names something of a region."""

    def forgotten(employee: Employee) -> str | None:
        return "" if employee.may(Permission.BROADCAST) else region_path_of(employee)

    named = {name for name, questions in ROUTES.items() if any(question.names_an_object for question in questions)}
    assert named == set().union(*PLANTED.values())
    monkeypatch.setattr(f"{module}.region_path_of", forgotten)
    assert {name for name in sorted(named) if faults(name, town)} >= PLANTED[module]


@pytest.mark.parametrize("method", [method for method in METHODS if method != "GET"])
def test_a_method_more_would_be_noticed(method: str, town: Town, cast: None, monkeypatch: pytest.MonkeyPatch) -> None:
    page = leaf_named("map").callback

    def opened(request: HttpRequest) -> HttpResponse:
        return HttpResponse(status=204) if request.method == method else page(request)

    assert open_methods(town, ["map"]) == ([], len(METHODS) - 1)
    monkeypatch.setattr(leaf_named("map"), "callback", opened)
    assert open_methods(town, ["map"]) == ([f"{method} /map/: {list(CAST)}"], len(METHODS) - 1)


def test_the_crawl_would_notice_a_number() -> None:
    assert PHONE_LIKE.search(f"<p>{PHONE}</p>".encode())
    assert PHONE_LIKE.search(b"154 0000 1234")
    assert not PHONE_LIKE.search(b"154****1234")


def test_the_cast_can_sign_in(alice: Employee) -> None:
    answer = Client().post(
        "/api/sign-in/", {"employee_no": "alice", "password": PASSWORD}, content_type="application/json"
    )
    assert answer.status_code == 200
