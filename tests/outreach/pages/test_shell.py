import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from django.test import Client
from pytest_django import Settings

from outreach.pages import shell
from outreach.phone_owner import phone_owner
from salesapp.staff.models import Employee

PagesOf = Callable[[Employee], Client]


@pytest.fixture(autouse=True)
def _read_anew() -> None:
    shell._shell.cache_clear()


def script() -> str:
    return Client().get("/service-worker.js").content.decode()


def fetch(address: str) -> bytes:
    if not address.startswith("/static/"):
        return Client().get(address).content
    file = finders.find(address.removeprefix("/static/"))
    assert file, address
    return Path(file).read_bytes()


def listed(name: str, text: str) -> list[str]:
    found = re.search(rf"^const {name} = (.*);$", text, re.MULTILINE)
    assert found
    addresses: list[str] = json.loads(found[1])
    return addresses


# --- The service worker ---------------------------------------------------------------------------------------


def test_the_service_worker_serves_the_whole_site_and_may_ask_this_server_alone() -> None:
    answer = Client().get("/service-worker.js")
    assert answer["Content-Type"] == "text/javascript"
    assert answer["Cache-Control"] == "no-cache"
    assert answer["Content-Security-Policy"] == "default-src 'none'; connect-src 'self'"


def test_it_names_every_file_of_the_shell_and_each_is_there() -> None:
    text = script()
    addresses = listed("PAGES", text) + listed("AT_ONCE", text) + listed("ONCE_USED", text)
    assert {"/offline/", "/signed-out/", "/static/phone/app.css", "/static/phone/drafts.js"} <= set(addresses)
    assert "/static/vendor/maplibre-gl-csp-worker.js" in addresses
    for address in addresses:
        assert fetch(address), address


def test_a_deploy_replaces_it(monkeypatch: pytest.MonkeyPatch) -> None:
    before = script()
    assert script() == before
    shell._shell.cache_clear()
    monkeypatch.setattr("outreach.pages.shell.static", lambda name: f"/static/{name}?changed")
    after = script()
    version = re.compile(r'"shell (\w+)"')
    assert version.findall(before) != version.findall(after)


def test_it_holds_nothing_of_who_asks_for_it(alice: Employee, pages_of: PagesOf) -> None:
    assert pages_of(alice).get("/service-worker.js").content.decode() == script()


# --- The manifest ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("language", "name"), [("zh-hans", "销售助手"), ("en", "Field sales")])
def test_the_manifest_names_the_app_in_its_language(language: str, name: str) -> None:
    answer = Client(headers={"Accept-Language": "fr"}).get(f"/manifest/{language}.webmanifest")
    assert answer["Content-Type"] == "application/manifest+json"
    found = answer.json()
    assert (found["lang"], found["display"], found["start_url"], found["scope"]) == (language, "standalone", "/", "/")
    assert found["name"] == name
    assert "orientation" not in found  # a phone that is fixed to a wheelchair cannot be turned
    assert {(icon["sizes"], icon["purpose"]) for icon in found["icons"]} == {
        ("192x192", "any"), ("512x512", "any"), ("512x512", "maskable"),
    }  # fmt: skip
    for icon in found["icons"]:
        picture = fetch(icon["src"])
        assert picture[:8] == b"\x89PNG\r\n\x1a\n"
        assert int.from_bytes(picture[16:20], "big") == int(icon["sizes"].split("x")[0])


def test_there_is_no_manifest_in_another_language() -> None:
    assert Client().get("/manifest/fr.webmanifest").status_code == 404


def test_every_page_names_the_manifest_of_its_language(alice: Employee, pages_of: PagesOf) -> None:
    assert 'rel="manifest" href="/manifest/zh-hans.webmanifest"' in pages_of(alice).get("/me/").content.decode()
    page = Client(headers={"Accept-Language": "en"}).get("/sign-in/").content.decode()
    assert 'rel="manifest" href="/manifest/en.webmanifest"' in page


# --- Pages that need no network -------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/offline/", "/signed-out/"])
def test_they_hold_every_language_and_nothing_of_the_reader(alice: Employee, pages_of: PagesOf, path: str) -> None:
    page = pages_of(alice).get(path).content.decode()
    assert page == Client(headers={"Accept-Language": "en"}).get(path).content.decode()
    assert page.count("data-language") == 2
    assert "alice" not in page
    assert phone_owner(alice) not in page


def test_a_page_that_is_kept_brings_the_token_that_a_late_sign_out_needs() -> None:
    client = Client(enforce_csrf_checks=True)
    assert client.post("/sign-out/").status_code == 403
    token = client.get("/signed-out/").cookies["csrftoken"].value
    answer = client.post("/sign-out/", headers={"X-CSRFToken": token, "Accept": "application/json"})
    assert answer.status_code == 204


# --- What a page tells the phone ------------------------------------------------------------------------------


def test_the_phone_is_told_whose_it_is_without_a_name(
    alice: Employee, bob: Employee, dana: Employee, pages_of: PagesOf, settings: Settings
) -> None:
    page = pages_of(alice).get("/me/").content.decode()
    head = page[: page.index("<head>")]
    assert f'data-owner="{phone_owner(alice)}"' in head
    assert 'data-idle="300"' in page
    assert 'data-seal="' in head
    assert "alice" not in head
    assert phone_owner(alice) not in (phone_owner(bob), phone_owner(dana))
    assert phone_owner(alice) == phone_owner(Employee.objects.get(pk=alice.pk))


def test_who_writes_to_nobody_has_nothing_to_seal(dana: Employee, pages_of: PagesOf) -> None:
    page = pages_of(dana).get("/me/").content.decode()
    assert "data-seal" not in page
    assert "drafts.js" not in page


def test_before_the_sign_in_there_is_no_owner(db: None) -> None:
    assert "data-owner" not in Client().get("/sign-in/").content.decode()


def test_only_the_map_may_be_kept(alice: Employee, pages_of: PagesOf) -> None:
    client = pages_of(alice)
    answer = client.get("/map/")
    assert answer["X-Kept-For"] == phone_owner(alice)
    assert answer["Cache-Control"] == "private, no-cache"
    assert "alice" not in answer.content.decode()
    for path in ("/counter/", "/me/", "/map/list/", "/", "/api/me/", "/api/regions/"):
        answer = client.get(path)
        assert "X-Kept-For" not in answer.headers
        assert "no-store" in answer["Cache-Control"], path
