"""What to say first at the counter: two sentences by rule, from what the portrait shows.

The first is chosen by the kind of the strongest reason of the strongest need, the second by how near those
live who bought the model. Where people live, and what kind of people live there, is a reason to think of a
need, but none that is said to anybody's face: such reasons have no sentence of their own. No sentence holds
a name, a number or an address.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.translation import get_language, gettext_noop, ngettext
from django.utils.translation import gettext as _

from members.models import NeedRule
from members.queries.neighbours import Nearness

Kind = NeedRule.Kind


@dataclass(frozen=True, slots=True)
class Reason:
    """``other`` is the name of the category that a complement is one of."""

    kind: str
    other: str = ""


# What is said of a need for its strongest reason; a kind that is missing here is not spoken of
FIRST = {
    Kind.APPLIANCE_AGE: gettext_noop("Your %(category)s has served you for a good while."),
    Kind.REPAIRS: gettext_noop("Your %(category)s has been repaired before."),
    Kind.COMPLEMENT: gettext_noop("You have the %(other)s, and the %(category)s is still missing."),
    Kind.MOVING: gettext_noop("When you move is the time to choose the %(category)s."),
    Kind.RENOVATING: gettext_noop("While you renovate is the time to choose the %(category)s."),
    Kind.PREMIUM_OWNER: gettext_noop("You have very good appliances; the %(category)s could match them."),
}
FIRST_OF_NO_REASON = gettext_noop("Is a new %(category)s on your mind?")
# What is said of the model that others bought, by where they live
SECOND = {
    Nearness.COMMUNITY: gettext_noop("Neighbours in your community often choose %(model)s. Shall we have a look?"),
    Nearness.DISTRICT: gettext_noop("Families in this district often choose %(model)s. Shall we have a look?"),
    Nearness.CITY: gettext_noop("Families in this city often choose %(model)s. Shall we have a look?"),
    Nearness.COUNTRY: gettext_noop("Many families choose %(model)s. Shall we have a look?"),
}
SECOND_OF_NO_MODEL = gettext_noop("Shall we have a look at the new ones?")


def sentence(
    *, category: str, reasons: Iterable[Reason], age: int | None, model: str, nearness: Nearness | None
) -> str:
    """In the reader's language. ``reasons`` come strongest first; ``age`` is that of the own appliance in years.

    ``model`` is what others bought, empty (and ``nearness`` None) where nothing is known of that.
    """
    first = _first(_in_a_sentence(category), reasons, age)
    second = _(SECOND[nearness] if nearness is not None else SECOND_OF_NO_MODEL) % {"model": model}
    return f"{first}{second}" if _is_chinese() else f"{first} {second}"


def _first(category: str, reasons: Iterable[Reason], age: int | None) -> str:
    reason = next((reason for reason in reasons if reason.kind in FIRST), None)
    if reason is None:
        return _(FIRST_OF_NO_REASON) % {"category": category}
    if reason.kind == Kind.APPLIANCE_AGE and age:
        words = ngettext(
            "You have had your %(category)s for %(years)d year.",
            "You have had your %(category)s for %(years)d years.",
            age,
        )
        return words % {"category": category, "years": age}
    return _(FIRST[Kind(reason.kind)]) % {"category": category, "other": _in_a_sentence(reason.other)}


def _is_chinese() -> bool:
    return (get_language() or "").startswith("zh")


def _in_a_sentence(name: str) -> str:
    """Washing machine: washing machine; TV: TV."""
    return name if name[1:2].isupper() else name[:1].lower() + name[1:]
