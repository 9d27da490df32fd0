"""What a template may leave open: a closed list, none of which can name anything personal of a member.

A placeholder is ``{name}``; braces mean nothing else and cannot be escaped. Values are put in in one pass, so
that braces inside a value stay what they are.
"""

import re
from collections.abc import Mapping
from enum import StrEnum

from django.utils.translation import gettext_lazy as _


class Placeholder(StrEnum):
    BRAND = "brand"
    STORE = "store"
    SALESPERSON = "salesperson"
    CATEGORY = "category"
    PRODUCT = "product"
    NEIGHBOUR_PRODUCT = "neighbour_product"
    LINK = "link"
    UNSUBSCRIBE = "unsubscribe"
    CODE = "code"


LINKS = frozenset({Placeholder.LINK, Placeholder.UNSUBSCRIBE})
MEANINGS = {
    Placeholder.BRAND: _("the company's name"),
    Placeholder.STORE: _("the sender's store"),
    Placeholder.SALESPERSON: _("the sender's name"),
    Placeholder.CATEGORY: _("the category that is needed"),
    Placeholder.PRODUCT: _("the model of it that people buy most"),
    Placeholder.NEIGHBOUR_PRODUCT: _("the model of it that the neighbours buy most"),
    Placeholder.LINK: _("the counted link to the landing page"),
    Placeholder.UNSUBSCRIBE: _("the link by which one unsubscribes"),
    Placeholder.CODE: _("the code by which a phone is verified, in service messages of that kind alone"),
}
# Characters of the longest value that is put in; longer ones are cut. A segment count promised for a template
# reckons with these, and salesapp/checks.py keeps the links' address as short as this.
MOST = {
    Placeholder.BRAND: 10,
    Placeholder.STORE: 16,
    Placeholder.SALESPERSON: 10,
    Placeholder.CATEGORY: 24,
    Placeholder.PRODUCT: 20,
    Placeholder.NEIGHBOUR_PRODUCT: 20,
    Placeholder.LINK: 50,
    Placeholder.UNSUBSCRIBE: 50,
    Placeholder.CODE: 6,
}
SAMPLES = {
    "zh-hans": {
        Placeholder.BRAND: "海澄",
        Placeholder.STORE: "北岸一店",
        Placeholder.SALESPERSON: "王芳",
        Placeholder.CATEGORY: "冰箱",
        Placeholder.PRODUCT: "海澄 HC-BC258A",
        Placeholder.NEIGHBOUR_PRODUCT: "海澄 HC-BC320A",
        Placeholder.LINK: "https://m.example.com/l/q0Ro8zUa1bEw2XkZ5vYt7g",
        Placeholder.UNSUBSCRIBE: "https://m.example.com/u/q0Ro8zUa1bEw2XkZ5vYt7g",
        Placeholder.CODE: "502718",
    },
    "en": {
        Placeholder.BRAND: "Haicheng",
        Placeholder.STORE: "North Shore",
        Placeholder.SALESPERSON: "Fang Wang",
        Placeholder.CATEGORY: "fridge",
        Placeholder.PRODUCT: "HC-BC258A",
        Placeholder.NEIGHBOUR_PRODUCT: "HC-BC320A",
        Placeholder.LINK: "https://m.example.com/l/q0Ro8zUa1bEw2XkZ5vYt7g",
        Placeholder.UNSUBSCRIBE: "https://m.example.com/u/q0Ro8zUa1bEw2XkZ5vYt7g",
        Placeholder.CODE: "502718",
    },
}
_KNOWN = frozenset(Placeholder)
_token = re.compile(r"\{([a-z_]+)\}|[{}]")


def used(text: str) -> frozenset[Placeholder]:
    """The placeholders of a text that passed the rules of wording."""
    return frozenset(Placeholder(match[1]) for match in _token.finditer(text) if match[1] in _KNOWN)


def stray_braces(text: str) -> list[int]:
    """Where braces stand that belong to no placeholder, known or not; the first character is 1."""
    return [match.start() + 1 for match in _token.finditer(text) if match[1] is None]


def unknown(text: str) -> list[int]:
    """Where placeholders stand that are not on the list; the first character is 1."""
    return [match.start() + 1 for match in _token.finditer(text) if match[1] is not None and match[1] not in _KNOWN]


def fill(text: str, values: Mapping[Placeholder, str]) -> str:
    """The text with the values in their places. A placeholder without a value stays."""

    def _value(match: re.Match[str]) -> str:
        return values.get(Placeholder(match[1]), match[0]) if match[1] in _KNOWN else match[0]

    return _token.sub(_value, text)


def longest(text: str) -> str:
    """The text with the longest value in every place, of characters that cost most in an SMS."""
    letters = {name: ("x" if name in LINKS else "海") * most for name, most in MOST.items()}
    return fill(text, letters)


def bounded(name: Placeholder, value: str) -> str:
    """A value as it is put in: one line, no character that is not shown or takes two units, cut to its bound."""
    shown = "".join(c if c.isprintable() else " " for c in value if c <= "\uffff")
    return " ".join(shown.split())[: MOST[name]].rstrip()
