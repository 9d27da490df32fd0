from contextlib import suppress

from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

from outreach.models import Channel
from outreach.queries.waiting_messages import Pairs


def defer_sending(*, channel: Channel, pairs: Pairs) -> None:
    """Have a worker send these claimed messages, (member id, number) each, once the caller's transaction commits.

    The job is a convenience: a message whose job is lost is found by the sweep.
    """
    first = "-".join(map(str, pairs[0]))
    with suppress(AlreadyEnqueued):
        app.configure_task("send_messages", queueing_lock=f"send {first}").defer(
            channel=channel, pairs=[list(pair) for pair in pairs]
        )
