"""A wait in words."""

from math import ceil

from django.utils.translation import ngettext

MINUTE, HOUR = 60, 3600


def in_words(seconds: int) -> str:
    """ "40 seconds", "12 minutes", "11 hours" in the reader's language; never shorter than the wait is."""
    if seconds < 2 * MINUTE:
        return ngettext("%(count)s second", "%(count)s seconds", seconds) % {"count": seconds}
    if seconds < 2 * HOUR:
        minutes = ceil(seconds / MINUTE)
        return ngettext("%(count)s minute", "%(count)s minutes", minutes) % {"count": minutes}
    hours = ceil(seconds / HOUR)
    return ngettext("%(count)s hour", "%(count)s hours", hours) % {"count": hours}
