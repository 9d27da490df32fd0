"""A state machine on the real functions under a virtual clock, judged by what it saw leave, and its mutation gate.

The judge knows nothing of holds and fences. It keeps, for each member, when messages left to the person they are
taken for, what that person said last, and which messages there are; and it holds every hand-over against that.
A hold may also not be longer than the longest that a claim can make.

Uniformly random steps miss most bugs. So times seek the edges, and some rules build a dangerous situation on
purpose. A machine that does not catch a planted bug proves nothing about the true code: see MUTATIONS.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import ClassVar

from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test

from tests.chaos.gate import Gate, State, broadcast, people
from tests.chaos.scratch import Database, definition, plant, replace

MEMBERS = 6
CHANNELS = (1, 2)
START = datetime(2026, 1, 30, 2, tzinfo=UTC)  # 10:00 in Shanghai, before a month of 28 days
MONTH, LEASE, CALL_MAX = timedelta(hours=744), timedelta(hours=24), timedelta(minutes=15)
WHOLE_HOLD = LEASE + CALL_MAX + MONTH
SHANGHAI = timedelta(hours=8)
STEPS_OF_AN_EXAMPLE = 40

_FORGET = """
begin;
set local session_replication_role = replica;
delete from outreach_message;
delete from outreach_contactguard;
delete from outreach_contactmerge;
delete from outreach_broadcast;
delete from members_consent;
delete from members_consentstate where purpose = 2;
update members_consentstate set given_at = '2020-01-01', withdrawn_at = null where withdrawn_at is not null;
update members_member set refuses_profiling = false where refuses_profiling;
update outreach_contactpolicy set sending_on = true where not sending_on;
commit;
"""


class Violation(AssertionError):
    """Something left that should not have."""


@dataclass(slots=True)
class Sent:
    """A message as the judge knows it."""

    member: int
    no: int
    channel: int
    service: bool
    broadcast: int | None
    send_by: datetime
    handed_over_at: datetime | None = None
    called: bool = False
    accepted: bool = False


members = st.integers(1, MEMBERS)
channels = st.sampled_from(CHANNELS)
picks = st.integers(0, 9999)


class Promise(RuleBasedStateMachine):
    gate: ClassVar[Gate]
    steps: ClassVar[Counter[str]]

    @initialize()
    def begin(self) -> None:
        self.gate.connection.execute(_FORGET)
        self.broadcast, self.broadcast_state = 1, "running"
        broadcast(self.gate.connection, 1)
        self.messages: list[Sent] = []
        self.left: dict[int, list[datetime]] = {member: [] for member in range(1, MEMBERS + 1)}
        self.longest: dict[int, datetime] = {}  # the longest hold that the member's claims account for
        self.merged_into: dict[int, int] = {}
        self.says_no: set[tuple[int, int]] = set()
        self.objects: set[int] = set()
        self.is_on = True
        self.move(START)

    # --- the judge ------------------------------------------------------------------------------------

    def judge(self, message: Sent) -> None:
        """The message was handed over just now."""
        assert message.handed_over_at == self.now
        if not message.service:
            if any(self.now - before < MONTH for before in self.left[message.member]):
                raise Violation("a second message within the month")
            if (message.member, message.channel) in self.says_no or message.member in self.objects:
                raise Violation("a message to one who said no")
            if not 8 <= (self.now + SHANGHAI).hour < 20:
                raise Violation("a message at night")
        if message.member in self.merged_into:
            raise Violation("a message to a tombstone")
        if self.now > message.send_by:
            raise Violation("a message after its time")
        if not self.is_on:
            raise Violation("a message while sending is off")
        if message.broadcast and (message.broadcast, "running") != (self.broadcast, self.broadcast_state):
            raise Violation("a message of a broadcast that is stopped")

    def judge_holds(self) -> None:
        for member, until in self.gate.connection.execute(
            "select member_id, blocked_until from outreach_contactguard"
            " where merged_into is null and isfinite(blocked_until)"
        ).fetchall():
            if until > max(self.now, self.longest.get(member, self.now)):
                raise Violation("a hold that is longer than any claim makes one")

    # --- time -----------------------------------------------------------------------------------------

    def move(self, moment: datetime) -> None:
        self.now = moment
        self.gate.at(moment)

    def morning(self) -> None:
        hour = (self.now + SHANGHAI).hour
        if not 8 <= hour < 20:
            self.move((self.now + timedelta(hours=(8 - hour) % 24)).replace(minute=0, second=0, microsecond=0))

    @rule(hours=st.sampled_from([0.01, 0.2, 1, 6, 22, 24, 25, 400, 700, 741, 743, 744, 745, 800]), by_day=picks)
    def tick(self, hours: float, by_day: int) -> None:
        self.count("tick")
        self.move(self.now + timedelta(hours=hours))
        if by_day % 8:
            self.morning()

    @rule(member=members, off=st.sampled_from([-7200, -1, 0, 1]))
    def tick_to_the_end_of_a_hold(self, member: int, off: int) -> None:
        self.count("edge of a hold")
        until = self.hold_of(member)
        if until and until + timedelta(seconds=off) > self.now:
            self.move(until + timedelta(seconds=off))

    @rule(hour=st.sampled_from([8, 20]), off=st.sampled_from([-1, 0]))
    def tick_to_the_edge_of_the_night(self, hour: int, off: int) -> None:
        self.count("edge of the night")
        local = self.now + SHANGHAI
        edge = local.replace(hour=hour, minute=0, second=0, microsecond=0) + timedelta(seconds=off) - SHANGHAI
        self.move(edge if edge > self.now else edge + timedelta(hours=24))

    @precondition(lambda self: any(self.waiting()))
    @rule(pick=picks, off=st.sampled_from([-1, 0, 1]))
    def tick_to_the_end_of_a_claim(self, pick: int, off: int) -> None:
        self.count("edge of a claim")
        waiting = list(self.waiting())
        edge = waiting[pick % len(waiting)].send_by + timedelta(seconds=off)
        if edge > self.now:
            self.move(edge)

    def hold_of(self, member: int) -> datetime | None:
        row = self.gate.connection.execute(
            "select blocked_until from outreach_contactguard where member_id = %s and isfinite(blocked_until)",
            [self.root(member)],
        ).fetchone()
        return row[0] if row else None

    # --- messages -------------------------------------------------------------------------------------

    def waiting(self) -> Iterator[Sent]:
        return (message for message in self.messages if message.handed_over_at is None)

    def count(self, what: str) -> None:
        self.steps[what] += 1

    def root(self, member: int) -> int:
        while member in self.merged_into:
            member = self.merged_into[member]
        return member

    @rule(
        asked=st.lists(members, min_size=1, max_size=3, unique=True),
        channel=channels,
        of_broadcast=st.booleans(),
        hours=st.sampled_from([None, None, 1, 12, 40]),
    )
    def claim(self, asked: Sequence[int], channel: int, of_broadcast: bool, hours: int | None) -> None:
        self.grant(asked, channel, of_broadcast=of_broadcast, hours=hours)

    def grant(
        self, asked: Sequence[int], channel: int = 1, *, of_broadcast: bool = False, hours: int | None = None
    ) -> list[Sent]:
        self.count("claim")
        number = self.broadcast if of_broadcast else None
        until = self.now + timedelta(hours=hours) if hours else None
        granted = []
        for claim in self.gate.claim(*asked, channel=channel, broadcast=number, until=until):
            if claim.no is not None:
                send_by = self.now + min(timedelta(hours=hours or 24), LEASE)
                granted.append(Sent(claim.member, claim.no, channel, False, number, send_by))
                self.longest[claim.member] = send_by + CALL_MAX + MONTH
                self.count("claim granted")
        self.messages += granted
        return granted

    @rule(member=members)
    def claim_service(self, member: int) -> None:
        self.count("service message")
        no = self.gate.claim_service(member)
        if isinstance(no, int):
            self.messages.append(Sent(member, no, 1, True, None, self.now + LEASE))

    @precondition(lambda self: self.messages)
    @rule(pick=picks, at_once=picks, accepted=st.booleans())
    def hand_over(self, pick: int, at_once: int, accepted: bool) -> None:
        """Of any message, also one that left already: workers may be given it twice."""
        self.count("hand-over")
        self.give(self.messages[pick % len(self.messages)], accepted=accepted, at_once=at_once % 4 > 0)

    def give(self, message: Sent, *, accepted: bool, at_once: bool = True) -> bool:
        answer = self.gate.hand_over(message.member, message.no)
        if isinstance(answer, str):
            return False
        self.count("handed over")
        if message.handed_over_at is not None:
            raise Violation("the same message twice")
        message.handed_over_at = answer
        self.judge(message)
        if at_once:
            self.leave(message, accepted)
        return True

    @precondition(lambda self: any(m.handed_over_at and not m.called for m in self.messages))
    @rule(pick=picks, accepted=st.booleans())
    def call(self, pick: int, accepted: bool) -> None:
        """A process that stood still goes on; its provider refuses what is too old."""
        self.count("late call")
        pending = [message for message in self.messages if message.handed_over_at and not message.called]
        self.leave(pending[pick % len(pending)], accepted)

    def leave(self, message: Sent, accepted: bool) -> None:
        assert message.handed_over_at
        message.called = True
        message.accepted = accepted and self.now - message.handed_over_at <= CALL_MAX
        if message.accepted and not message.service:
            # The person may have been merged between hand-over and call
            for member in {message.member, self.root(message.member)}:
                self.left[member].append(self.now)

    @precondition(lambda self: any(m.called for m in self.messages))
    @rule(pick=picks, known=st.booleans())
    def answer(self, pick: int, known: bool) -> None:
        """A first or a late answer, by the sender or a receipt, perhaps again."""
        self.count("answer")
        called = [message for message in self.messages if message.called]
        self.settle(called[pick % len(called)], known=known)

    def settle(self, message: Sent, *, known: bool = True) -> None:
        outcome = State.UNKNOWN if not known else State.ACCEPTED if message.accepted else State.NOT_SENT
        self.gate.settle(message.member, message.no, outcome)
        self.judge_holds()

    @rule()
    def reap(self) -> None:
        self.count("reap")
        self.gate.reap()
        self.judge_holds()

    # --- what others do -------------------------------------------------------------------------------

    @rule(member=members, channel=channels, given=st.booleans())
    def consent(self, member: int, channel: int, given: bool) -> None:
        self.count("consent")
        self.gate.consent(member, given=given, channel=channel)
        (self.says_no.discard if given else self.says_no.add)((member, channel))

    @rule(member=members, given=st.booleans())
    def objection(self, member: int, given: bool) -> None:
        self.count("objection")
        self.gate.consent(member, given=given, channel=0, purpose=2)
        (self.objects.discard if given else self.objects.add)(member)

    @rule(is_on=st.booleans())
    def switch(self, is_on: bool) -> None:
        self.count("switch")
        self.gate.switch(on=is_on)
        self.is_on = is_on

    @rule(state=st.sampled_from(["running", "paused", "cancelled"]))
    def stop_or_go(self, state: str) -> None:
        """Pause, resume, cancel; after a cancelled broadcast the next begins."""
        self.count(f"broadcast {state}")
        broadcast(self.gate.connection, self.broadcast, state)
        if state == "cancelled":
            self.gate.one("select outreach_cancel_broadcast(%s)", self.broadcast)
            self.broadcast, state = self.broadcast + 1, "running"
            broadcast(self.gate.connection, self.broadcast)
            self.judge_holds()
        self.broadcast_state = state

    @rule(loser=members, winner=members)
    def merge(self, loser: int, winner: int) -> None:
        self.count("merge")
        if self.gate.merge(loser, winner):
            self.count("merged")
            self.merged_into[loser] = winner
            self.left[winner] += self.left[loser]
            self.longest[winner] = max(self.longest.get(loser, self.now), self.longest.get(winner, self.now))
            self.judge_holds()

    @precondition(lambda self: self.merged_into)
    @rule(pick=picks)
    def split(self, pick: int) -> None:
        self.count("split")
        restored = sorted(self.merged_into)[pick % len(self.merged_into)]
        root, parent = self.root(restored), self.merged_into[restored]
        if self.gate.split(restored, parent):
            del self.merged_into[restored]
            self.left[restored] = list(self.left[root])
            self.longest[restored] = self.now + WHOLE_HOLD
            self.judge_holds()

    # --- situations built on purpose ------------------------------------------------------------------

    def ready(self, *who: int) -> None:
        """Nothing but the month stands in the way of a message to them."""
        if not self.is_on:
            self.switch(True)
        if self.broadcast_state != "running":
            self.stop_or_go("running")
        for member in who:
            for channel in CHANNELS:
                if (member, channel) in self.says_no:
                    self.consent(member, channel, True)
            if member in self.objects:
                self.objection(member, True)
        self.morning()

    def free(self, member: int) -> int:
        """Whom they are taken for, once nothing stands in the way of a message, the month neither."""
        member = self.root(member)
        self.tick_to_the_end_of_a_hold(member, 0)
        self.ready(member)
        return member

    def write(self, member: int, *, accepted: bool = True, known: bool = True) -> None:
        """A whole life, where the member is free."""
        self.ready(member)
        for message in self.grant([member]):
            if self.give(message, accepted=accepted) and known:
                self.settle(message)

    @rule(member=members, accepted=st.booleans(), known=st.booleans())
    def whole_life(self, member: int, accepted: bool, known: bool) -> None:
        self.count("whole life")
        self.write(self.root(member), accepted=accepted, known=known)

    @rule(member=members, off=st.sampled_from([-3600, -1, 0]), hours=st.sampled_from([0, 1, 23]))
    def again_at_the_end_of_the_hold(self, member: int, off: int, hours: int) -> None:
        """One message, late in its claim, and another as early as can be."""
        self.count("again at the edge")
        member = self.root(member)
        self.ready(member)
        for message in self.grant([member]):
            self.move(self.now + timedelta(hours=hours))
            self.ready(member)
            if self.give(message, accepted=True) and not hours:
                self.settle(message)
        self.tick_to_the_end_of_a_hold(member, off)
        self.write(member)

    @rule(member=members, then=members, minutes=st.sampled_from([0, 14, 16]), known=st.booleans())
    def refused_while_held(self, member: int, then: int, minutes: int, known: bool) -> None:
        """What is unknown or not a contact ends while another message holds the month."""
        self.count("refused while held")
        member = self.root(member)
        self.write(member, accepted=False, known=False)
        old = self.messages[-1] if self.messages else None
        self.tick_to_the_end_of_a_hold(member, 0)
        self.write(member)
        self.claim_service(member)
        self.move(self.now + timedelta(hours=25, minutes=minutes))
        self.give(self.messages[-1], accepted=False)
        if known and old and old.called:
            self.settle(old)
        self.write(member)

    @rule(a=members, b=members, via=members, chain=st.booleans(), handed_over=st.booleans(), known=st.booleans())
    def merge_in_flight(self, a: int, b: int, via: int, chain: bool, handed_over: bool, known: bool) -> None:
        """A has had a message, B has one under way, A is merged into B, perhaps by way of a third."""
        self.count("merge in flight")
        a, b = self.root(a), self.root(b)
        if a == b:
            return
        self.write(a)
        self.ready(b)
        for message in self.grant([b]):
            if handed_over:
                self.give(message, accepted=False)
            if chain and self.root(via) not in (a, b):
                self.merge(a, self.root(via))
            self.merge(self.root(a), b)
            if handed_over:
                self.settle(message, known=known)  # the refusal must not free the month that came along
            else:
                self.give(message, accepted=True)  # what waited must not leave any more
        self.write(b)

    @rule(a=members, b=members)
    def part_again(self, a: int, b: int) -> None:
        self.count("part again")
        a, b = self.root(a), self.root(b)
        if a == b:
            return
        self.merge(a, b)
        self.write(b)
        if self.gate.split(a, b):
            del self.merged_into[a]
            self.left[a] = list(self.left[b])
            self.longest[a] = self.now + WHOLE_HOLD
        self.write(a)

    @rule(member=members, stop=st.sampled_from(["no", "objection", "switch", "pause", "cancel", "night", "late"]))
    def stopped_on_its_way(self, member: int, stop: str) -> None:
        """Claimed while all was well; something comes in between."""
        self.count(f"stopped by {stop}")
        member = self.free(member)
        if stop == "night":
            self.tick_to_the_edge_of_the_night(20, -1)
        for message in self.grant([member], of_broadcast=True):
            match stop:
                case "no":
                    self.consent(member, 1, False)
                case "objection":
                    self.objection(member, False)
                case "switch":
                    self.switch(False)
                case "pause":
                    self.stop_or_go("paused")
                case "cancel":
                    self.stop_or_go("cancelled")
                case "night":
                    self.tick_to_the_edge_of_the_night(20, 0)
                case "late":
                    self.move(message.send_by + timedelta(seconds=1))
            self.give(message, accepted=True)

    @rule(
        member=members, hours=st.sampled_from([0, 24]), minutes=st.sampled_from([14, 16]), reaped=st.booleans(),
        answered=st.booleans(),
    )  # fmt: skip
    def stands_still_in_the_call(self, member: int, hours: int, minutes: int, reaped: bool, answered: bool) -> None:
        """Handed over at the last moment, and the process goes on much later; then another as early as can be."""
        self.count("stands still in the call")
        member = self.free(member)
        for message in self.grant([member]):
            self.move(self.now + timedelta(hours=hours))
            if self.give(message, accepted=True, at_once=False):
                self.move(self.now + timedelta(minutes=minutes))
                if reaped:
                    self.reap()
                self.count("late call")
                self.leave(message, accepted=True)
                if answered:
                    self.settle(message)
        self.tick_to_the_end_of_a_hold(member, 0)
        self.write(member)

    @rule(member=members)
    def dies_in_the_call(self, member: int) -> None:
        """The process is gone after the hand-over, the message may have left; it is looked after, and tried again."""
        self.count("dies in the call")
        member = self.free(member)
        for message in self.grant([member]):
            self.give(message, accepted=True)
            self.move(self.now + timedelta(minutes=16))
            self.reap()
            self.ready(member)
            self.give(message, accepted=True)


@dataclass(frozen=True, slots=True)
class Mutation:
    """A planted bug: texts of functions that are replaced, and a constraint that stands in its way."""

    changes: tuple[tuple[str, str, str], ...]
    without: str | None = None


_OWN_MESSAGES = "exists (select from outreach_message o where o.member_id = loser_id and o.state in (1, 2, 3))"
MUTATIONS = {
    "month three hours short": Mutation(
        (("outreach_settle", "t + outreach_month())", "t + outreach_month() - interval '3 hours')"),)
    ),
    "month by the calendar": Mutation(
        (("outreach_month", "make_interval(hours => greatest(month_hours, 744))", "interval '1 month'"),)
    ),
    "hold from the claim": Mutation(
        (("outreach_claim", "send_by + outreach_call_max() + outreach_month()", "t + outreach_month()"),)
    ),
    "hold without the time of the call": Mutation(
        (("outreach_claim", "send_by + outreach_call_max() + outreach_month()", "send_by + outreach_month()"),)
    ),
    "merge without the longer hold": Mutation(
        (("outreach_merge", "greatest(g.blocked_until, inherited)", "g.blocked_until"),)
    ),
    "merge: a refusal frees the month that came along": Mutation(
        (("outreach_merge", "inherited), fence = g.last_no + 1, last_no = g.last_no + 1", "inherited)"),)
    ),
    "merge: a chain lets out what waits": Mutation(
        ((
            "outreach_merge", "if inherited > t then",
            "update outreach_contactguard g set blocked_until = greatest(g.blocked_until, inherited)"
            f" where g.member_id = winner_id; if inherited > t and {_OWN_MESSAGES} then",
        ),)
    ),
    "settled without the fence": Mutation(
        (("outreach_settle", "g.member_id = member and g.fence = message and", "g.member_id = member and"),)
    ),
    "a late answer lengthens": Mutation(
        (("outreach_settle", "least(g.blocked_until, t + outreach_month())", "t + outreach_month()"),)
    ),
    "handed over after its time": Mutation(
        (("outreach_hand_over", "when x.send_by < t then 'expired'", ""),), without="message_not_late"
    ),
    "handed over twice": Mutation(
        (("outreach_hand_over", "if x.state is distinct from 0 then", "if x.state is null then"),)
    ),
    "reaped back to waiting": Mutation(
        (("outreach_reap", "set state = 3, settled_at", "set state = 0, settled_at"),)
    ),
    "consent not asked again": Mutation(
        (("outreach_hand_over", "when not x.service and agreed is not true then 'no_consent'", ""),)
    ),
    "objection not asked again": Mutation(
        (("outreach_hand_over", "when not x.service and m.refuses_profiling then 'objects'", ""),)
    ),
    "nights of another zone": Mutation((("outreach_is_quiet", "Asia/Shanghai", "UTC"),)),
    "switch not asked": Mutation((("outreach_stop", "when not p.sending_on then 'sending_off'", ""),)),
    "pause not asked": Mutation(
        (("outreach_hand_over", "case when broadcast_state = 'paused' then 'stopped' end", "null"),)
    ),
    "a cancelled service message frees the month": Mutation(
        (("outreach_hand_over", "where member_id = member and fence = message;", "where member_id = member;"),)
    ),
    "parted without the hold": Mutation(
        (("outreach_split", "t + outreach_lease() + outreach_call_max() + outreach_month()", "t"),)
    ),
}  # fmt: skip


@contextmanager
def planted(database: Database, name: str | None) -> Iterator[None]:
    """The database with the bug; mended again on leaving."""
    mutation = MUTATIONS[name] if name else Mutation(())
    with database.connect() as connection:
        before = [(function, definition(connection, function)) for function, _, _ in mutation.changes]
        check = ""
        if mutation.without:
            ((check,),) = connection.execute(
                "select pg_get_constraintdef(oid) from pg_constraint"
                " where conname = %s and conrelid = 'outreach_message'::regclass",
                [mutation.without],
            ).fetchall()
            connection.execute(f"alter table outreach_message drop constraint {mutation.without}")
        for change in mutation.changes:
            plant(connection, *change)
    try:
        yield
    finally:
        with database.connect() as connection:
            connection.execute(_FORGET)
            for function, text in before:
                replace(connection, function, text)
            if mutation.without:
                connection.execute(f"alter table outreach_message add constraint {mutation.without} {check}")


def search(database: Database, *, examples: int, start: int = 0) -> tuple[Violation | None, Counter[str]]:
    """Run the machine: the first violation that it finds, and how often each thing was done. Same start, same run."""
    steps: Counter[str] = Counter()
    with database.connect("-c synchronous_commit=off") as connection:
        connection.execute(_FORGET)
        if connection.execute("select from members_member").fetchone() is None:
            people(connection, range(1, MEMBERS + 1), channels=CHANNELS)

        class Machine(Promise):
            pass

        Machine.gate, Machine.steps = Gate(connection), steps
        try:
            run_state_machine_as_test(
                seed(start)(Machine),
                settings=settings(
                    max_examples=examples, stateful_step_count=STEPS_OF_AN_EXAMPLE, deadline=None, database=None,
                    phases=[Phase.generate], suppress_health_check=list(HealthCheck), print_blob=False,
                ),
            )  # fmt: skip
        except Violation as violation:
            return violation, steps
    return None, steps
