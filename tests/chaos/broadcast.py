"""One broadcast to a large audience while its workers are killed: every member ends in exactly one state.

The workers run the product's own actions in processes of their own, killed at any line. The provider is a file
to which a worker appends before it gets its answer: what is in it has left.

    python -m tests.chaos.broadcast --members 1000000 --kills 100
"""

import argparse
import os
import random
import signal
import sys
import time
import traceback
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NoReturn

from tests.chaos.scratch import GENERATION, REAL, Database, checkouts_database, scratch

WORKERS = 4
CALL_MAX = "2 seconds"  # after which a killed worker's call is over
COMMUNITIES = 200
POPULATE = f"""
insert into geo_region (id, level, code, name, path, boundary_crs) values (1, 'country', 'CN', '中国', '1.', '');
insert into geo_community (id, name, region_id, region_path, address, chosen, updated_at)
select id, 'c' || id, 1, '1.', '', '{{}}', now() from generate_series(1, {COMMUNITIES}) id;
insert into members_category (id, code, name, name_en, lifetime_years, position, glyph)
values (1, 'fridge', '冰箱', 'Fridge', 10, 1, 'fridge');
insert into members_member (id, surname, title, household, member_since, refuses_profiling, community_id)
select id, '孙', 'm', -id, '2015-03-09', id %% 50 = 0, 1 + id %% {COMMUNITIES} from generate_series(1, %(members)s) id;
insert into members_need (member_id, category_id, level, score, reasons)
select id, 1, 3 + id %% 2, 60, '{{}}' from generate_series(1, %(members)s) id;
insert into members_contactpoint (channel, bidx, member_id, ciphertext)
select 1, decode(lpad(to_hex(id), 32, '0'), 'hex'), id, '' from generate_series(1, %(members)s) id where id %% 10 > 0;
insert into members_consentstate (member_id, channel, purpose, given_at)
select id, 1, 1, '2020-01-01' from generate_series(1, %(members)s) id where id %% 7 < 3;
insert into outreach_contactguard (member_id, blocked_until, fence, last_no)
select id, now() + interval '20 days', 1, 1 from generate_series(1, %(members)s) id where id %% 4 = 0;
insert into staff_employee (id, employee_no, password, name, role, region_id, session_version, created_at)
values (1, 'mei', '!', 'mei', 'manager', 1, 1, now());
insert into outreach_template (id, code, name, channel, language, service, is_active)
values (1, 'x', 'x', 1, 'zh-hans', false, true);
insert into outreach_templateversion (id, template_id, number, subject, body, landing_url, provider_code)
values (1, 1, 1, '', '...', '', '');
update outreach_contactpolicy set approval_above = %(members)s;
insert into outreach_broadcast (
    id, name, region_id, communities, category_id, min_level, channel, version_id, priority, starts_at, ends_at,
    hold_out_percent, attribution_days, state, reachable, created_by_id
)
values (1, 'all', 1, '{{}}', 1, 3, 1, 1, 5, now(), now() + interval '1 day', 10, 30, 'scheduled', 0, 1)
"""


@dataclass(slots=True)
class Report:
    audience: int
    kills: int = 0
    parts: Counter[str] = field(default_factory=Counter)
    left: int = 0
    faults: Counter[str] = field(default_factory=Counter)

    def judge(self, what: str, count: int) -> None:
        if count:
            self.faults[what] = count


def run(database: Database, *, members: int) -> Report:
    """The database is DATABASE_URL's, scratch and empty. Raises AssertionError where nothing happened."""
    from django.db import connection

    from outreach.actions.publish_audience import publish_audience

    with database.connect() as admin:
        admin.execute(f"create or replace function outreach_call_max() returns interval language sql immutable"
                      f" as $$ select interval '{CALL_MAX}' $$")  # fmt: skip
        # A backend notices that its worker was killed, also while it waits for a lock
        admin.execute(f"alter database {database.name} set client_connection_check_interval = '200ms'")
        admin.execute("set session_replication_role = replica")
        for statement in POPULATE.split(";\n"):
            admin.execute(statement, {"members": members})
        admin.execute("analyze")
    report = Report(publish_audience())
    with TemporaryDirectory(prefix="chaos-") as folder:
        log = Path(folder) / "accepted"
        log.touch()
        pids = [_fork(log, number) for number in range(WORKERS)]
        try:
            _torment(database, report, pids, log, pause=0.8 + members * 2e-6)
        finally:
            for pid in pids:
                _end(pid)
        _judge(database, report, log)
    connection.close()
    return report


def _fork(log: Path, number: int) -> int:
    """A worker; it costs milliseconds, because Django is loaded."""
    from django.db import connection

    connection.close()
    pid = os.fork()
    if pid:
        return pid
    try:
        _work(log, number)
    except BaseException:  # noqa: BLE001 - the parent sees that it ended by itself
        traceback.print_exc()
    os._exit(1)


def _end(pid: int) -> None:
    os.kill(pid, signal.SIGKILL)
    _, status = os.waitpid(pid, 0)
    assert os.WIFSIGNALED(status), "a worker ended by itself; its traceback is above"


