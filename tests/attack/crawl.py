"""Every route, tile, page, admin page, export and error, as each of the cast: what any answer holds of a person.

Thirty members came in by an import with full names, doors, addresses, e-mail addresses and numbers. Every address that
the URL configuration knows is asked, then every link that a page shows, every tile over the town, the flows that need
a number typed in, files brought in the admin, refusals and crashes. Body, headers, redirects and cookies of each
answer are searched in every spelling, and for points on the map that no place has.
"""

import argparse
import base64
import gzip
import html
import json
import logging
import re
import sys
import tempfile
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest import mock
from urllib.parse import quote, unquote, unquote_plus, urljoin, urlsplit

from tests.attack.scene import (
    Person,
    Scene,
    build_scene,
    forget_counters,
    no_limits,
    own_counters,
    scratch_database,
    usual_settings,
)
from tests.attack.verdict import demand, line, verdict

ROLES = ("anonymous", "alice", "charlie", "mei", "dana", "root")
PHONE_LIKE = re.compile(r"(?<![\d.])(?:\+?86[ -]?)?1[3-9]\d[ -]?\d{4}[ -]?\d{4}(?![\d.])")
# In the API's description, as an example; and what is drawn at random or made of a whole answer, and may look like one
EXAMPLES = re.compile(r"154 ?0000 ?1234|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|\b[0-9a-f]{24,}\b")
DEGREES = re.compile(r"(?<![\d.:])(?:119|12[01]|3[567])\.\d{4,}")
NOT_FOLLOWED = ("/sign-out/", "/admin/logout/", "/i18n/", "/mine/sign-out/")


@dataclass(frozen=True, slots=True)
class Size:
    people: int  # whose numbers are typed in by each role
    pages: int  # most that are followed, of each role
    tiles: int  # of each zoom, along each side
    wrong: Sequence[str]  # what each field of each form and query is asked with


LONG = Size(30, 3_000, 5, ("", "1\0", "9" * 5_000, "9" * 18, "-1", "²", "x" * 5_000, "NaN", "2026-13-45", "{}", "%"))
SHORT = Size(3, 150, 1, ("1\0", "9" * 5_000))


# --- What must not be found -----------------------------------------------------------------------------------------


class Needles:
    """Everything of these people that staff never read, in all the ways to write it."""

    def __init__(self, people: Sequence[Person], places: Sequence[tuple[float, float]]) -> None:
        self.places = places
        kinds: dict[str, str] = {}
        for who in people:
            for text in spellings(who.phone):
                kinds[text] = "a number"
            kinds |= {who.name: "a name", who.name[1:]: "a given name", who.house: "a door"}
            kinds |= dict.fromkeys(re.findall(r"\d{4}室|\d+号楼", who.house), "a part of a door")
            kinds |= {who.email: "an e-mail address", who.email.partition("@")[0]: "an e-mail address"}
            kinds[who.address] = kinds["柳荫路8号"] = "an address"
        self.kinds = kinds
        self._any = re.compile("|".join(re.escape(text) for text in sorted(kinds, key=len, reverse=True)))

    def found_in(self, text: str, *, points: bool = False) -> str:
        """What kind of thing stands in the text; empty for nothing."""
        for reading in readings(text):
            if found := self._any.search(reading):
                return self.kinds[found[0]]
            if PHONE_LIKE.search(EXAMPLES.sub("", reading)):
                return "something like a number"
        return "a point that no place has" if points and self._strange_point(text) else ""

    def _strange_point(self, text: str) -> bool:
        known = [degree for place in self.places for degree in place]
        return any(all(abs(float(found) - degree) > 1.5e-4 for degree in known) for found in DEGREES.findall(text))


def spellings(phone: str) -> Iterator[str]:
    """As it may be written: plain, with the country, in groups, full width, in base64."""
    groups = f"{phone[:3]} {phone[3:7]} {phone[7:]}"
    yield from (phone, f"+86{phone}", groups, groups.replace(" ", "-"), groups.replace(" ", "."), phone[3:])
    yield groups.replace(" ", "/")
    wide = phone.translate({ord("0") + n: ord("０") + n for n in range(10)})
    # Django escapes what it logs, and the log's JSON the escape
    escaped = wide.encode("unicode_escape").decode()
    yield from (wide, escaped, escaped.replace("\\", "\\\\"))
    for start in ("", "+86", "86"):
        # Three beginnings, because base64 depends on what stands before
        for before in range(3):
            coded = base64.b64encode(b"\0" * before + f"{start}{phone}".encode() + b"\0\0").decode()
            yield coded[4 if before else 0 : -8]


