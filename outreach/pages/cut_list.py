"""What a list of found communities says below itself where it is cut."""

from django.utils.translation import gettext as _

from salesapp.staff.queries.bounded_count import Counted


def cut_list(shown: int, found: Counted) -> str:
    """How many are shown, and of how many; empty where all are."""
    if shown >= found.number:
        return ""
    said = (
        _("The first %(shown)s of more than %(number)s. Type more of the name.")
        if found.more
        else _("The first %(shown)s of %(number)s. Type more of the name.")
    )
    return said % {"shown": shown, "number": found.number}
