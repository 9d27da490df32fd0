"""Look-ups that look like harvesting: what raises an alarm, what it stops, and who lets them go on."""

import re
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, Settings

from members.phone import PhoneNumber
from salesapp.staff.actions.allow_look_up import allow_look_up
from salesapp.staff.actions.decide_alarm import decide_alarm
from salesapp.staff.actions.disable_employee import disable_employee
from salesapp.staff.actions.reinstate_employee import reinstate_employee
from salesapp.staff.actions.seal_access_log import seal_access_log
from salesapp.staff.errors import AlarmDecided, LookUpsHeld, OwnAlarm, ReasonRefused, TooManyRequests
from salesapp.staff.harvest import EVERY, SPAN_DAYS, Figures, Rule, Thresholds, alarm, thresholds
from salesapp.staff.models import AccessEntry, Employee, HarvestAlarm, HarvestDecision
from salesapp.staff.permissions import PERMISSIONS, Permission, Role
from salesapp.staff.queries.alarms import open_alarms, visible_alarms, who_decides
from salesapp.staff.queries.look_up_figures import days_of_alarm, look_up_figures

NOON = timezone.make_aware(datetime(2026, 11, 18, 12))
MIDNIGHT = timezone.make_aware(datetime(2026, 11, 19, 0, 30))
CALM = Figures(numbers=60, nobody=20, nearest=2, today=60, night=0)


@pytest.mark.parametrize(
    ("seen", "rule"),
    [
        (CALM, None),
        (Figures(60, 44, 9, 79, 14, own=1.0, peers=1.0), None),
        (Figures(60, 45, 0, 60, 0), Rule.MISSES),
        (Figures(59, 59, 0, 59, 0), None),
        (Figures(10, 0, 10, 10, 0), Rule.NEAR),
        (Figures(20, 0, 0, 20, 15), Rule.NIGHT),
        (Figures(60, 0, 0, 80, 0, own=19.9), Rule.HABIT),
        (Figures(60, 0, 0, 80, 0, own=20.0), None),
        (Figures(60, 0, 0, 80, 0, own=10.0, rush=1.9), Rule.HABIT),
        (Figures(60, 0, 0, 80, 0, own=10.0, rush=2.0), None),
        (Figures(60, 0, 0, 80, 0, peers=9.9), Rule.PEERS),
        (Figures(60, 0, 0, 80, 0, peers=10.0), None),
        (Figures(60, 0, 0, 80, 0, peers=9.9, rush=1.1), None),
        (Figures(60, 30, 9, 60, 0, strangers=190, known=200), Rule.STRANGERS),
        (Figures(60, 30, 9, 60, 0, strangers=189, known=200), None),
        (Figures(60, 30, 9, 60, 0, strangers=100), Rule.STRANGERS),
        # On a day without colleagues to compare with, and in any week
        (Figures(60, 0, 0, 200, 0), Rule.VOLUME),
        (Figures(60, 0, 0, 119, 0), None),
        (Figures(60, 0, 0, 120, 0, own=60.0), Rule.VOLUME),
        (Figures(60, 0, 0, 120, 0, own=60.0, peers=20.0), None),
        (Figures(60, 0, 0, 120, 0, peers=20.0), None),
        (Figures(60, 0, 0, 179, 0, peers=20.0, rush=1.5), None),
        (Figures(60, 0, 0, 10, 0, week=400), Rule.VOLUME),
        (Figures(60, 0, 0, 10, 0, week=399), None),
        (Figures(60, 0, 0, 80, 0, week=560, own=80.0, peers=20.0), Rule.VOLUME),
        (Figures(60, 0, 0, 80, 0, week=559, own=80.0, peers=20.0), None),
        (Figures(60, 0, 0, 199, 0, week=999, let_go=100.0), None),
        (Figures(60, 0, 0, 200, 0, week=999, let_go=100.0), Rule.VOLUME),
        (Figures(60, 0, 0, 199, 0, week=1000, let_go=100.0), Rule.VOLUME),
    ],
)
def test_each_rule_holds_from_its_threshold_on(seen: Figures, rule: Rule | None) -> None:
    assert alarm(seen, Thresholds()) == rule