def readings(text: str) -> set[str]:
    """The text, and what it says to whoever undoes the ways in which the web writes a character."""
    found = {text, html.unescape(text), unquote(text), unquote_plus(text)}
    if "\\u" in text:
        found.add(re.sub(r"\\u([0-9a-fA-F]{4})", lambda code: chr(int(code[1], 16)), text))
    return found


@dataclass(frozen=True, slots=True)
class Taken:
    """A question with fields that got an answer."""

    role: str
    method: str
    path: str
    fields: dict[str, str]
    cookies: dict[str, str]


# --- The crawl ------------------------------------------------------------------------------------------------------


class Crawl:
    def __init__(self, scene: Scene, needles: Needles) -> None:
        self.scene, self.needles = scene, needles
        self.leaks: dict[tuple[str, str, str], int] = {}  # role, address, what
        self.answers: Counter[str] = Counter()
        self.statuses: Counter[int] = Counter()
        self.errors: Counter[str] = Counter()  # that nobody asked for
        self.crashing = False
        self.pages: set[str] = set()
        self.masked = self.surnames = self.tiles = 0
        self.taken: dict[tuple[str, frozenset[str]], Taken] = {}  # by route and names of fields
        self.clients = {role: self._client(role) for role in ROLES}

    def _client(self, role: str) -> Any:
        from django.test import Client

        from salesapp.staff.models import Employee

        client = Client(raise_request_exception=False, SERVER_NAME="127.0.0.1")
        if role != "anonymous":
            client.force_login(Employee.objects.get(employee_no=role))
        return client

    def ask(self, role: str, method: str, address: str, data: Any = None, **more: Any) -> Any:
        """One request, its answer searched."""
        answer = self.clients[role].generic(method, address, **more) if data is None else (
            getattr(self.clients[role], method.lower())(address, data, **more)
        )  # fmt: skip
        self.look(role, address, answer)
        return answer

    def look(self, role: str, address: str, answer: Any, *, own: Person | None = None) -> str:
        """Search all of an answer. ``own`` is the member whose own page it is."""
        content = b"".join(answer.streaming_content) if answer.streaming else answer.content
        if answer.headers.get("Content-Encoding") == "gzip":
            content = gzip.decompress(content)
        text: str = content.decode("utf-8", "replace")
        if own:
            for shown in (own.name, own.house, own.email, own.address):
                text = text.replace(shown, "")
        self.answers[role] += 1
        self.statuses[answer.status_code] += 1
        if answer.status_code == 500 and not self.crashing:
            self.errors[f"{answer.request['REQUEST_METHOD']} {_shown(address)}"] += 1
        self.pages.add(urlsplit(address).path)
        if answer.status_code < 400 and "/sign-in/" not in str(answer.headers):
            self._keep(role, answer.wsgi_request)
        self.masked += len(re.findall(r"\d{3}\*{4}\d{4}", text))
        self.surnames += bool(re.search("[孙李周吴郑冯陈](?:先生|女士)", text))
        heads = "\n".join(f"{name}: {value}" for name, value in answer.headers.items())
        if answer.status_code == 302 and address.startswith("/admin/"):
            # Django's own admin: the way back from sign-in is the address that was asked
            heads = heads.replace(f"next={quote(address, safe='/')}", "")
        cookies = "\n".join(_cookie(morsel.value) for morsel in answer.cookies.values())
        for where, said, points in (("body", text, True), ("header", heads, False), ("cookie", cookies, False)):
            # Places are edited in the admin, with their points; SVG files are no maps
            points = points and not address.startswith(("/admin/", "/static/"))
            if found := self.needles.found_in(said, points=points):
                key = (role, f"{where} of {_shown(address)} {answer.status_code}", found)
                self.leaks[key] = self.leaks.get(key, 0) + 1
        return text

    def _keep(self, role: str, request: Any) -> None:
        fields = (request.GET if request.method == "GET" else request.POST).dict()
        if fields and request.resolver_match and not request.FILES and not request.path.startswith(NOT_FOLLOWED):
            route = f"{request.method} {request.resolver_match.view_name}"
            taken = Taken(role, request.method, request.path, fields, dict(request.COOKIES))
            self.taken.setdefault((route, frozenset(fields)), taken)

    def follow(self, role: str, starts: Sequence[str], most: int) -> None:
        """Every link that pages show, breadth first, one query of each kind of list at a time."""
        waiting, seen = deque(starts), set(starts)
        while waiting and most > 0:
            address = waiting.popleft()
            most -= 1
            answer = self.clients[role].get(address)
            text = self.look(role, address, answer)
            links = [answer.headers["Location"]] if "Location" in answer.headers else []
            if answer.headers.get("Content-Type", "").startswith("text/html"):
                links += re.findall(r'(?:href|src|action|hx-get|data-[a-z-]+)="([/?.][^"#]*)"', text)
            for link in links:
                link = urljoin(address, html.unescape(link)).replace("http://127.0.0.1", "").split("?_changelist")[0]
                if "?" in link and "?" in address and link.split("?")[0] == address.split("?")[0]:
                    continue
                if link.startswith("/") and not link.startswith(NOT_FOLLOWED) and link not in seen:
                    seen.add(link)
                    waiting.append(link)


