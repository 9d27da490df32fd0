import time
from collections.abc import Sequence

from members.vault import NoDataKey
from outreach.actions.send_message import PASSING, send_message
from outreach.actions.take_turns import take_turns
from outreach.channels import channel_for
from outreach.models import Channel, Message

# Turns are reserved for so many at once: a worker that dies leaves at most these unused
TURNS = 20


def send_messages(*, channel: Channel, pairs: Sequence[tuple[int, int]]) -> dict[str, int]:
    """Send claimed messages, given as (member id, number), at the pace of the channel's provider.

    Stops at the first refusal that holds for all and passes (night, switch, pause): what is left waits for the
    sweep. An address whose key this process has not is passed over: another worker may have it, and what comes
    behind may leave. Any other error ends the run; the sweep takes the rest up again until each has left or expired.
    Returns how many ended in which way.
    """
    ended: dict[str, int] = {}
    provider = channel_for(channel)
    for start in range(0, len(pairs), TURNS):
        chunk = pairs[start : start + TURNS]
        begin = time.monotonic() + take_turns(channel=provider, wanted=len(chunk))
        for turn, (member_id, no) in enumerate(chunk):
            time.sleep(max(0.0, begin + turn / provider.per_second - time.monotonic()))
            try:
                result = send_message(member_id=member_id, no=no)
            except NoDataKey:
                ended["NO_DATA_KEY"] = ended.get("NO_DATA_KEY", 0) + 1
                continue
            ended[result.name] = ended.get(result.name, 0) + 1
            # Where its broadcast was ended, the message was too, and those behind it may leave
            if result in PASSING and Message.objects.filter(pk=(member_id, no), state=Message.State.CLAIMED).exists():
                return ended
    return ended
