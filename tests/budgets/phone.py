"""The phone: one cold browser window for each measurement, and what is measured in it."""

import statistics
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from playwright.sync_api import Browser, CDPSession, Page

from tests.bench.database import BenchFailed
from tests.bench.table import Figure
from tests.budgets.line import Line

SLOWER = 4  # the page's thread
ROUNDS = 5
MAP = "document.getElementById('map').salesappMap"
# The first moment at which the map stands still and shows districts or communities
WATCH_THE_MAP = """
(() => {
  const shows = (map) => map.queryRenderedFeatures(
    { layers: ["district-fill", "community"].filter((layer) => map.getLayer(layer)) }).length > 0;
  const watch = () => {
    const element = document.getElementById("map");
    const map = element && element.salesappMap;
    if (!map) { requestAnimationFrame(watch); return; }
    const look = () => {
      if (!shows(map)) { map.once("idle", look); return; }
      window.interactiveAt = performance.now();
    };
    map.once("idle", look);
  };
  watch();
})();
"""
WATCH_TASKS = """() => {
  window.tasks = [];
  new PerformanceObserver((list) => window.tasks.push(...list.getEntries().map((entry) => entry.duration)))
    .observe({ type: "longtask" });
}"""
# From the loss to the first moment at which a map stands still and shows communities again
LOSE = f"""() => new Promise((done) => {{
  const began = performance.now();
  const watch = () => {{
    const map = {MAP};
    const shows = document.getElementById("instead").hidden && map.style && map.loaded()
      && map.queryRenderedFeatures({{ layers: ["community"] }}).length;
    if (shows) done(performance.now() - began); else requestAnimationFrame(watch);
  }};
  document.querySelector("#map canvas").getContext("webgl2").getExtension("WEBGL_lose_context").loseContext();
  requestAnimationFrame(watch);
}})"""
# When the reader last did something, and when the portrait stood on the screen
WATCH_THE_COUNTER = """() => {
  for (const name of ["keydown", "pointerup"]) {
    addEventListener(name, () => { window.actedAt = performance.now(); }, { capture: true });
  }
  const watch = () => {
    const portrait = document.querySelector(".portrait");
    if (portrait && portrait.getBoundingClientRect().height) window.portraitAt = performance.now();
    else requestAnimationFrame(watch);
  };
  watch();
}"""


@dataclass(frozen=True, slots=True)
class Phone:
    browser: Browser
    line: Line
    sessions: dict[str, str]  # cookies by employee number

    @contextmanager
    def window(self, employee_no: str) -> Iterator[tuple[Page, CDPSession]]:
        """A cold one, signed in, slowed."""
        context = self.browser.new_context(
            viewport={"width": 390, "height": 844}, device_scale_factor=2, is_mobile=True, has_touch=True,
            locale="zh-CN",
        )  # fmt: skip
        context.add_cookies([{"name": "sessionid", "value": self.sessions[employee_no], "url": self.line.address}])
        page = context.new_page()
        cdp = context.new_cdp_session(page)
        cdp.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
        try:
            yield page, cdp
        finally:
            context.close()

    def first_load(self, employee_no: str, who: str) -> list[Figure]:
        seconds, kilobytes = [], []
        for _ in range(ROUNDS):
            before = self.line.down.passed
            with self.window(employee_no) as (page, _cdp):
                page.add_init_script(WATCH_THE_MAP)
                page.goto(f"{self.line.address}/map/", wait_until="commit")
                seconds.append(_wait(page, "window.interactiveAt") / 1000)
                page.wait_for_timeout(1500)
                kilobytes.append((self.line.down.passed - before) / 1000)
        return [
            Figure(f"map interactive, {who}, cold", statistics.median(seconds), "s", bar=3,
                   floor_is=f"slowest of {ROUNDS}: {max(seconds):.2f} s"),
            Figure(f"transferred on first load, {who}", max(kilobytes), "kB", bar=600),
        ]  # fmt: skip

    def panning(self) -> list[Figure]:
        """Drags across the town, where districts, many communities and few are shown."""
        longest, count = 0.0, 0
        with self.window("lin") as (page, cdp):
            page.goto(f"{self.line.address}/map/")
            for zoom in (9.5, 11.3, 12.5, 14):
                page.evaluate(f"() => {{ {MAP}.setZoom({zoom}); }}")
                _settle(page)
                page.evaluate(WATCH_TASKS)
                for way in ((-1, 0), (0, -1), (1, 0), (0, 1), (-1, -1), (1, 1)):
                    _drag(page, cdp, way)
                _settle(page)
                tasks: list[float] = page.evaluate("() => window.tasks")
                longest, count = max([longest, *tasks]), count + sum(task > 200 for task in tasks)
        return [
            Figure("tasks over 200 ms while panning", count, "", bar=0, floor_is=f"longest: {longest:.0f} ms"),
        ]

    def lost_drawing(self) -> list[Figure]:
        seconds = []
        for _ in range(ROUNDS):
            with self.window("mei") as (page, _cdp):
                page.goto(f"{self.line.address}/map/")
                _settle(page)
                page.evaluate(f"() => {{ {MAP}.setZoom(13); }}")
                _settle(page)
                seconds.append(float(page.evaluate(LOSE)) / 1000)
        return [Figure("lost drawing made anew", max(seconds), "s", bar=1, floor_is=f"slowest of {ROUNDS}")]

    def look_up(self, number: str) -> list[Figure]:
        milliseconds = []
        for _ in range(ROUNDS + 1):
            with self.window("alice") as (page, _cdp):
                page.goto(f"{self.line.address}/counter/", wait_until="networkidle")
                page.evaluate(WATCH_THE_COUNTER)
                page.focus("[name=phone]")
                page.keyboard.type(number, delay=60)
                portrait = _wait(page, "window.portraitAt")
                milliseconds.append(portrait - float(page.evaluate("() => window.actedAt")))
        milliseconds = milliseconds[1:]  # the first look-up of a server prepares its statements
        return [
            Figure("look-up, last digit to portrait", statistics.median(milliseconds), "ms", bar=500,
                   floor_is=f"slowest of {ROUNDS}: {max(milliseconds):.0f} ms"),
        ]  # fmt: skip


def _wait(page: Page, moment: str) -> float:
    """The value once it is there. (Playwright's own wait needs eval, which the policy forbids.)"""
    for _ in range(600):
        value = page.evaluate(f"() => {moment} || 0")
        if value:
            return float(value)
        page.wait_for_timeout(50)
    raise BenchFailed(f"never came: {moment}")


def _settle(page: Page) -> None:
    _wait(page, f"Number(Boolean(document.getElementById('map') && {MAP} && {MAP}.loaded() && !{MAP}.isMoving()))")
    page.wait_for_timeout(400)


def _drag(page: Page, cdp: CDPSession, way: tuple[int, int]) -> None:
    """One finger, 200 pixels in a third of a second."""
    at = [{"x": 195 + 200 * way[0] * step / 20, "y": 420 + 200 * way[1] * step / 20} for step in range(21)]
    cdp.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [at[0]]})
    for point in at[1:]:
        cdp.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [point]})
        page.wait_for_timeout(16)
    cdp.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    page.wait_for_timeout(700)