def _cookie(value: str) -> str:
    """As it is, and what is in it where it is signed JSON."""
    parts = [value, unquote(value)]
    for part in re.split(r"[:.]", value):
        try:
            parts.append(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)).decode("utf-8", "ignore"))
        except ValueError:
            continue
    return "\n".join(parts)


def _shown(address: str) -> str:
    """The address without its query: a proof's own output holds no number either."""
    return PHONE_LIKE.sub("[number]", urlsplit(address).path)


# --- What is asked --------------------------------------------------------------------------------------------------


def routes(crawl: Crawl) -> None:
    """The table of tests/architecture: every route, method and choice of the URL configuration, as it is meant to be
    asked."""
    from tests.architecture.test_routes import ROUTES, undeclared

    town, asked = _town(crawl.scene), 0
    demand(f"routes that are in no table: {undeclared()}", not undeclared())
    for name, questions in ROUTES.items():
        for question in questions:
            for role in ROLES:
                # Who signs out here goes on elsewhere
                client = crawl._client(role) if name == "sign-out" else crawl.clients[role]
                answer = question.ask(client, town)
                crawl.look(role, answer.wsgi_request.path, answer)
                asked += 1
    line("questions of the table of routes", f"{asked:,}")
    demand("too few questions of the table of routes", asked >= 600)


def _town(scene: Scene) -> Any:
    from geo.models import Community, Region
    from salesapp.staff.models import Store

    return SimpleNamespace(
        willow=Community.objects.get(pk=scene.known["willow"]), north=Region.objects.get(pk=scene.known["north"]),
        north_store=Store.objects.get(code="N1"),
    )  # fmt: skip


def admin_pages() -> list[str]:
    from django.contrib import admin
    from django.urls import reverse

    found = ["/admin/"]
    for model in admin.site._registry:
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        found += [reverse(f"{name}_changelist"), reverse(f"{name}_add")]
        for row in model._default_manager.order_by("pk")[:2]:
            found += [reverse(f"{name}_change", args=[row.pk]), reverse(f"{name}_history", args=[row.pk])]
    return found


def pages(crawl: Crawl, most: int) -> None:
    starts = ["/", "/map/", "/counter/", "/broadcasts/", "/results/", "/me/", "/alarms/", "/privacy/consents/",
              "/privacy/reads/", "/mine/", f"/join/{crawl.scene.known['join_code']}/", "/api/docs/", "/offline/",
              f"/map/communities/{crawl.scene.known['willow']}/", "/map/list/?category=fridge"]  # fmt: skip
    for role in ROLES:
        crawl.follow(role, [*admin_pages(), *starts] if role == "root" else [*starts, *admin_pages()], most)


