"""The rules that a text keeps before it may be sent: for templates when they are saved, for edited texts when sent.

A finding names the field, a code and a sentence; of the text it tells at most a position, never a part.
"""

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from outreach import placeholders
from outreach.errors import Finding
from outreach.models.channel import Channel
from outreach.placeholders import Placeholder
from outreach.sms_segments import measure, most_segments

MOST_SEGMENTS = 4
# Characters that providers and screens bear; an SMS is bounded by its segments
MOST_CHARACTERS = {Channel.EMAIL: 5000, Channel.PUSH: 300, Channel.WECHAT: 300}
MOST_SUBJECT = {Channel.EMAIL: 100, Channel.PUSH: 40}  # channels that have a subject
# What carriers ask a marketing SMS to end with
OPT_OUT_WORDS = {"zh-hans": "拒收请回复R", "en": "Reply R to opt out"}

# What phones and mail programs turn into links; 。 is a dot to browsers too
_link = re.compile(
    r"[a-z][a-z0-9+.-]*://|\bwww[.。]|[a-z0-9-]\.(?:[a-z]{2,}|中国|公司|网络|网址)(?![a-z])"
    r"|[a-z0-9-]。(?:com|cn|net|org|top|xyz|vip|cc|shop|club|site|link|app|me|io)(?![a-z])"
    r"|(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?![\d.])"
)
_address = re.compile(r"[^\s@]@[^\s@]")
# Seven digits on end, or ten in the groups of a telephone number; a span of prices (1999-2999) is neither.
# A mobile number's three groups are one whatever stands between them
_number = re.compile(
    r"[0-9零〇○一二三四五六七八九幺壹贰叁肆伍陆柒捌玖]{7}|(?<!\d)\+?(?:\d[ ().-]{0,2}){9}\d"
    r"|(?<!\d)1[3-9]\d[\W_]{1,3}\d{4}[\W_]{1,3}\d{4}(?!\d)"
)
# 微 alone is the beginning of 微波炉, and a v of VIP
_other_app = re.compile(
    r"加个?(?:vx?|wx|薇信?|微信|qq|扣扣)(?![a-z])|微信号|(?<![a-z])(?:vx|wx|qq)号?[:： ]?[a-z0-9_-]{5}"
)
_emoji = re.compile("[\u2300-\u23ff\u2600-\u27bf\u2b00-\u2bff\ufe0f\u20e3\U0001f000-\U0001faff\U000e0000-\U000e007f]")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True)
class Wording:
    """The words of a template, saved or about to be."""

    channel: Channel
    language: str
    service: bool
    subject: str
    body: str
    landing_url: str

    @property
    def fingerprint(self) -> str:
        """Another for any other wording, so that what is approved is what was read."""
        return hashlib.sha256(repr(self).encode()).hexdigest()

    @property
    def opt_out_words(self) -> str:
        """What the text must end with; empty where nothing is asked."""
        return OPT_OUT_WORDS[self.language] if self.channel == Channel.SMS and not self.service else ""

    @property
    def ending(self) -> str:
        """The part of the text from its first link or opt-out words on, which a salesperson does not edit.

        Of placeholders it has links only, so that it is the same in every message.
        """
        marks = [f"{{{Placeholder.LINK}}}", f"{{{Placeholder.UNSUBSCRIBE}}}", self.opt_out_words]
        starts = [self.body.index(mark) for mark in marks if mark and mark in self.body]
        return self.body[min(starts, default=len(self.body)) :]


def check_template(wording: Wording) -> list[Finding]:
    """Everything that keeps a template from being saved; the host of the landing page is the action's matter."""
    found = [*_check_subject(wording), *check_plain("body", wording.body, lines=True)]
    for field, text in (("subject", wording.subject), ("body", wording.body)):
        found += [finding(field, "braces", position) for position in placeholders.stray_braces(text)[:1]]
        found += [finding(field, "placeholder", position) for position in placeholders.unknown(text)[:1]]
    found += [finding("body", code) for code in _too_long(wording.channel, placeholders.longest(wording.body))]
    names = placeholders.used(wording.body)
    if not wording.service:
        if Placeholder.CODE in names | placeholders.used(wording.subject):
            found.append(finding("body", "code"))
        if Placeholder.UNSUBSCRIBE not in names:
            found.append(finding("body", "unsubscribe"))
        if not wording.body.rstrip().endswith(wording.opt_out_words):
            found.append(Finding("body", "opt_out", _says_opt_out(wording)))
    if placeholders.used(wording.ending) - placeholders.LINKS:
        found.append(finding("body", "after_link"))
    if (Placeholder.LINK in names) != bool(wording.landing_url):
        found.append(finding("landing_url", "landing_missing" if Placeholder.LINK in names else "landing_unused"))
    return found


def check_edited(wording: Wording, text: str) -> list[Finding]:
    """Everything that keeps a salesperson's text from being sent: the template's rules, and the fixed ending.

    ``text`` is whole, with {link} and {unsubscribe} where the links will stand.
    """
    if not text.endswith(wording.ending):
        return [finding("text", "ending")]
    own = text.removesuffix(wording.ending)
    faults = [*_plain_faults(own, lines=True), *_personal_faults(own)]
    if "{" in own or "}" in own:
        faults.append("no_braces")
    return [finding("text", code) for code in [*faults, *_too_long(wording.channel, placeholders.longest(text))]]


