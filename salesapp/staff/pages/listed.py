"""What every list of the phone says of itself: which rows these are, of how many, and where the next are."""

from collections.abc import Sequence
from typing import Any, TypedDict

from django.http import HttpRequest

from salesapp.staff.queries.bounded_count import Counted

PAGE = 50


class Listed(TypedDict):
    """``next_page`` is the query of the next page's address; None on the last."""

    rows: Sequence[Any]
    first: int
    last: int
    counted: Counted
    next_page: str | None


def listed(request: HttpRequest, rows: Sequence[Any], following: str | None, counted: Counted) -> Listed:
    """A page of a list that was asked for with the cursor ``after``; ``seen`` rows came before it."""
    seen = rows_before(request)
    query = request.GET.copy()
    query["after"], query["seen"] = following or "", str(seen + len(rows))
    return {
        "rows": rows, "first": seen + 1, "last": seen + len(rows), "counted": counted,
        "next_page": query.urlencode() if following else None,
    }  # fmt: skip


def rows_before(request: HttpRequest) -> int:
    """A number for the reader alone: what the page shows follows from the cursor."""
    asked = request.POST if request.method == "POST" else request.GET
    seen = asked.get("seen", "")
    return int(seen) if asked.get("after") and seen.isdecimal() and len(seen) < 10 else 0
