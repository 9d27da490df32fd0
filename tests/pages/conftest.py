"""A phone: Debian's Chromium, 390 × 844 at 2 ×, with touch, against the test server.

Playwright's blocking interface keeps an event loop running in this thread, and Django refuses its ORM there
unless told otherwise; so that is said while the browser lives, and nowhere else.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from django.conf import settings
from django.core.cache import caches
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Error, Page, Request, Response, sync_playwright
from pytest_django.live_server_helper import LiveServer

from members.queries.catalogue import forget_catalogue
from outreach.queries import tiles
from tests.conftest import PASSWORD
from tests.pages.chromium import ARGUMENTS, CHROMIUM

AXE = Path(settings.BASE_DIR) / "node_modules" / "axe-core" / "axe.min.js"
# Evaluated by the debugger, whom the policy lets
RUN_AXE = """async () => {
  const { passes, violations } = await axe.run(document, { resultTypes: ["violations"] });
  if (!passes.length) throw new Error("axe judged nothing");
  return violations.filter(({ impact }) => impact === "serious" || impact === "critical")
    .flatMap(({ id, nodes }) => nodes.map(({ html, failureSummary }) =>
      `${id}: ${html.slice(0, 160)}: ${failureSummary.replace(/\\s+/g, " ")}`));
}"""
REPORT_VIOLATIONS = """
document.addEventListener("securitypolicyviolation", (event) =>
  console.error(`policy: ${event.violatedDirective} ${event.blockedURI}`));
"""


@dataclass
class Phone:
    """One browser window, and all that it had to complain about."""

    page: Page
    server: str
    complaints: list[str] = field(default_factory=list)
    refused: list[tuple[str, int]] = field(default_factory=list)  # (path, status) of answers from 400 up
    sent: list[Request] = field(default_factory=list)
    also_asks: list[str] = field(default_factory=list)  # origins that it may ask beside the test server

    def open(self, path: str) -> None:
        """Go to a page. A page that a tap has just begun to open may take its place: then it is asked for again."""
        for last in (False, False, True):
            try:
                self.page.goto(self.server + path)
                return
            except Error as gone:
                overtaken = "net::ERR_ABORTED" in gone.message or "interrupted by another" in gone.message
                if last or not overtaken:
                    raise
                self.page.wait_for_load_state()

    def sign_in(self, employee_no: str) -> None:
        self.open("/sign-in/")
        self.page.fill("[name=employee_no]", employee_no)
        self.page.fill("[name=password]", PASSWORD)
        self.page.click("form.card button")
        self.page.wait_for_selector("nav.tabs")
        self.page.wait_for_load_state()  # its scripts have run

    def choose(self, name: str, value: str) -> None:
        """One of the buttons in a row, whose input lies unseen over its word."""
        self.page.locator(f"[name={name}][value='{value}']").first.check(force=True)

    def until(self, condition: str) -> None:
        """Wait for a JavaScript expression. (Playwright's own wait needs eval, which the policy forbids.)"""
        for _ in range(600):
            with suppress(Error):  # the page is being left: the next one is asked
                if self.page.evaluate(f"() => Boolean({condition})"):
                    return
            self.page.wait_for_timeout(100)
        raise AssertionError(f"never came true: {condition}")

    def wait_for_htmx(self) -> None:
        """What it puts in can be seen a moment before its attributes and the address are right."""
        self.until("!document.querySelector('.htmx-request, .htmx-swapping, .htmx-settling')")

    def screenshot(self, name: str) -> None:
        folder = Path(settings.BASE_DIR) / "test-artefacts"
        folder.mkdir(exist_ok=True)
        self.page.screenshot(path=folder / f"{name}.png")

    def axe(self) -> list[str]:
        """What axe finds serious or critical on the page as it is now: the rule, the element and why."""
        self.page.evaluate(AXE.read_text())
        found: list[str] = self.page.evaluate(RUN_AXE)
        return found

    def sideways(self) -> int:
        """How many pixels the page is wider than the screen."""
        # A page that is too wide makes the window of a phone as wide as itself: its screen stays what it is
        wider: int = self.page.evaluate(
            "() => document.documentElement.scrollWidth - Math.min(window.innerWidth, screen.width)"
        )
        return wider

    def _hear(self, message: ConsoleMessage) -> None:
        # A refused answer is in `refused`, with its status
        expected = message.text.startswith(("Failed to load resource", "Service Worker registration blocked"))
        if message.type in ("error", "warning") and not expected:
            self.complaints.append(message.text)

    def _see(self, response: Response) -> None:
        if response.status >= 400:
            self.refused.append((response.url.removeprefix(self.server).split("?")[0], response.status))


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("no Chromium here: the browser tests need Debian's package chromium")
    before = os.environ.get("DJANGO_ALLOW_ASYNC_UNSAFE")
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
            yield browser
            browser.close()
    finally:
        if before is None:
            del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture(autouse=True)
def _nothing_kept(request: pytest.FixtureRequest) -> None:
    for name in ("limits", "tiles"):
        caches[name].clear()
    forget_catalogue()
    tiles._Version.read_at = float("-inf")


OpenPhone = Callable[..., Phone]


@pytest.fixture
def open_phone(chromium: Browser, live_server: LiveServer) -> Iterator[OpenPhone]:
    """Opens windows (``locale="en-US"``, ``viewport=…``); afterwards none may have complained or gone elsewhere."""
    contexts: list[BrowserContext] = []
    phones: list[Phone] = []

    def _open(**differently: object) -> Phone:
        usual: dict[str, object] = {
            "viewport": {"width": 390, "height": 844}, "device_scale_factor": 2, "is_mobile": True, "has_touch": True,
            "locale": "zh-CN", "service_workers": "block",
        }  # fmt: skip
        context = chromium.new_context(**(usual | differently))  # type: ignore[arg-type]
        contexts.append(context)
        context.add_init_script(REPORT_VIOLATIONS)
        phone = Phone(context.new_page(), live_server.url)
        phones.append(phone)
        phone.page.on("console", phone._hear)
        phone.page.on("pageerror", lambda error: phone.complaints.append(str(error)))
        phone.page.on("response", phone._see)
        phone.page.on("request", lambda request: phone.sent.append(request))
        return phone

    yield _open
    for context in contexts:
        context.close()
    for phone in phones:
        assert phone.complaints == []
        assert phone.sent, "the phone asked for nothing, so the test saw nothing"
        known = (phone.server, "data:", "blob:", *phone.also_asks)
        elsewhere = [r.url for r in phone.sent if not r.url.startswith(known)]
        assert elsewhere == []


@pytest.fixture
def phone(open_phone: OpenPhone) -> Phone:
    return open_phone()
