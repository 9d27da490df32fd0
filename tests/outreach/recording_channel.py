"""A channel for tests: keeps what it was given and answers as told."""

from dataclasses import dataclass, field

from outreach.channels.protocol import Answer, Outcome, Outgoing


@dataclass
class RecordingChannel:
    answer: Answer = field(default_factory=lambda: Answer(Outcome.ACCEPTED, reference="ref-1"))
    sent: list[Outgoing] = field(default_factory=list)
    provider: str = "recording"
    per_second: float = 1000.0

    def send(self, message: Outgoing) -> Answer:
        self.sent.append(message)
        return self.answer