def _check_subject(wording: Wording) -> Iterator[Finding]:
    most = MOST_SUBJECT.get(wording.channel)
    if most is None:
        if wording.subject:
            yield finding("subject", "no_subject")
        return
    if not wording.subject.strip():
        yield finding("subject", "required")
        return
    if placeholders.LINKS & placeholders.used(wording.subject):
        yield finding("subject", "link")
    if len(placeholders.longest(wording.subject)) > most:
        yield finding("subject", "too_long")
    yield from check_plain("subject", wording.subject)


def check_plain(field: str, text: str, *, lines: bool = False) -> list[Finding]:
    """What no text may have, whoever wrote it, be it the name of a thing: of ``lines`` there may be several."""
    return [finding(field, code) for code in _plain_faults(text, lines=lines)]


def _plain_faults(text: str, *, lines: bool) -> Iterator[str]:
    # A placeholder next to a dot is a link as soon as it is filled
    plain = unicodedata.normalize("NFKC", placeholders.longest(text).replace("海", "x")).lower()
    if not text.strip():
        yield "required"
    if any(unicodedata.category(c)[0] == "C" for c in (text.replace("\n", "") if lines else text)):
        yield "control"
    if _emoji.search(text):
        yield "emoji"
    if plain.lstrip(" \n").startswith(_FORMULA):
        yield "formula"
    if _link.search(plain):
        yield "link"


def _personal_faults(text: str) -> Iterator[str]:
    """What a salesperson may not add: another way to be reached, which nobody could unsubscribe from."""
    plain = unicodedata.normalize("NFKC", text)
    if _address.search(plain):
        yield "address"
    if _number.search(plain):
        yield "number"
    if _other_app.search(plain.lower()):
        yield "other_app"


def _too_long(channel: Channel, text: str) -> Iterable[str]:
    most = MOST_CHARACTERS.get(channel)
    too_long = most_segments(text) > MOST_SEGMENTS if most is None else len(text) > most
    return ["too_long"] if too_long else []


def segments_promised(wording: Wording) -> int:
    """No message of this template takes more SMS; 0 on other channels."""
    return most_segments(placeholders.longest(wording.body)) if wording.channel == Channel.SMS else 0


def segments_of(channel: Channel, text: str) -> int:
    """How many SMS a text takes; 0 on other channels."""
    return measure(text).segments if channel == Channel.SMS else 0


_SENTENCES = {
    "required": gettext_lazy("This is empty."),
    "control": gettext_lazy("There are characters in it that are not shown."),
    "emoji": gettext_lazy("Emoji and pictures are not possible: carriers garble them."),
    "formula": gettext_lazy("It may not begin like a formula, with = + - or @."),
    "link": gettext_lazy("There is a link in it, or what phones take for one. Only the template's own are possible."),
    "address": gettext_lazy("There is an e-mail address in it, or what looks like one."),
    "number": gettext_lazy("There is a telephone number in it, or what looks like one."),
    "other_app": gettext_lazy(
        "There is an account of another app in it. Only the template's own ways to answer are possible."
    ),
    "no_braces": gettext_lazy("Braces are not possible."),
    "ending": gettext_lazy("The end with the links and the opt-out words was changed."),
    "too_long": gettext_lazy("It is too long for this channel."),
    "after_link": gettext_lazy("Behind the first link no other placeholder is possible."),
    "no_subject": gettext_lazy("This channel has no subject."),
    "unsubscribe": gettext_lazy("The placeholder {unsubscribe} is missing."),
    "code": gettext_lazy("The placeholder {code} is for service messages alone."),
    "landing_missing": gettext_lazy("The text has {link}, so it needs a landing page."),
    "landing_unused": gettext_lazy("The text has no {link} that would lead there."),
    "landing_host": gettext_lazy("The landing page must begin with https:// and lie on a host that is allowed."),
    "no_provider_code": gettext_lazy("This channel's provider holds the texts itself, and its template id is missing."),
    "stale": gettext_lazy("What the text was made of has changed. Draw it again."),
    "not_editable": gettext_lazy("The provider holds the words of this template, so they cannot be edited."),
    "fixed": gettext_lazy("This cannot change any more: a version of the template was approved."),
    "superseded": gettext_lazy("A newer version of this template was approved. Draft the message again."),
    "not_usable": gettext_lazy("There is no such template, or it is not approved for this channel."),
}


def finding(field: str, code: str, position: int | None = None) -> Finding:
    if position is None:
        return Finding(field, code, _SENTENCES[code])
    if code == "braces":
        detail = _("A brace at character %(position)s belongs to no placeholder.")
    else:
        detail = _("The placeholder at character %(position)s is not on the list.")
    return Finding(field, code, detail % {"position": position})


def _says_opt_out(wording: Wording) -> str:
    return _("It must end with: %(words)s") % {"words": wording.opt_out_words}
