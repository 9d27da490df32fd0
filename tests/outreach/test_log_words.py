"""Everything that the sources write into the access log as words has words for the reader."""

import re

from django.conf import settings
from django.utils.translation import override

from members.models import Consent
from outreach.log_words import in_words

SOURCES = ("members/actions", "outreach/actions")
WRITTEN = re.compile(r'(?:words|search)=f?"([^"]+)"|words = f"([^"]+)"|return f"(search: [^"]+)"')
FILLED = {
    "withdraw: {channel.name.lower()}": [f"withdraw: {each.name.lower()}" for each in Consent.Channel],
    "profiling: {'objects' if objects else 'no longer objects'}": [
        "profiling: objects", "profiling: no longer objects",
    ],
    "export: {'full' if full else 'copy for the member'}": ["export: full", "export: copy for the member"],
    "community: {'granted' if granted else 'left'}": ["community: granted", "community: left"],
    "erase: {reason.value}": ["erase: request", "erase: complaint", "erase: order"],
    "search: {words or 'everything'}": ["search: everything", "search: store N1 since 2026-11-01"],
}  # fmt: skip


def written() -> list[str]:
    """All that an action writes there, with its variables filled in."""
    found = []
    for folder in SOURCES:
        for path in (settings.BASE_DIR / folder).glob("*.py"):
            for match in WRITTEN.finditer(path.read_text(encoding="utf-8")):
                words = next(part for part in match.groups() if part)
                found += FILLED.get(words, [words])
    return found


def test_whatever_is_written_there_has_words_for_the_reader() -> None:
    found = written()
    assert len(found) >= 16
    assert not [words for words in found if "{" in words]
    with override("en"):
        assert [words for words in found if in_words(words) == words] == []


def test_the_ledgers_of_the_administration_have_words() -> None:
    for ledger in ("consents", "access entries", "messages"):
        with override("en"):
            assert in_words(f"admin: {ledger}") == f"in the administration: {ledger}"
            assert in_words(f"admin: {ledger} employee 7") == f"in the administration: {ledger} 7"


def test_what_is_unknown_is_shown_as_it_is() -> None:
    for words in ("", "x", "withdraw: fax", "search: ", "search: who 1", "search: employee", "read: x", "a: b: c"):
        assert in_words(words) == words