def test_thresholds_are_a_setting_and_nought_switches_off() -> None:
    limits = thresholds({"near": "3", "night": "0"})
    assert alarm(Figures(3, 0, 3, 3, 0), limits) == Rule.NEAR
    assert alarm(Figures(50, 0, 0, 50, 50), limits) is None
    assert alarm(Figures(50, 0, 0, 200, 0, week=1400), thresholds({"day": "0", "week": "0"})) is None
    for wrong in ({"nearby": "3"}, {"near": "-1"}, {"near": "x"}, {"near": ""}):
        with pytest.raises(ValueError, match="threshold"):
            thresholds(wrong)


def looked(employee: Employee, numbers: Iterator[int] | list[int], found: Callable[[int], bool], at: datetime) -> None:
    """Entries as look-ups leave them, a second apart, ending at that time."""
    phones = [PhoneNumber.parse(f"154{number:08}") for number in numbers]
    AccessEntry.objects.bulk_create(
        AccessEntry(
            employee=employee, store=employee.store, reason="counter", address_hash=phone.bidx, thousand=phone.thousand,
            member_id=n if found(n) else None, at=at - timedelta(seconds=len(phones) - n),
        )
        for n, phone in enumerate(phones)
    )  # fmt: skip


def scattered(count: int) -> list[int]:
    return [(n * 7_654_321) % 99_999_989 for n in range(1, count + 1)]


def figures(employee: Employee, now: datetime = NOON) -> Figures:
    return look_up_figures(employee, Thresholds(), now=now)


def test_figures_are_read_from_the_log(alice: Employee, bob: Employee) -> None:
    looked(alice, scattered(50), lambda n: n % 5 > 0, NOON)
    looked(bob, scattered(90), lambda n: False, NOON)
    assert figures(alice) == Figures(
        numbers=50, nobody=10, nearest=1, today=50, night=0, week=50, strangers=10, known=40
    )  # fmt: skip


def test_a_number_that_is_looked_up_again_and_again_counts_once(alice: Employee) -> None:
    """Nobody improves a share of misses by a number that is known to be a member's."""
    looked(alice, scattered(60), lambda n: False, NOON - timedelta(hours=1))
    looked(alice, [5] * 100, lambda n: True, NOON)
    seen = figures(alice)
    assert (seen.numbers, seen.nobody, seen.nearest) == (60, 59, 1)


def test_numbers_side_by_side_are_seen_by_the_hash_of_their_thousand(alice: Employee) -> None:
    looked(alice, [*range(12_340_000, 12_340_200, 13), *scattered(20)], lambda n: True, NOON)
    assert figures(alice).nearest == 16


def test_numbers_far_from_each_other_with_a_known_one_between_are_seen_by_their_count(alice: Employee) -> None:
    """Nine of each thousand and as many members': neither side by side nor mostly nobody's."""
    known, tried = scattered(39), iter(range(10_000_000, 20_000_000, 112))
    for days in range(6, -1, -1):
        pairs = [number for one in known for number in (next(tried), one)]
        looked(alice, pairs, lambda n: n % 2 > 0, NOON - timedelta(days=days))
    seen = figures(alice)
    assert (seen.nearest, seen.strangers, seen.known) == (9, 273, 39)
    assert alarm(seen, Thresholds()) == Rule.STRANGERS
    assert alarm(seen, thresholds({"strangers": "0", "week": "0"})) is None


def test_the_night_is_from_ten_to_seven(alice: Employee) -> None:
    looked(alice, scattered(8), lambda n: True, MIDNIGHT - timedelta(hours=1))
    looked(alice, scattered(7), lambda n: True, MIDNIGHT)
    looked(alice, scattered(6), lambda n: True, MIDNIGHT - timedelta(hours=3))
    assert figures(alice, MIDNIGHT).night == 15
    assert figures(alice, MIDNIGHT + timedelta(hours=8)).night == 0


