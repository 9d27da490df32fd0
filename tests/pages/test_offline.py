"""Without network: what opens, what is said, what is kept, and what a phone forgets."""

import json
from typing import Any

import pytest
from playwright.sync_api import Error

from members.models import Category, Member
from outreach.models import Message, MessageText
from salesapp.staff.models import Employee
from tests.conftest import Town
from tests.pages.conftest import OpenPhone, Phone
from tests.pages.test_counter import SUN, look_up, sun  # noqa: F401 - the fixture
from tests.pages.test_map import MAP, fridge, settle  # noqa: F401 - the fixture
from tests.pages.test_message import begin, customer, tap  # noqa: F401 - the fixture

pytestmark = pytest.mark.browser

TEXT = "孙先生您好，您看的冰箱到货了。"
# Everything a browser keeps for a page: names and contents
INVENTORY = """async () => {
  const found = { caches: {}, databases: {}, local: { ...localStorage }, session: { ...sessionStorage } };
  for (const name of await caches.keys()) {
    found.caches[name] = (await (await caches.open(name)).keys()).map((request) => new URL(request.url).pathname);
  }
  for (const { name } of await indexedDB.databases()) {
    const database = await new Promise((resolve) => {
      indexedDB.open(name).onsuccess = (event) => resolve(event.target.result);
    });
    found.databases[name] = {};
    for (const store of database.objectStoreNames) {
      found.databases[name][store] = await new Promise((resolve) => {
        database.transaction(store).objectStore(store).getAll().onsuccess = (event) => resolve(event.target.result);
      });
    }
    database.close();
  }
  return found;
}"""


@pytest.fixture
def phone(open_phone: OpenPhone) -> Phone:
    return open_phone(service_workers="allow")


def served(phone: Phone) -> None:
    """Wait for the service worker, and until it has what the page had loaded before it."""
    phone.page.evaluate("() => navigator.serviceWorker.ready.then(() => true)")
    phone.until("navigator.serviceWorker.controller")


def inventory(phone: Phone) -> dict[str, Any]:
    found: dict[str, Any] = phone.page.evaluate(INVENTORY)
    return found


def cut(phone: Phone, *, away: bool = True) -> None:
    phone.page.context.set_offline(away)


def test_the_last_map_opens_without_network(phone: Phone, mei: Employee, town: Town, fridge: Category) -> None:  # noqa: F811
    phone.sign_in("mei")
    settle(phone)
    served(phone)
    phone.page.wait_for_timeout(1500)
    print(json.dumps(inventory(phone), ensure_ascii=False, indent=1))
    cut(phone)
    phone.open("/map/")
    settle(phone)
    assert phone.page.inner_text(".place") == "垂柳新村"
    phone.screenshot("offline-map")
