"""What the access log says was searched for or done, in the reader's words. The log itself keeps its own."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from members.models import Consent
from salesapp.staff.models import AccessEntry

_ACTS: Mapping[str, str | Promise] = {
    "profiling: objects": gettext_lazy("objection to profiling"),
    "profiling: no longer objects": gettext_lazy("objection to profiling taken back"),
    "correct: name": gettext_lazy("correction of surname and form of address"),
    "correct: community": gettext_lazy("correction of the community"),
    "copy: without addresses": gettext_lazy("copy without number and address"),
    "copy: everything": gettext_lazy("copy of everything, by command"),
    "export: copy for the member": gettext_lazy("list of the look-ups, for the member"),
    "export: full": gettext_lazy("list of the look-ups, in full"),
    "read: request to be moved": gettext_lazy("request to live in another community"),
    "community: granted": gettext_lazy("request to live in another community, granted"),
    "community: left": gettext_lazy("request to live in another community, left as it was"),
    "erase: request": gettext_lazy("erasure at the member's request"),
    "erase: complaint": gettext_lazy("erasure after a complaint"),
    "erase: order": gettext_lazy("erasure by order of an authority"),
    "search: everything": pgettext_lazy("log", "search"),
}
_LEDGERS: Mapping[str, str | Promise] = {
    "consents": gettext_lazy("consents"),
    "access entries": gettext_lazy("access entries"),
    "messages": gettext_lazy("messages"),
}
_PARTS: Mapping[str, str | Promise] = {
    "employee": gettext_lazy("Employee number"),
    "store": gettext_lazy("Store code"),
    "reason": gettext_lazy("Reason of the look-up"),
    "since": gettext_lazy("From day"),
    "until": gettext_lazy("To day"),
}


def in_words(search: str) -> str:
    """As it is where it is none of the known."""
    if search in _ACTS:
        return str(_ACTS[search])
    kind, _colon, rest = search.partition(": ")
    if kind == "withdraw":
        channel = next((each for each in Consent.Channel if each.name.lower() == rest), None)
        return _("withdrawal: %(channel)s") % {"channel": channel.label} if channel is not None else search
    if kind == "admin":
        ledger, _employee, number = rest.partition(" employee ")
        if ledger in _LEDGERS:
            return " ".join([_("in the administration: %(ledger)s") % {"ledger": _LEDGERS[ledger]}, number]).strip()
    if kind == "search":
        return _search(rest) or search
    return search


def _search(rest: str) -> str | None:
    """Each part is a name and what was typed there."""
    names, values = rest.split(" ")[::2], rest.split(" ")[1::2]
    if len(names) != len(values) or not set(names) <= _PARTS.keys():
        return None
    reasons = dict([*AccessEntry.Reason.choices, *AccessEntry.PrivacyReason.choices])
    said = (
        f"{_PARTS[name]} {reasons.get(value, value) if name == 'reason' else value}"
        for name, value in zip(names, values, strict=True)
    )
    return _("search: %(parts)s") % {"parts": " · ".join(said)}