def _work(log: Path, number: int) -> NoReturn:
    """The jobs of the product without the queue: tend, claim, send, reap, until killed. The first one tends."""
    from datetime import UTC, datetime

    from outreach.actions import send_message as sending
    from outreach.actions import send_messages as pacing
    from outreach.actions.claim_batch import claim_batch
    from outreach.actions.reap_messages import reap_messages
    from outreach.actions.send_messages import send_messages
    from outreach.actions.tend_broadcast import tend_broadcast
    from outreach.channels.protocol import Answer, Outcome, Outgoing
    from outreach.models import Channel, Message
    from outreach.queries.open_batches import open_batches
    from outreach.queries.waiting_messages import waiting_messages

    draw = random.Random(os.getpid() + time.time_ns())
    file = os.open(log, os.O_WRONLY | os.O_APPEND)

    class FileChannel:
        provider = "file"
        per_second = 1e6

        def send(self, message: Outgoing) -> Answer:
            x = draw.random()
            if x < 0.05:
                return Answer(Outcome.REFUSED, reason="bad number")
            os.write(file, f"{message.name}\n".encode())
            return Answer(Outcome.UNKNOWN if x < 0.08 else Outcome.ACCEPTED)

    def compose(message: Message) -> Outgoing:
        name = f"{message.member_id} {message.no}"
        return Outgoing(name, "", "", "", "", {}, "", datetime.min.replace(tzinfo=UTC))

    channel = FileChannel()
    for module in (sending, pacing):
        setattr(module, "channel_for", lambda _: channel)  # noqa: B010 - mypy sees no name that may be set
    setattr(sending, "compose_message", compose)  # noqa: B010
    while True:
        batches = tend_broadcast(broadcast_id=1) if number == 0 else open_batches(1)
        for batch in draw.sample(batches, min(len(batches), 2)):
            claim_batch(broadcast_id=1, batch=batch)
        for found, pairs in waiting_messages(idle_seconds=0, limit=4000).items():
            draw.shuffle(pairs)
            send_messages(channel=Channel(found), pairs=pairs[:500])
        reap_messages()
        if not batches:
            time.sleep(0.2)


def _torment(database: Database, report: Report, pids: list[int], log: Path, *, pause: float) -> None:
    with database.connect() as admin:
        while True:
            time.sleep(pause * random.uniform(0.5, 1.5))
            ((state,),) = admin.execute("select state from outreach_broadcast").fetchall()
            if state == "done":
                return
            place = random.randrange(WORKERS)
            _end(pids[place])
            pids[place] = _fork(log, place)
            report.kills += 1


def _judge(database: Database, report: Report, log: Path) -> None:
    names = Counter((int(line.split()[0]), int(line.split()[1])) for line in log.read_text().splitlines())
    report.left = len(names)
    report.judge("left twice", sum(1 for count in names.values() if count > 1))
    from outreach.models import Broadcast
    from outreach.queries.broadcast_results import exact_parts

    report.parts.update(exact_parts(Broadcast.objects.get()))
    with database.connect() as admin:

        def count(statement: str) -> int:
            ((number,),) = admin.execute(statement).fetchall()
            return int(number)

        report.judge(
            "members of the audience without a row, or rows of nobody",
            count("select count(*) from outreach_audiencemember full join outreach_recipient using (member_id)"
                  " where category_id is null or broadcast_id is null"),
        )  # fmt: skip
        report.judge("parts that do not add up", abs(report.parts.total() - report.audience))
        report.judge("recipients still queued", count("select count(*) from outreach_recipient where state = 0"))
        report.judge("messages still open", count("select count(*) from outreach_message where state in (0, 1)"))
        report.judge(
            "claims without a message, or messages without a claim",
            count("select count(*) from (select * from outreach_recipient where state = 1) r"
                  " full join outreach_message m on m.member_id = r.member_id and m.no = r.no"
                  " where r.member_id is null or m.member_id is null"),
        )  # fmt: skip
        rows = admin.execute("select member_id, no, state from outreach_message").fetchall()
    states = {(member, no): state for member, no, state in rows}
    report.judge("left, but the row denies it", sum(1 for name in names if states.get(name) not in (2, 3)))
    report.judge(
        "accepted by the row, but never left", sum(1 for key, s in states.items() if s == 2 and key not in names)
    )


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos.broadcast", description=__doc__)
    parser.add_argument("--members", type=int, default=1_000_000)
    parser.add_argument("--kills", type=int, default=100, help="at least; fewer make the run fail (100)")
    asked = parser.parse_args()
    checkouts_database()
    os.environ |= {"DJANGO_SETTINGS_MODULE": "salesapp.settings", "SENDING_GENERATION": str(GENERATION)}
    with scratch("broadcast", REAL) as database:
        os.environ["DATABASE_URL"] = database.url
        import django

        django.setup()
        began = time.time()
        report = run(database, members=asked.members)
    print(
        f"{report.audience:,} members, {report.left:,} messages left, {report.kills} kills, {time.time() - began:.0f} s"
    )
    for part, members in report.parts.most_common():
        print(f"    {part:<20} {members:>10,}")
    for what, count in report.faults.items():
        print(f"    FAULT {what}: {count:,}")
    enough = report.kills >= asked.kills and report.left > asked.members / 20
    print("held" if enough and not report.faults else "FAILED" if report.faults else "FAILED: too little happened")
    return 0 if enough and not report.faults else 1


if __name__ == "__main__":
    sys.exit(main())
