"""The functions of the contact guard as a proof calls them, and people who may be written to."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from psycopg import sql

from outreach.models import Channel, Message
from tests.chaos.scratch import GENERATION, Connection

SMS = Channel.SMS
State = Message.State
MARKETING, SERVICE = 1, 2  # versions of templates
# Constraints towards the rest of the product are of no interest here
_UNBOUND = "set local session_replication_role = replica"


class Claim(NamedTuple):
    member: int
    no: int | None
    refusal: str | None
    free_at: datetime | None


class Gate:
    """One session of a scratch database."""

    def __init__(self, connection: Connection, *, generation: int = GENERATION) -> None:
        self.connection, self.generation = connection, generation

    def one(self, statement: str, *values: Any) -> Any:
        """The first value of the first row."""
        row = self.connection.execute(statement, values).fetchone()
        assert row is not None
        return row[0]

    def at(self, moment: datetime | str) -> None:
        """Move the virtual clock of this session."""
        self.one("select set_config('proofs.now', %s, false)", str(moment))

    def claim(
        self, *members: int, channel: int = SMS, broadcast: int | None = None, until: datetime | None = None
    ) -> list[Claim]:
        """One row for each member, by id."""
        rows = self.connection.execute(
            "select * from outreach_claim(%s, %s::smallint, %s, %s, null, %s, %s) order by member_id",
            [list(members), channel, MARKETING, broadcast, self.generation, until],
        ).fetchall()
        return [Claim(*row) for row in rows]

    def claim_one(self, member: int, **how: Any) -> int | str:
        """The number of the message, or why there is none."""
        (claim,) = self.claim(member, **how)
        assert (claim.no is None) != (claim.refusal is None)
        return claim.no if claim.no is not None else str(claim.refusal)

    def claim_service(self, member: int, channel: int = SMS, version: int = SERVICE) -> int | str:
        row = self.connection.execute(
            "select no, refusal from outreach_claim_service(%s, %s::smallint, %s, null, %s, null)",
            [member, channel, version, self.generation],
        ).fetchone()
        assert row is not None
        return row[0] if row[1] is None else str(row[1])

    def hand_over(self, member: int, no: int) -> datetime | str:
        """When, or why not."""
        row = self.connection.execute(
            "select handed_over_at, refusal from outreach_hand_over(%s, %s, %s)", [member, no, self.generation]
        ).fetchone()
        assert row is not None
        assert (row[0] is None) != (row[1] is None)
        return row[0] if row[1] is None else str(row[1])

    def settle(self, member: int, no: int, outcome: int) -> bool:
        return bool(self.one("select outreach_settle(%s, %s, %s::smallint, 'p', 'r', null)", member, no, outcome))

    def reap(self, limit: int = 1000) -> int:
        return int(self.one("select outreach_reap(%s)", limit))

    def merge(self, loser: int, winner: int) -> bool:
        return bool(self.one("select outreach_merge(%s, %s)", loser, winner))

    def split(self, restored: int, merged_with: int) -> bool:
        return bool(self.one("select outreach_split(%s, %s)", restored, merged_with))

    def switch(self, *, on: bool) -> None:
        self.one("select outreach_set_sending(%s)", on)

    def consent(self, member: int, *, given: bool, channel: int = SMS, purpose: int = 1) -> None:
        """What record_consent does, without Django."""
        self.one(
            "select members_record_consent(%s, %s::smallint, %s::smallint, %s, 'office')",
            member, channel, purpose, given,
        )  # fmt: skip

    def message(self, member: int, no: int) -> tuple[Any, ...]:
        """State and reason of a message."""
        row = self.connection.execute(
            "select state, reason from outreach_message where member_id = %s and no = %s", [member, no]
        ).fetchone()
        assert row is not None
        return row


def people(connection: Connection, ids: Sequence[int], *, channels: Sequence[int] = tuple(Channel)) -> None:
    """Members with an address and a yes on these channels, and the templates of the messages. All at once."""
    values = {"ids": list(ids), "channels": list(channels)}
    with connection.transaction():
        connection.execute(_UNBOUND)
        connection.execute(
            "insert into members_member (id, surname, title, household, member_since, refuses_profiling)"
            " select id, '孙', 'm', -id, '2015-03-09', false from unnest(%(ids)s::bigint[]) id",
            values,
        )
        connection.execute(
            "insert into members_contactpoint (channel, bidx, member_id, ciphertext)"
            " select channel, decode(lpad(to_hex(id), 32, '0'), 'hex'), id, ''"
            " from unnest(%(ids)s::bigint[]) id, unnest(%(channels)s::smallint[]) channel",
            values,
        )
        connection.execute(
            "insert into members_consent (member_id, channel, purpose, given, source, said_at, recorded_at, evidence)"
            " select id, channel, 1, true, 'form', '2020-01-01', '2020-01-01', '{}'"
            " from unnest(%(ids)s::bigint[]) id, unnest(%(channels)s::smallint[]) channel",
            values,
        )
        connection.execute(
            "insert into members_consentstate (member_id, channel, purpose, given_at)"
            " select id, channel, 1, '2020-01-01'"
            " from unnest(%(ids)s::bigint[]) id, unnest(%(channels)s::smallint[]) channel",
            values,
        )
        connection.execute(
            "insert into staff_employee (id, employee_no, password, name, role, session_version, created_at)"
            " values (1, 'root', '!', 'root', 'administrator', 1, '2020-01-01') on conflict do nothing"
        )
        for number, service in ((MARKETING, False), (SERVICE, True)):
            connection.execute(
                "insert into outreach_template (id, code, name, channel, language, service, is_active)"
                " values (%(id)s, %(code)s, %(code)s, 1, 'zh-hans', %(service)s, true) on conflict do nothing",
                {"id": number, "code": "service" if service else "marketing", "service": service},
            )
            connection.execute(
                "insert into outreach_templateversion"
                " (id, template_id, number, subject, body, landing_url, provider_code, approved_by_id, approved_at)"
                " values (%(id)s, %(id)s, 1, '', '...', '', '', 1, '2020-01-01') on conflict do nothing",
                {"id": number},
            )


def wipe(connection: Connection) -> None:
    """Take everybody and everything that was sent away."""
    with connection.transaction():
        connection.execute(_UNBOUND)
        for table in (
            "outreach_message", "outreach_contactguard", "outreach_contactmerge", "outreach_broadcast",
            "members_consent", "members_consentstate", "members_contactpoint", "members_member",
        ):  # fmt: skip
            connection.execute(sql.SQL("delete from {}").format(sql.Identifier(table)))
        connection.execute("update outreach_contactpolicy set sending_on = true, closed_until = null")


def broadcast(connection: Connection, number: int, state: str = "running") -> None:
    """A broadcast of which only the state matters."""
    with connection.transaction():
        connection.execute(_UNBOUND)
        connection.execute(
            "insert into outreach_broadcast (id, name, region_id, communities, category_id, min_level, channel,"
            "   version_id, priority, starts_at, ends_at, hold_out_percent, attribution_days, state, reachable,"
            "   created_by_id)"
            " values (%(id)s, 'b', 1, '{}', 1, 3, 1, 1, 5, '2020-01-01', '2040-01-01', 0, 30, %(state)s, 0, 1)"
            " on conflict (id) do update set state = excluded.state",
            {"id": number, "state": state},
        )
