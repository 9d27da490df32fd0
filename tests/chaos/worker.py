"""One sender: the product's own code, in a process that may be killed at any line."""

import json
import os
import random
import time
import uuid
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import NoReturn

from django.db import DatabaseError, InterfaceError, connection, transaction

from members.actions.record_consent import record_consent
from members.errors import CannotMerge
from members.models import Consent
from outreach.actions import send_message as sending
from outreach.actions.claim_messages import claim_messages
from outreach.actions.compose_message import compose_message
from outreach.actions.merge_guards import merge_guards
from outreach.actions.reap_messages import reap_messages
from outreach.actions.send_messages import send_messages
from outreach.channels import channel_for
from outreach.channels.protocol import Answer, Outcome
from outreach.models import Channel, Message
from outreach.queries.waiting_messages import waiting_messages
from tests.chaos.gate import MARKETING, SMS

HOT = 400  # members who are written to at a time; the next take their place

STALLED = """
update outreach_message set handover_at = clock_timestamp()
 where (member_id, no) in (
       select member_id, no from outreach_message
        where state = 1 and handover_at < clock_timestamp() - interval '0.4 s' and send_by > clock_timestamp()
        limit 1 for update skip locked)
returning member_id, no
"""


class Journal:
    """What members said, with the times before and after it was recorded. One line at a time, by many processes."""

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    def around(self, kind: str, member: int, record: Callable[[], object]) -> None:
        number = uuid.uuid4().hex  # ids of processes come again within half an hour of killing
        self._write([number, kind, member, time.time()])
        record()
        self._write([number, "done", member, time.time()])

    def _write(self, entry: list[object]) -> None:
        os.write(self._file, f"{json.dumps(entry)}\n".encode())


def work(*, members: int, began: float, seconds: float, journal: Path, retry: bool) -> NoReturn:
    """Until the process is killed."""
    worker = _Worker(members, began, seconds, Journal(journal), retry=retry)
    if retry:
        _leave_unknown_ones_to_be_tried_again()
    while True:
        try:
            while True:
                worker.turn()
        except (DatabaseError, InterfaceError):
            # The server crashed: come back, as a job that is run again does
            connection.close()
            time.sleep(0.1)


class _Worker:
    def __init__(self, members: int, began: float, seconds: float, journal: Journal, *, retry: bool) -> None:
        self._members, self._began, self._seconds = members, began, seconds
        self._journal, self._retry = journal, retry
        self._draw = random.Random(os.getpid() + time.time_ns())

    def turn(self) -> None:
        draw = self._draw
        x = draw.random()
        if self._retry and x > 0.5 and self._send_stalled():
            return
        if x < 0.03:
            self._merge()
        elif x < 0.045:
            reap_messages()
        elif x < 0.065:
            self._say(given=draw.random() < 0.6)
        elif x < 0.105:
            for channel, pairs in waiting_messages(idle_seconds=1, limit=20).items():
                send_messages(channel=Channel(channel), pairs=pairs)
        else:
            self._write()

    def _hot(self, count: int) -> list[int]:
        first = int((self._members - HOT) * min(1.0, (time.time() - self._began) / self._seconds))
        return [first + number for number in self._draw.sample(range(1, HOT + 1), count)]

    def _write(self) -> None:
        with transaction.atomic():
            claims = claim_messages(members=self._hot(self._draw.randint(1, 4)), channel=SMS, version_id=MARKETING)
        pairs = [(claim.member_id, claim.no) for claim in claims if claim.no is not None]
        if self._draw.random() < 0.1:
            time.sleep(self._draw.uniform(0, 0.6))
        if pairs:
            send_messages(channel=SMS, pairs=pairs)

    def _merge(self) -> None:
        loser, winner = self._hot(2)
        with suppress(CannotMerge), transaction.atomic():
            merge_guards(loser, winner)

    def _say(self, *, given: bool) -> None:
        (member,) = self._hot(1)
        self._journal.around(
            "yes" if given else "no",
            member,
            lambda: record_consent(
                member_id=member, channel=SMS, purpose=Consent.Purpose.MARKETING, given=given, source="office"
            ),
        )

    def _send_stalled(self) -> bool:
        """What ordinary queues do: hand out again what somebody took and did not finish."""
        with connection.cursor() as cursor:
            cursor.execute(STALLED)
            row = cursor.fetchone()
        if row is None:
            return False
        message = Message.objects.get(pk=row)
        ready = compose_message(message)
        assert message.handover_at
        answer = channel_for(SMS).send(replace(ready, handed_over_at=message.handover_at))
        sending._settle(message.member_id, message.no, "chaos", answer)
        return True


def _leave_unknown_ones_to_be_tried_again() -> None:
    settle = sending._settle

    def settle_if_known(member_id: int, no: int, provider: str, answer: Answer) -> None:
        if answer.outcome is not Outcome.UNKNOWN:
            settle(member_id, no, provider, answer)

    sending._settle = settle_if_known