def test_habits_are_means_of_active_days(alice: Employee, bob: Employee, charlie: Employee) -> None:
    for days in range(1, 6):
        looked(alice, scattered(20), lambda n: True, NOON - timedelta(days=days))
        looked(bob, scattered(10), lambda n: True, NOON - timedelta(days=days))
        looked(charlie, scattered(90), lambda n: True, NOON - timedelta(days=days))
    looked(alice, scattered(90), lambda n: True, NOON)
    seen = figures(alice)
    assert (seen.today, seen.own, seen.peers) == (90, 20.0, 10.0)
    assert alarm(seen, Thresholds()) == Rule.HABIT


def test_a_day_on_which_all_have_more_to_do_is_a_rush(alice: Employee, hire: Callable[..., Employee]) -> None:
    others = [hire(f"n{n}", role="salesperson", region=alice.region, store=alice.store) for n in range(3)]
    for other, today in zip(others, (30, 30, 200), strict=True):
        for days in range(1, 3):
            looked(other, scattered(10), lambda n: True, NOON - timedelta(days=days))
        looked(other, scattered(today), lambda n: True, NOON)
    looked(alice, scattered(90), lambda n: True, NOON)
    seen = figures(alice)
    # The median: one who gathers makes no rush
    assert (seen.peers, seen.rush) == (10.0, 3.0)
    seal_access_log()
    assert figures(alice) == seen


def test_colleagues_of_who_has_no_store_are_those_of_the_own_region_and_below(
    mei: Employee, dana: Employee, alice: Employee, charlie: Employee
) -> None:
    assert (mei.store_id, dana.region_id) == (None, None)
    for days in range(1, 6):
        looked(alice, scattered(20), lambda n: True, NOON - timedelta(days=days))
        looked(charlie, scattered(90), lambda n: True, NOON - timedelta(days=days))
    for who in (mei, dana):
        looked(who, scattered(90), lambda n: True, NOON)
    assert (figures(mei).peers, figures(dana).peers) == (20.0, None)


def test_what_one_does_every_day_is_no_habit_until_somebody_lets_it_go_on(alice: Employee, dana: Employee) -> None:
    """Eighty a day for weeks, beside nobody: nothing but a decision makes that usual."""
    for days in range(1, 28):
        looked(alice, scattered(80), lambda n: True, NOON - timedelta(days=days))
    seen = figures(alice)
    assert (seen.own, seen.week, seen.let_go) == (80.0, 480, None)
    assert alarm(seen, Thresholds()) == Rule.VOLUME
    for rule, let_go in ((Rule.NEAR, None), (Rule.VOLUME, 80.0)):
        raised = HarvestAlarm.objects.create(employee=alice, rule=rule, figures={})
        HarvestDecision.objects.create(
            alarm=raised, by=dana, outcome="released", reason="电话回访", at=NOON - timedelta(days=7)
        )  # fmt: skip
        seen = figures(alice)
        assert seen.let_go == let_go
    assert alarm(seen, Thresholds()) is None


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[datetime], None]:
    """Says what time it is when the rules are asked."""

    def says(moment: datetime) -> None:
        monkeypatch.setattr(timezone, "now", lambda: moment)

    return says


@pytest.fixture
def scanning(alice: Employee) -> Employee:
    looked(alice, scattered(60), lambda n: False, timezone.now())
    return alice


@pytest.fixture
def held(scanning: Employee) -> HarvestAlarm:
    with pytest.raises(LookUpsHeld):
        allow_look_up(by=scanning)
    scanning.refresh_from_db()
    return HarvestAlarm.objects.get()


