"""The channel to the fake provider, as any other channel of the product."""

import json
import socket

from outreach.channels.protocol import Answer, Outcome, Outgoing
from outreach.channels.url import ChannelUrl

TIMEOUT = 0.3


class ChaosChannel:
    """One JSON line for a request, one word for an answer. What is not certain is unknown."""

    provider = "chaos"
    per_second = 10_000.0

    def __init__(self, url: ChannelUrl) -> None:
        assert url.port
        self._address = (url.host, url.port)

    def send(self, message: Outgoing) -> Answer:
        request = json.dumps([message.address, message.name, message.handed_over_at.timestamp()])
        try:
            with socket.create_connection(self._address, timeout=TIMEOUT) as connection:
                connection.sendall(f"{request}\n".encode())
                with connection.makefile() as answers:
                    word = answers.readline().strip()
        except ConnectionRefusedError:
            return Answer(Outcome.REFUSED, reason="no connection")
        except OSError as error:
            return Answer(Outcome.UNKNOWN, reason=type(error).__name__)
        outcomes = {"accepted": Outcome.ACCEPTED, "refused": Outcome.REFUSED, "stale": Outcome.REFUSED}
        return Answer(outcomes.get(word, Outcome.UNKNOWN), reason=word)
