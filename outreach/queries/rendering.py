"""A version's words with the values of one message put in."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.conf import settings

from outreach.errors import FactMissing
from outreach.message_token import token
from outreach.models import TemplateVersion
from outreach.models.channel import Channel
from outreach.placeholders import LINKS, MEANINGS, MOST, SAMPLES, Placeholder, bounded, fill, longest, used
from outreach.sms_segments import Encoding, measure
from outreach.wording import Wording, segments_of, segments_promised


@dataclass(frozen=True, slots=True)
class Facts:
    """What a message may tell; empty where it is not known. Nothing of it is about the member's person."""

    brand: str = ""
    store: str = ""
    salesperson: str = ""
    category: str = ""
    product: str = ""
    neighbour_product: str = ""
    code: str = ""


@dataclass(frozen=True, slots=True)
class Links:
    link: str
    unsubscribe: str


# Stand for the links in a text whose message has no name yet
OPEN_LINKS = Links(f"{{{Placeholder.LINK}}}", f"{{{Placeholder.UNSUBSCRIBE}}}")


@dataclass(frozen=True, slots=True)
class Rendered:
    """``segments`` is 0 on channels other than SMS; ``parameters`` are for providers that hold the texts."""

    subject: str
    text: str
    segments: int
    parameters: Mapping[str, str]


def render(version: TemplateVersion, facts: Facts, links: Links) -> Rendered:
    """Raises FactMissing where the version asks for what is not known: nothing is sent with a gap in it."""
    values = {name: bounded(name, getattr(facts, name)) for name in Placeholder if name not in LINKS}
    values |= {Placeholder.LINK: links.link, Placeholder.UNSUBSCRIBE: links.unsubscribe}
    needed = {name: values[name] for name in sorted(version.placeholders)}
    if not all(needed.values()):
        raise FactMissing
    text = fill(version.body, needed)
    channel = Channel(version.template.channel)
    return Rendered(
        fill(version.subject, needed), text, segments_of(channel, text), {str(k): v for k, v in needed.items()}
    )


def fill_links(text: str, links: Links) -> str:
    """An edited text with the links of its message."""
    return fill(text, {Placeholder.LINK: links.link, Placeholder.UNSUBSCRIBE: links.unsubscribe})


def links_of(member_id: int, no: int) -> Links:
    """The links of one message: its name is all that stands in them."""
    name = token(member_id, no)
    return Links(f"{settings.PUBLIC_ADDRESS}/l/{name}", f"{settings.PUBLIC_ADDRESS}/u/{name}")


def wording_of(version: TemplateVersion) -> Wording:
    template = version.template
    return Wording(
        Channel(template.channel), template.language, template.service, version.subject, version.body,
        version.landing_url,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class PreviewedPlaceholder:
    name: Placeholder
    meaning: str
    sample: str
    most: int


@dataclass(frozen=True, slots=True)
class Preview:
    """A text as it may look, and how long it can become."""

    subject: str
    text: str
    characters: int
    most_characters: int
    segments: int
    most_segments: int
    encoding: Encoding
    placeholders: list[PreviewedPlaceholder]


def preview(wording: Wording) -> Preview:
    """The words with sample values, for whoever approves them."""
    samples = SAMPLES[wording.language]
    text = fill(wording.body, samples)
    return Preview(
        subject=fill(wording.subject, samples),
        text=text,
        characters=len(text),
        most_characters=len(longest(wording.body)),
        segments=segments_of(wording.channel, text),
        most_segments=segments_promised(wording),
        encoding=measure(text).encoding,
        placeholders=[
            PreviewedPlaceholder(name, str(MEANINGS[name]), samples[name], MOST[name])
            for name in Placeholder
            if name in used(wording.subject) | used(wording.body)
        ],
    )