def test_an_alarm_holds_from_that_look_up_on(held: HarvestAlarm, alice: Employee, bob: Employee) -> None:
    assert alice.look_ups_held_at is not None
    assert (held.employee, held.rule) == (alice, "misses")
    assert held.figures["seen"]["nobody"] == 60
    assert held.figures["thresholds"]["misses"] == 45
    for _ in range(3):
        with pytest.raises(LookUpsHeld):
            allow_look_up(by=alice)
    assert HarvestAlarm.objects.count() == 1
    allow_look_up(by=bob)


def test_the_rules_are_asked_at_the_first_look_up_of_a_day_and_at_every_twentieth_after(
    alice: Employee, settings: Settings, clock: Callable[[datetime], None],
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:  # fmt: skip
    settings.LOOKUP_LIMITS = ["200/d"]
    clock(NOON)
    for number in range(1, 2 * EVERY + 2):
        with django_assert_num_queries(1 if number in (1, EVERY + 1, 2 * EVERY + 1) else 0):
            allow_look_up(by=alice)


@pytest.mark.parametrize("behind", [0, 5, 19])
def test_at_night_they_are_asked_at_each(
    alice: Employee, settings: Settings, clock: Callable[[datetime], None], behind: int
) -> None:
    """Twenty look-ups a night, whatever the count of the day is, do not fall between two askings."""
    settings.LOOKUP_LIMITS, settings.HARVEST_THRESHOLDS = ["200/d"], {}
    clock(MIDNIGHT - timedelta(hours=4))
    for _ in range(behind):
        allow_look_up(by=alice)
    clock(MIDNIGHT)
    for number in scattered(Thresholds().night):
        allow_look_up(by=alice)
        looked(alice, [number], lambda n: True, MIDNIGHT)
    with pytest.raises(LookUpsHeld):
        allow_look_up(by=alice)
    assert HarvestAlarm.objects.get().rule == Rule.NIGHT


def test_slow_gathering_is_seen_on_its_next_day(alice: Employee) -> None:
    """Fifteen a day never reach the twentieth; the week's look-ups do."""
    for days in range(1, 5):
        looked(alice, scattered(15 * days)[-15:], lambda n: False, timezone.now() - timedelta(days=days))
    with pytest.raises(LookUpsHeld):
        allow_look_up(by=alice)


def test_a_held_employee_is_not_counted_on(held: HarvestAlarm, alice: Employee, settings: Settings) -> None:
    settings.LOOKUP_LIMITS = ["2/d"]
    for _ in range(5):
        with pytest.raises(LookUpsHeld):
            allow_look_up(by=alice)
    alice.look_ups_held_at = None
    Employee.objects.update(look_ups_held_at=None)
    settings.HARVEST_THRESHOLDS = {"misses": "0", "night": "0"}
    allow_look_up(by=alice)
    allow_look_up(by=alice)
    with pytest.raises(TooManyRequests):
        allow_look_up(by=alice)


def decide(
    alarm: HarvestAlarm, by: Employee, outcome: str = "released", reason: str = "电话回访名单"
) -> HarvestDecision:
    return decide_alarm(alarm=alarm, outcome=outcome, reason=reason, by=by)


def test_who_is_released_begins_anew(held: HarvestAlarm, alice: Employee, dana: Employee) -> None:
    decide(held, dana)
    alice.refresh_from_db()
    assert alice.look_ups_held_at is None
    assert figures(alice, timezone.now()).numbers == 0
    allow_look_up(by=alice)


def test_who_is_disabled_is_out(held: HarvestAlarm, alice: Employee, dana: Employee) -> None:
    decide(held, dana, "disabled", "名单外泄")
    alice.refresh_from_db()
    assert not alice.is_active
    assert alice.look_ups_held_at is not None


def test_who_was_disabled_for_an_alarm_and_is_let_in_again_begins_anew(
    held: HarvestAlarm, alice: Employee, dana: Employee, root: Employee
) -> None:
    decide(held, dana, "disabled")
    office = Client()
    office.force_login(root)
    assert office.post("/admin/staff/employee/", {"action": "reinstate", "_selected_action": [alice.pk]})
    alice.refresh_from_db()
    assert alice.is_active
    assert alice.look_ups_held_at is None
    assert LogEntry.objects.get(object_id=str(alice.pk)).change_message == "reinstated"
    allow_look_up(by=alice)


def test_letting_in_again_decides_about_no_alarm(held: HarvestAlarm, alice: Employee, dana: Employee) -> None:
    disable_employee(employee=alice, by=None)
    assert reinstate_employee(employee=alice, by=None)
    assert alice.is_active
    with pytest.raises(LookUpsHeld):
        allow_look_up(by=alice)
    decide(held, dana)
    alice.refresh_from_db()
    allow_look_up(by=alice)


def test_one_decision_for_an_alarm_and_none_about_oneself(held: HarvestAlarm, alice: Employee, dana: Employee) -> None:
    with pytest.raises(OwnAlarm):
        decide(held, alice)
    decide(held, dana)
    with pytest.raises(AlarmDecided):
        decide(held, dana, "disabled")
    alice.refresh_from_db()
    assert alice.is_active


@pytest.mark.parametrize("reason", ["", "   ", "x" * 301, "问过 154 0000 1234", "15400001234", "a\x00b"])
def test_a_decision_needs_a_reason_without_numbers(held: HarvestAlarm, dana: Employee, reason: str) -> None:
    with pytest.raises(ReasonRefused):
        decide(held, dana, reason=reason)
    assert not HarvestDecision.objects.exists()


@pytest.mark.parametrize("table", ["staff_harvestalarm", "staff_harvestdecision"])
def test_alarms_and_decisions_stay(held: HarvestAlarm, dana: Employee, table: str) -> None:
    decide(held, dana)
    for write in (f"update {table} set at = now()", f"delete from {table}"):
        with pytest.raises(DatabaseError, match="only grows"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(write)


def test_the_manager_of_the_region_and_the_privacy_officer_see_it(
    held: HarvestAlarm, alice: Employee, charlie: Employee, mei: Employee, dana: Employee, root: Employee,
    hire: Callable[..., Employee],
) -> None:  # fmt: skip
    south = hire("shan", role="manager", region=charlie.region)
    assert [open_alarms(each) for each in (mei, dana, root, south, charlie, alice)] == [1, 1, 1, 0, 0, 0]
    assert list(visible_alarms(mei)) == [held]
    assert who_decides(alice) == [mei, dana]
    assert who_decides(charlie) == [south, dana]
    decide(held, dana)
    assert open_alarms(mei) == 0
    assert list(visible_alarms(mei)) == [held]


def page(employee: Employee, path: str, data: dict[str, str] | None = None) -> tuple[int, str]:
    client = Client(headers={"Accept-Language": "en"})
    client.force_login(employee)
    answer = client.get(path) if data is None else client.post(path, data)
    return answer.status_code, answer.content.decode()


def test_the_counter_says_whom_to_speak_to_and_the_map_stays(
    held: HarvestAlarm, alice: Employee, mei: Employee, dana: Employee
) -> None:
    status, said = page(alice, "/counter/", {"phone": "15400001234", "reason": "counter"})
    assert status == 422
    assert "team manager mei · privacy officer dana" in said
    assert AccessEntry.objects.filter(employee=alice).count() == 60
    assert page(alice, "/map/")[0] == 200


def test_the_api_refuses_with_a_code_of_its_own(held: HarvestAlarm, alice: Employee) -> None:
    client = Client()
    client.force_login(alice)
    client.handler.enforce_csrf_checks = False
    answer = client.post(
        "/api/lookups/", {"phone": "15400001234", "reason": "counter"}, content_type="application/json"
    )
    assert (answer.status_code, answer.json()["code"]) == (403, "look_ups_held")


def test_the_page_tells_the_manager_and_lets_the_officer_decide(
    held: HarvestAlarm, alice: Employee, mei: Employee, dana: Employee
) -> None:
    status, said = page(mei, "/alarms/")
    assert status == 200
    assert "Of 60 numbers, 60 belong to nobody." in said
    assert "alice" in said
    assert "The privacy officer or an administrator decides" in said
    assert 'name="outcome"' not in said
    assert 'name="why"' not in said
    assert 'class="badge"' in page(mei, "/map/")[1]
    assert 'class="badge"' not in page(alice, "/me/")[1]
    assert page(dana, f"/alarms/{held.pk}/", {"outcome": "released", "reason": ""})[0] == 422
    assert page(dana, f"/alarms/{held.pk}/", {"outcome": "sold", "reason": "x"})[0] == 404
    assert page(mei, f"/alarms/{held.pk}/", {"outcome": "released", "reason": "x"})[0] == 403
    assert page(dana, f"/alarms/{held.pk}/", {"outcome": "released", "reason": "回访名单"})[0] == 302
    status, said = page(mei, "/alarms/")
    assert "Released" in said
    assert "回访名单" in said


def test_the_words_name_all_who_decide() -> None:
    """The page, the API's refusal and the list of whom to speak to say "privacy officer" and "administrator"."""
    assert {role for role, may in PERMISSIONS.items() if Permission.DECIDE_ALARMS in may} == {
        Role.PRIVACY_OFFICER, Role.ADMINISTRATOR,
    }  # fmt: skip


def test_an_administrator_decides_where_there_is_no_privacy_officer(
    held: HarvestAlarm, alice: Employee, mei: Employee, root: Employee
) -> None:
    assert who_decides(alice) == [mei, root]
    assert 'name="outcome"' in page(root, "/alarms/")[1]
    assert page(root, f"/alarms/{held.pk}/", {"outcome": "released", "reason": "回访名单"})[0] == 302


def test_who_reads_the_log_is_shown_the_look_ups_of_an_alarm(
    held: HarvestAlarm, alice: Employee, bob: Employee, dana: Employee, root: Employee
) -> None:
    looked(bob, scattered(1), lambda n: False, timezone.now())
    for reader in (dana, root):
        said = page(reader, "/alarms/")[1]
        form = re.search(r'<form method="post" action="/privacy/reads/">.*?</form>', said, re.S)
        assert form
        asked = dict(re.findall(r'name="(employee|since|until|why)" value="([^"]+)"', form[0]))
        last = timezone.localdate(held.at)
        assert asked == {
            "employee": "alice", "since": str(last - timedelta(SPAN_DAYS)), "until": str(last), "why": "audit",
        }  # fmt: skip
        status, found = page(reader, "/privacy/reads/", asked)
        assert status == 200
        assert "60 look-ups" in found
        assert "<strong>bob" not in found
        entry = AccessEntry.objects.latest("pk")
        assert (entry.employee, entry.reason) == (reader, "audit")
        assert entry.search.startswith("search: employee alice since ")


@pytest.mark.parametrize(
    ("rule", "at", "since"),
    [
        ("misses", "2026-03-09T10:00+08:00", "2026-03-02"),
        ("near", "2026-03-09T00:30+08:00", "2026-03-02"),
        ("habit", "2026-03-09T23:59+08:00", "2026-03-09"),
        ("peers", "2026-03-09T00:01+08:00", "2026-03-09"),
        ("volume", "2026-03-09T00:01+08:00", "2026-03-02"),
        ("strangers", "2026-03-09T00:01+08:00", "2026-03-02"),
        ("night", "2026-03-09T02:00+08:00", "2026-03-08"),
        ("night", "2026-03-09T22:30+08:00", "2026-03-09"),
    ],
)
def test_an_alarm_is_about_the_days_that_its_rule_looks_at(rule: str, at: str, since: str) -> None:
    raised = HarvestAlarm(rule=rule, at=datetime.fromisoformat(at))
    assert days_of_alarm(raised) == (date.fromisoformat(since), date(2026, 3, 9))
