"""What members are asked to agree to, as it is worded today."""

from dataclasses import dataclass

from django.conf import settings
from django.db.models.functions import Now

from members.models import Consent, ConsentWording


@dataclass(frozen=True, slots=True)
class Offered:
    """The wordings that hold now, in one language where there are any in it."""

    channels: list[tuple[Consent.Channel, ConsentWording]]
    profiling: ConsentWording | None


def offered_wordings(language: str) -> Offered:
    """A channel is offered where a text names it; SMS, for which there is a number, also by one for every channel."""
    current: dict[tuple[int, int], ConsentWording] = {}
    texts = ConsentWording.objects.filter(valid_from__lte=Now()).order_by("valid_from", "pk")
    for wanted in (settings.LANGUAGE_CODE, language):  # the reader's own goes over the first
        for wording in texts:
            if wording.language == wanted:
                current[wording.purpose, wording.channel] = wording
    marketing, every = Consent.Purpose.MARKETING, Consent.Channel.EVERY
    channels = []
    for channel in Consent.Channel:
        found = current.get((marketing, channel)) if channel != every else None
        if channel == Consent.Channel.SMS:
            found = found or current.get((marketing, every))
        if found:
            channels.append((channel, found))
    return Offered(channels, current.get((Consent.Purpose.PROFILING, every)))
