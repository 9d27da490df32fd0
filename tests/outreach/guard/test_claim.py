from datetime import UTC, datetime, timedelta

import pytest
from psycopg import errors

from outreach.models import Channel
from tests.chaos.gate import MARKETING, SERVICE, SMS, Gate, State, broadcast

NOW = datetime(2026, 3, 2, 2, tzinfo=UTC)
MONTH = timedelta(hours=744)


def test_everybody_asked_for_has_one_row(gate: Gate) -> None:
    claims = gate.claim(3, 1, 2, 2, 99)

    assert [(claim.member, claim.no, claim.refusal) for claim in claims] == [
        (1, 1, None), (2, 1, None), (3, 1, None), (99, None, "unknown_member"),
    ]  # fmt: skip


def test_nobody_asked_for_is_nobody_claimed(gate: Gate) -> None:
    assert gate.claim() == []


@pytest.mark.parametrize("channel", Channel)
def test_a_claim_holds_the_member_on_every_channel(gate: Gate, channel: Channel) -> None:
    gate.claim_one(1)

    assert gate.claim_one(1, channel=channel) == "month_used"


def test_a_refused_month_says_when_it_ends(gate: Gate) -> None:
    no = gate.claim_one(1)
    (waiting,) = gate.claim(1)
    gate.hand_over(1, int(no))
    gate.at(NOW + timedelta(minutes=1))
    gate.settle(1, int(no), State.ACCEPTED)
    (sent,) = gate.claim(1)

    assert waiting.free_at == NOW + timedelta(hours=24, minutes=15) + MONTH
    assert sent.free_at == NOW + timedelta(minutes=1) + MONTH


def test_a_service_message_is_no_contact_of_the_month(gate: Gate) -> None:
    """Its guard has never been held, which a driver must be able to read."""
    assert gate.claim_service(1) == 1
    gate.hand_over(1, 1)

    assert gate.claim(1)[0] == (1, 2, None, None)
    assert gate.claim_service(1) == 3


REFUSALS = {
    "unknown_member": "update members_member set erased_at = now() where id = 1",
    "objects": "update members_member set refuses_profiling = true where id = 1",
    "no_address": "delete from members_contactpoint where member_id = 1",
    "no_consent": "update members_consentstate set withdrawn_at = now() where member_id = 1",
    "month_used": "insert into outreach_contactguard (member_id, blocked_until) values (1, '2026-03-03')",
    "quiet_hours": "select set_config('proofs.now', '2026-03-02 21:00+08', false)",
    "sending_off": "update outreach_contactpolicy set sending_on = false",
    "closed": "update outreach_contactpolicy set closed_until = '2026-03-04'",
    "expired": "select 1",
}


@pytest.mark.parametrize("first", list(REFUSALS))
def test_the_first_reason_in_the_order_counts(gate: Gate, first: str) -> None:
    order = list(REFUSALS)
    for reason in order[order.index(first) :]:
        gate.connection.execute(REFUSALS[reason])

    assert gate.claim_one(1, until=NOW) == first


def test_consent_and_address_are_asked_of_the_channel(gate: Gate) -> None:
    gate.connection.execute("delete from members_contactpoint where member_id = 1 and channel = 2")
    gate.consent(1, given=False, channel=3)

    assert gate.claim_one(1, channel=Channel.EMAIL) == "no_address"
    assert gate.claim_one(1, channel=Channel.PUSH) == "no_consent"
    assert gate.claim_one(1, channel=Channel.WECHAT) == 1


def test_who_was_merged_away_is_nobody(gate: Gate) -> None:
    gate.merge(1, 2)

    assert gate.claim(1)[0] == (1, None, "unknown_member", None)


def test_who_never_said_anything_said_no(gate: Gate) -> None:
    gate.connection.execute("delete from members_consentstate where member_id = 1")

    assert gate.claim_one(1) == "no_consent"


@pytest.mark.parametrize("state", ["scheduled", "paused", "done", "cancelled"])
def test_a_broadcast_claims_while_it_runs(gate: Gate, state: str) -> None:
    broadcast(gate.connection, 7, state)

    assert gate.claim_one(1, broadcast=7) == "stopped"
    assert gate.claim_one(1, broadcast=8) == "stopped"
    broadcast(gate.connection, 7)
    assert gate.claim_one(1, broadcast=7) == 1


def test_a_claim_ends_with_until(gate: Gate) -> None:
    gate.claim_one(1, until=NOW + timedelta(hours=1))
    gate.at(NOW + timedelta(hours=1, seconds=1))

    assert gate.reap() == 1
    assert gate.message(1, 1) == (State.NOT_SENT, "expired")
    assert gate.claim_one(1) == 2


def test_a_claim_lives_no_longer_than_a_day(gate: Gate) -> None:
    gate.claim_one(1, until=NOW + timedelta(days=9))

    assert gate.one("select send_by from outreach_message") == NOW + timedelta(hours=24)


def test_a_service_message_needs_neither_consent_nor_month_nor_daylight(gate: Gate) -> None:
    gate.claim_one(1)
    gate.consent(1, given=False)
    gate.at("2026-03-02 23:00+08")

    no = gate.claim_service(1)

    assert no == 2
    assert gate.hand_over(1, 2) == datetime(2026, 3, 2, 15, tzinfo=UTC)


@pytest.mark.parametrize(
    ("refusal", "statement"),
    [(reason, REFUSALS[reason]) for reason in ("unknown_member", "no_address", "sending_off", "closed")],
)
def test_a_service_message_is_refused_where_nobody_may_be_reached(gate: Gate, refusal: str, statement: str) -> None:
    gate.connection.execute(statement)

    assert gate.claim_service(1) == refusal


def test_a_service_message_to_nobody_is_refused(gate: Gate) -> None:
    gate.merge(1, 2)

    assert gate.claim_service(1) == "unknown_member"


def test_a_marketing_template_cannot_pass_for_service(gate: Gate) -> None:
    with pytest.raises(errors.CheckViolation):
        gate.claim_service(1, version=MARKETING)


def test_a_service_text_that_nobody_approved_is_not_sent(gate: Gate) -> None:
    with gate.connection.transaction(force_rollback=True):
        gate.connection.execute(
            "insert into outreach_templateversion (id, template_id, number, subject, body, landing_url, provider_code)"
            " values (99, %s, 2, '', '...', '', '')", [SERVICE],
        )  # fmt: skip
        with pytest.raises(errors.CheckViolation):
            gate.claim_service(1, version=99)


def test_what_a_claim_writes_is_undone_with_its_transaction(gate: Gate) -> None:
    with gate.connection.transaction(force_rollback=True):
        assert gate.claim_one(1) == 1

    assert gate.claim_one(1, channel=SMS) == 1