def tiles(crawl: Crawl, side: int) -> None:
    """Over the whole town, every zoom: what they hold is drawn at places' own points."""
    from geo.models import Community, Region
    from tests.mvt import read_tile

    known = {*Community.objects.values_list("pk", flat=True), *Region.objects.values_list("pk", flat=True)}
    for role in ROLES:
        for z in range(3, 17):
            x0, y0 = int(120.1 / 360 * 2**z + 2**z / 2), int(0.38956 * 2**z)
            for x in range(x0 - side // 2, x0 + side // 2 + 1):
                for y in range(y0 - side // 2, y0 + side // 2 + 1):
                    answer = crawl.ask(role, "GET", f"/api/tiles/{z}/{x}/{y}.mvt?category=fridge")
                    if answer.status_code != 200:
                        continue
                    for layer, features in read_tile(answer.content).items():
                        crawl.tiles += len(features)
                        strange = {feature.get("id") for feature in features} - known - {None}
                        if strange or layer not in LAYERS:
                            crawl.leaks[role, f"tile of zoom {z}", f"layer {layer}: a feature that is no place"] = 1


LAYERS = {"districts", "district_labels", "communities", "outlines", "left_out"}


def typed(crawl: Crawl, people: Sequence[Person]) -> None:
    """The pages and calls where a number or an e-mail address is typed in, as everybody."""
    join = f"/join/{crawl.scene.known['join_code']}/"
    for role in ROLES:
        for who in people:
            as_json: dict[str, Any] = {"content_type": "application/json"}
            crawl.ask(role, "POST", "/counter/", {"phone": who.phone, "reason": "counter"})
            crawl.ask(role, "POST", "/counter/", {"phone": who.phone, "reason": "counter"}, HTTP_HX_REQUEST="true")
            found = crawl.ask(role, "POST", "/api/lookups/", {"phone": who.phone, "reason": "counter"}, **as_json)
            _message(crawl, role, found)
            for why in ("request", "audit"):
                for typed_in in (who.phone, who.email):
                    crawl.ask(role, "POST", "/privacy/consents/", {"who": typed_in, "reason": why})
                    crawl.ask(role, "POST", "/privacy/reads/", {"who": typed_in, "why": why})
                for asked in ({}, {"copy": "full"}, {"copy": "full", "format": "json"}):
                    member = crawl.scene.known["members"][crawl.scene.people.index(who) % 20]
                    crawl.ask(role, "POST", "/privacy/reads/export/", {"member": member, "why": why, **asked})
                for_member = {"member": member, "reason": why}
                crawl.ask(role, "POST", "/privacy/copy/", for_member)
                crawl.ask(role, "POST", "/privacy/withdraw/", {**for_member, "channel": "0"})
                crawl.ask(role, "POST", "/privacy/object/", {**for_member, "objects": "yes"})
                # What was typed wrongly comes back nowhere
                crawl.ask(role, "POST", "/privacy/correct/", {**for_member, "surname": who.phone, "key": "x"})
                crawl.ask(role, "POST", "/privacy/correct/", {"member": who.phone, "reason": why, "surname": who.name})
            crawl.ask(role, "POST", join, {"surname": who.name, "title": "m", "phone": who.phone})
            crawl.ask(role, "GET", f"{join}code/")
            crawl.ask(role, "POST", "/mine/sign-in/", {"phone": who.phone})
            crawl.ask(role, "GET", "/mine/code/")
            crawl.ask(role, "POST", "/mine/code/", {"code": "000000"})


def _message(crawl: Crawl, role: str, found: Any) -> None:
    """A draft to the member who was looked up, and the message."""
    if found.status_code != 200 or not found.json().get("member"):
        return
    member = found.json()["member"]["id"]
    as_json: dict[str, Any] = {"content_type": "application/json"}
    crawl.ask(role, "POST", "/counter/draft/", {"member": member})
    draft = crawl.ask(role, "POST", "/api/drafts/", {"member": member}, **as_json)
    if draft.status_code == 200:
        told = draft.json()
        body = {name: told[name] for name in ("version", "channel", "category", "text")} | {"member": member}
        key = {"HTTP_IDEMPOTENCY_KEY": f"crawl-{member}"}
        for _ in range(2):
            crawl.ask(role, "POST", "/api/messages/", json.loads(json.dumps(body)), **as_json, **key)


def own_pages(crawl: Crawl) -> None:
    """A member's own pages hold nothing of another's, and of their own number the masked form."""
    from django.test import Client

    from members.actions.begin_member_session import begin_member_session
    from members.models import ContactPoint, Verification
    from members.phone import PhoneNumber

    who = crawl.scene.people[0]
    number = PhoneNumber.parse(who.phone)
    point = ContactPoint.objects.get(channel=1, bidx=number.bidx)
    secret = begin_member_session(
        member_id=point.member_id, verified=Verification(bidx=number.bidx, masked=f"{who.phone[:3]}****{who.phone[7:]}")
    )
    client = Client(raise_request_exception=False, SERVER_NAME="127.0.0.1")
    client.cookies["member"] = secret
    for address in ("", "my-data.json", "my-data.html", "details/", "erase/"):
        answer = client.get(f"/mine/{address}")
        demand("a member cannot see their own page", answer.status_code == 200)
        crawl.look("anonymous", f"/mine/{address}", answer, own=who)
    for address, fields in (("details/", {"search": "柳"}), ("details/", {"surname": "孙", "title": "m"}),
                            ("details/", {"community": str(crawl.scene.known["willow"])}),
                            ("consent/", {"withdraw": "1"}), ("consent/", {"profiling": "no"}),
                            ("consent/", {"profiling": "yes"})):  # fmt: skip
        crawl.look("anonymous", f"/mine/{address}", client.post(f"/mine/{address}", fields), own=who)


def brought(crawl: Crawl, folder: Path) -> None:
    """Files of people in the admin, through every state: their pages and the reports of refused rows."""
    from django.conf import settings
    from django.core.files.uploadedfile import SimpleUploadedFile

    from members.actions.work_on_import import work_on_import
    from members.models import FileImport

    settings.REPORT_DIR, settings.IMPORT_DIR = folder / "reports", folder / "imports"
    who = crawl.scene.people
    rows = "".join(f"{p.key},{p.phone},{p.name},{p.address},{p.house},{p.email}\n" for p in who[:5])
    bad = f"X1,{who[0].phone}9,{who[0].name},,,\nX1,{who[1].phone},{who[1].name},,,\nX1,{who[2].phone},,,,\n"
    head = "会员号,手机,姓名,地址,门牌,邮箱\n"
    purchases = f"key,手机,型号,bought_on\nS1,{who[0].phone},=cmd(),2020-05-06\nS2,{who[0].phone},HC-218,2099-05-06\n"
    consents = f"phone,channel,given,said_at\n{who[0].phone},sms,perhaps,2026-03-08\n{who[0].phone}1,sms,yes,x\n"
    files: Sequence[tuple[str, str, str]] = (
        ("members", f"{who[0].phone}.csv", head + rows + bad),
        (
            "members",
            f"{who[0].phone[:3]} {who[0].phone[3:7]} {who[0].phone[7:]} {who[0].email}.csv",
            f"{who[0].phone},{who[0].name}\n{who[1].phone},x\n",
        ),
        ("members", "broken.csv", head + f'"{who[0].phone}\n' * 3),
        ("members", "nothing.xlsx", rows),
        ("purchases", "p.csv", purchases),
        ("consents", "c.csv", consents),
    )
    for kind, name, text in files:
        add = f"/admin/members/fileimport/add/?kind={kind}"
        upload = {"file": SimpleUploadedFile(name, text.encode()), "system": "crm"}
        answer = crawl.ask("root", "POST", add, upload)
        demand(f"a file of {kind} was not taken", answer.status_code == 302)
        found = FileImport.objects.latest("id")
        address = f"/admin/members/fileimport/{found.pk}/change/"
        for do in ("check", "load", ""):
            crawl.ask("root", "GET", address)
            work_on_import(import_id=found.pk)
            found.refresh_from_db()
            answer = crawl.ask("root", "GET", address)
            form = (answer.context or {}).get("form")
            fields = {field: form[field].value() or "" for field in form.fields} if form else {}
            if do:
                crawl.ask("root", "POST", address, fields | {"do": do})
        crawl.ask("root", "GET", f"/admin/members/fileimport/{found.pk}/report/")
        if found.run_id:
            crawl.ask("root", "GET", f"/admin/geo/importrun/{found.run_id}/report/")
    for model in ("members/fileimport", "geo/importrun", "admin/logentry"):
        crawl.ask("root", "GET", f"/admin/{model}/")


def refusals(crawl: Crawl, people: Sequence[Person], roles: Sequence[str]) -> None:
    """Every route asked wrongly, with somebody's number in the path, the query, the body and the headers."""
    from tests.architecture.test_routes import ROUTES

    addresses = sorted({address for address in crawl.pages if not address.startswith(("/static/", "/admin/"))})
    demand("too few routes to ask wrongly", len(addresses) >= len(ROUTES) // 2)
    who = people[0]
    fields = ("phone", "who", "member", "q", "reason", "why", "code", "text", "employee_no", "employee", "category",
              "channel", "region", "name", "version", "next", "after", "surname", "copy")  # fmt: skip
    for role in roles:
        for address in addresses:
            for value in (who.phone, who.email):
                everything = dict.fromkeys(fields, value)
                # An address is repeated nowhere but where it leads back to after signing in
                crawl.ask(role, "POST", address, everything)
                crawl.ask(role, "POST", address, everything, content_type="application/json")
            crawl.ask(role, "PUT", address)
            crawl.ask(role, "POST", address, content_type="application/json", data=f'{{"phone": {who.phone}')
        for address in ("/nowhere/", "/api/nowhere/", "/admin/nowhere/"):
            crawl.ask(role, "GET", f"{address}{who.phone}/")
        crawl.ask(role, "GET", "/map/", HTTP_ACCEPT_LANGUAGE=who.phone, HTTP_HX_CURRENT_URL=f"/{who.phone}")
        crawl.ask("anonymous", "GET", "/map/", HTTP_COOKIE=f"sessionid={who.phone}; seen={who.email}")
        crawl.ask(role, "GET", f"/api/communities/?after={who.phone}&limit={who.phone}&category={who.phone}")
        crawl.ask(role, "GET", f"/map/search/?q={who.phone}")
        crawl.ask(role, "GET", f"/map/list/?after={who.phone}&category={who.phone}")


def questions(crawl: Crawl) -> None:
    """The forms and lists whose fields nothing above has filled in, as a person would."""
    member = crawl.scene.known["members"][0]
    officers, acts = {"member": member, "reason": "request"}, {"member": member, "channel": "SMS", "category": "fridge"}
    plan = {"category": "fridge", "min_level": "3", "channel": "SMS", "region": "", "key": "crawl-1", "of": "",
            "communities": "", "q": "柳", "version": "1", "begin": "now", "starts_at": "2026-12-01T10:00",
            "holdout": "10"}  # fmt: skip
    asked: Sequence[tuple[str, str, str, dict[str, str]]] = (
        ("mei", "GET", "/results/", {"by": "month", "of": "own"}),
        ("mei", "GET", "/results/people/", {"after": "1", "by": "month"}),
        ("alice", "GET", "/results/messages/", {"after": "1", "by": "week"}),
        ("mei", "GET", "/alarms/", {"after": "o5"}),
        ("mei", "GET", "/broadcasts/", {"after": "5"}),
        ("mei", "GET", "/broadcasts/new/", {"step": "whom", **plan}),
        ("mei", "POST", "/broadcasts/new/", {"step": "text", **plan}),
        ("mei", "GET", "/map/list/", {"category": "fridge", "after": "1"}),
        ("dana", "POST", "/privacy/correct/", {**officers, "search": "柳"}),
        ("dana", "POST", "/privacy/correct/", {**officers, "surname": "孙", "title": "m", "key": "crawl-2"}),
        ("dana", "POST", "/privacy/correct/", {**officers, "community": str(crawl.scene.known["willow"])}),
        ("dana", "POST", "/privacy/withdraw/", {**officers, "channel": "1", "key": "crawl-3"}),
        ("dana", "POST", "/privacy/community/", {"request": "1", "community": "1", "answer": "later"}),
        ("dana", "POST", "/privacy/erase/", {**officers, "word": "no"}),
        ("dana", "POST", "/privacy/consents/", {"who": member, "reason": "audit", "list": "entries", "after": "1"}),
        ("dana", "POST", "/privacy/reads/", {"employee": "alice", "store": "N1", "who": member, "why": "audit",
                                             "reason": "counter", "since": "2026-01-31", "until": "2026-01-31",
                                             "after": "5"}),
        ("alice", "POST", "/counter/draft/", acts),
        ("alice", "POST", "/counter/message/", {**acts, "version": "1", "text": "…", "key": "crawl-4", "ticket": "x"}),
    )  # fmt: skip
    for role, method, path, fields in asked:
        answer = crawl.ask(role, method, path, fields)
        demand(f"{path} knows {role} not", answer.status_code in (200, 302, 404, 422))
        names = frozenset(fields)
        crawl.taken.setdefault((f"{method} {path}", names), Taken(role, method, path, fields, {}))


def wrong_values(crawl: Crawl, values: Sequence[str]) -> int:
    """Each field of each question that got an answer, with what is no such value, the others as they were; how many."""
    made = 0
    for taken in list(crawl.taken.values()):
        if taken.method == "POST" and taken.path.startswith("/admin/"):
            continue  # Django's own forms judge these
        for name in taken.fields:
            for value in values:
                # A question may have ended the session
                client = crawl.clients[taken.role] = crawl._client(taken.role)
                if "member" in taken.cookies:
                    client.cookies["member"] = taken.cookies["member"]
                crawl.ask(taken.role, taken.method, taken.path, {**taken.fields, name: value})
                made += 1
    return made


def crashes(crawl: Crawl, people: Sequence[Person]) -> None:
    """A crash whose message holds everything, in a page and in the API; no counter, no look-ups left."""
    from django.conf import settings

    who = people[0]

    def crash(*args: Any, **more: Any) -> Any:
        raise ZeroDivisionError(f"{who.phone} {who.name} {who.email} {who.house}")

    asked = {"phone": who.phone, "reason": "counter"}
    crawl.crashing = True
    for target in ("outreach.pages.counter.look_up_member", "outreach.api.lookups.look_up_member"):
        with mock.patch(target, crash):
            for role in ROLES:
                crawl.ask(role, "POST", "/counter/", asked)
                crawl.ask(role, "POST", "/api/lookups/", asked, content_type="application/json")
    crawl.crashing = False
    with _setting("LOOKUP_LIMITS", ["1/d"]):
        for role in ROLES:
            for _ in range(2):
                crawl.ask(role, "POST", "/counter/", asked)
                crawl.ask(role, "POST", "/api/lookups/", asked, content_type="application/json")
    away = {**settings.CACHES["limits"], "LOCATION": "unix:///nowhere/redis.sock"}
    with mock.patch.dict(settings.CACHES, {"limits": away}):
        for role in ROLES:
            crawl.ask(role, "POST", "/counter/", asked)
            crawl.ask(role, "POST", "/api/lookups/", asked, content_type="application/json")
            crawl.ask(role, "POST", "/sign-in/", {"employee_no": who.phone, "password": who.email})


@contextmanager
def _setting(name: str, value: object) -> Iterator[None]:
    from django.conf import settings

    before = getattr(settings, name)
    setattr(settings, name, value)
    try:
        yield
    finally:
        setattr(settings, name, before)


# --- Planted leaks --------------------------------------------------------------------------------------------------


def planted(scene: Scene, needles: Needles) -> None:
    """Each kind of leak in one place, asked for as above: it must be seen."""
    from django.contrib import admin, messages
    from django.http import HttpResponse

    from members.errors import NotAPhoneNumber
    from outreach.pages import counter as page
    from salesapp.staff.models import AccessEntry

    who = scene.people[0]
    asked = {"phone": who.phone, "reason": "counter"}
    portrait = page._portrait

    def in_portrait(name: str, value: str) -> Any:
        return mock.patch.object(page, "_portrait", lambda found: {**portrait(found), name: value})

    def answering(change: Callable[[Any, HttpResponse], None]) -> Any:
        from django.shortcuts import render as real

        def render(request: Any, *args: Any, **more: Any) -> HttpResponse:
            answer = real(request, *args, **more)
            change(request, answer)
            return answer

        return mock.patch.object(page, "render", render)

    def to_counter(crawl: Crawl) -> None:
        crawl.ask("alice", "POST", "/counter/", asked)

    def header(request: Any, answer: HttpResponse) -> None:
        answer["X-Who"] = who.phone

    def redirect(request: Any, answer: HttpResponse) -> None:
        answer["Location"] = "/?who=" + who.email.replace("@", "%40")

    def cookie(request: Any, answer: HttpResponse) -> None:
        messages.info(request, who.name)
        answer.set_cookie("seen", base64.urlsafe_b64encode(who.phone.encode()).decode())

    def point(request: Any, answer: HttpResponse) -> None:
        answer.content += b'<a data-at="120.10712,36.30489">'

    def shown(self: Any, entry: Any) -> str:
        return who.phone

    bugs: Sequence[tuple[str, str, Any, Callable[[Crawl], None]]] = (
        ("a full name in the portrait", "a name", in_portrait("title", who.name), to_counter),
        ("a number in groups in a page", "a number",
         answering(lambda request, answer: setattr(answer, "content", answer.content + b" 164-" + (
             f"{who.phone[3:7]}-{who.phone[7:]}".encode()))), to_counter),
        ("a door, written as entities", "a door",
         answering(lambda request, answer: setattr(answer, "content", answer.content + "".join(
             f"&#{ord(letter)};" for letter in who.house).encode())), to_counter),
        ("a number in a header", "a number", answering(header), to_counter),
        ("an e-mail address in a redirect", "an e-mail address", answering(redirect), to_counter),
        ("a number in a cookie", "a number", answering(cookie), to_counter),
        ("a point beside the community's", "a point that no place has", answering(point), to_counter),
        ("a name in an export", "a name", mock.patch("outreach.pages.reads._csv", return_value=f"1,{who.name}\n"),
         lambda crawl: crawl.ask("dana", "POST", "/privacy/reads/export/",
                                 {"member": scene.known["members"][0], "why": "audit"})),
        ("a name in a copy for a member", "a name",
         mock.patch("outreach.pages.for_member.copy_for_member", return_value={"surname": who.name}),
         lambda crawl: crawl.ask("dana", "POST", "/privacy/copy/",
                                 {"member": scene.known["members"][0], "reason": "request"})),
        ("a number in a page of the admin", "a number",
         mock.patch.object(type(admin.site._registry[AccessEntry]), "member", shown),
         lambda crawl: crawl.follow("root", ["/admin/staff/accessentry/"], 10)),
        ("a number in an error of the API", "a number",
         mock.patch("salesapp.errors.problem", lambda kind, **more: HttpResponse(who.phone, status=kind.status)),
         lambda crawl: crawl.ask("alice", "GET", "/api/communities/?limit=x")),
    )  # fmt: skip
    for bug, kind, plant, ask in bugs:
        twin = Crawl(scene, needles)
        ask(twin)
        demand(f"seen before it is planted: {bug}", not twin.leaks)
        with ExitStack() as stack:
            stack.enter_context(plant)
            ask(twin)
        kinds = {what for _, _, what in twin.leaks}
        demand(f"planted, and not seen: {bug}; found {kinds}", kind in kinds)
        line(f"planted: {bug}", f"seen: {kind}")
    twin = Crawl(scene, needles)
    to_counter(twin)

    def refuse(phone: str, **_: object) -> Any:
        raise ValueError if "\0" in phone else NotAPhoneNumber

    with mock.patch.object(page, "look_up_member", refuse):
        wrong_values(twin, SHORT.wrong)
    demand("planted, and not seen: a value that crashes", twin.errors == {"POST /counter/": 1})
    line("planted: a value that crashes a page", "seen: a server's error")


# --- All of it ------------------------------------------------------------------------------------------------------


def _places() -> list[tuple[float, float]]:
    """Every point that a place has, in every system that it is told in."""
    from geo.crs import Crs, convert
    from geo.models import Community, Region
    from salesapp.staff.models import Store

    found: list[tuple[float, float]] = []
    for point in Community.objects.exclude(point=None).values_list("point", flat=True):
        for to in (Crs.WGS84, Crs.GCJ02, Crs.BD09):
            at = _degrees(point)
            lon, lat = convert(at.x, at.y, Crs.WGS84, to)
            found.append((float(lon), float(lat)))
    for region in Region.objects.all():
        for shape in (region.boundary, region.boundary_display, region.centre_display):
            if shape is not None:
                west, south, east, north = _degrees(shape).extent
                found += [(west, south), (east, north)]
    found += [_degrees(store.point).coords for store in Store.objects.exclude(point=None)]
    return found


def _degrees(shape: Any) -> Any:
    return shape if shape.srid == 4326 else shape.transform(4326, clone=True)


def run(size: Size) -> None:
    import django

    django.setup()
    from django.conf import settings
    from django.contrib import admin

    from salesapp.staff.models import AccessEntry
    from tests.admin_rows import fill, listed

    logging.disable(logging.CRITICAL)
    usual_settings()
    settings.WHITENOISE_AUTOREFRESH = settings.WHITENOISE_USE_FINDERS = True
    no_limits()
    counters = own_counters()
    with tempfile.TemporaryDirectory() as folder:
        try:
            scene = build_scene()
            for model in listed():
                # A row of every list of the admin; more than a page in the long form
                if not model._default_manager.exists():
                    fill(model, 1 if size is SHORT else 60)
            _guard_all()
            needles = Needles(scene.people, _places())
            crawl = Crawl(scene, needles)
            people = scene.people[: size.people]
            typed(crawl, people)
            brought(crawl, Path(folder))
            pages(crawl, size.pages)
            tiles(crawl, size.tiles)
            own_pages(crawl)
            refusals(crawl, people, ROLES if size is LONG else ("anonymous", "mei", "dana"))
            crashes(crawl, people)
            routes(crawl)
            questions(crawl)
            made = wrong_values(crawl, size.wrong)
            line("fields with a wrong value", f"{made:,} of {len(crawl.taken)} kinds of questions")
            demand("too few fields with a wrong value", made >= 80 * len(size.wrong))
            _judge(crawl, size)
            demand("too few look-ups on record", AccessEntry.objects.count() > 20 + 3 * size.people)
            demand("a page of the admin was not opened", set(admin_pages()[:60]) <= crawl.pages | _adds(admin))
            planted(scene, needles)
        finally:
            forget_counters(counters)


def _guard_all() -> None:
    """Rows of the ledger that stand for no real message get the guards that a claim would have made."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "insert into outreach_contactguard (member_id, blocked_until, fence, last_no)"
            " select member_id, now() - interval '1 day', max(no), max(no) from outreach_message group by member_id"
            " on conflict do nothing"
        )


def _adds(admin: Any) -> set[str]:
    return {page for page in admin_pages() if page.endswith("/add/")}


def _judge(crawl: Crawl, size: Size) -> None:
    line("answers searched", f"{sum(crawl.answers.values()):,}")
    line("    by role", ", ".join(f"{role} {count:,}" for role, count in crawl.answers.items()))
    line("    by status", ", ".join(f"{status} {count:,}" for status, count in sorted(crawl.statuses.items())))
    line("addresses", f"{len(crawl.pages):,}")
    line("features in tiles", f"{crawl.tiles:,}")
    line("masked numbers shown, answers with a surname", f"{crawl.masked:,}, {crawl.surnames:,}")
    for (role, where, what), times in crawl.leaks.items():
        print(f"!!! {what} as {role}: {where}, {times} times")
    line("leaks", len(crawl.leaks))
    for what, times in crawl.errors.items():
        print(f"!!! a server's error: {what}, {times} times")
    demand("a page crashed", not crawl.errors)
    demand("an answer holds what staff must not read", not crawl.leaks)
    demand("a role asked too little", min(crawl.answers[role] for role in ROLES) >= 300)
    demand(
        "too few kinds of answers", {200, 302, 400, 401, 403, 404, 405, 415, 422, 429, 500, 503} <= set(crawl.statuses)
    )
    demand("nobody was seen at all", crawl.masked >= 2 * size.people and crawl.surnames >= 2 * size.people)
    demand("too little in the tiles", crawl.tiles >= 20)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.attack.crawl", description=__doc__)
    parser.add_argument("--short", action="store_true", help="the form that CI runs")
    asked = parser.parse_args()
    with scratch_database("crawl"):
        return verdict(lambda: run(SHORT if asked.short else LONG))


if __name__ == "__main__":
    sys.exit(main())
