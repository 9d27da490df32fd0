"""Admin lists over tables that are never small, of rows that are never deleted."""

from typing import Any

from django.contrib import admin
from django.core.paginator import Paginator
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.formats import number_format
from django.utils.functional import cached_property
from django.utils.translation import gettext as _

MOST_LISTED = 10_000
# What the filters beside a list put behind a field's name in the address
FILTERS = ("", "__exact", "__id__exact", "__isnull", "__isempty")


class CappedPaginator(Paginator):  # type: ignore[type-arg] # generic in the stubs alone
    """Counts at most MOST_LISTED rows: counting a hundred million takes minutes, and nobody pages that far."""

    @cached_property
    def count(self) -> int:
        rows = self.object_list
        if not isinstance(rows, QuerySet):
            return len(rows)
        return int(rows.order_by()[: MOST_LISTED + 1].count()) if rows.query.is_sliced is False else len(rows)


class KeptAdmin(admin.ModelAdmin):  # type: ignore[type-arg] # generic in the stubs alone
    """Rows that other rows stand on: changed or closed, never deleted. A list that is cut says so."""

    show_full_result_count = False
    paginator = CappedPaginator
    list_per_page = 50
    list_max_show_all = 200
    sortable_by = ()  # in the order of an index; any other sorts the whole table
    actions_on_bottom = False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """Only what list_filter offers. By default an address may ask about any column of the table with any
        comparison, so that a hash or a member's number is guessed a letter at a time."""
        fields = [entry[0] if isinstance(entry, tuple) else entry for entry in self.list_filter]
        # PostgreSQL takes no NUL
        return value.isprintable() and lookup in {f"{field}{how}" for field in fields for how in FILTERS}

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        response = super().changelist_view(request, extra_context)
        listed = getattr(response, "context_data", None) or {}
        if (shown := listed.get("cl")) and shown.result_count > MOST_LISTED:
            listed["subtitle"] = _("Only the first %(most)s are listed. Search to find the others.") % {
                "most": number_format(MOST_LISTED, force_grouping=True)
            }
        return response


class ReadOnlyAdmin(KeptAdmin):
    """Rows that only the application writes."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False
