"""Ledgers about members in the admin: each look at one is an entry of the log of reads, and counts as a look-up."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.admin.utils import unquote
from django.contrib.admin.views.main import SEARCH_VAR
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Model
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from geo.admin_lists import ReadOnlyAdmin
from members.public_id import NotAPublicId, member_id
from salesapp.staff.actions.allow_look_up import allow_look_up
from salesapp.staff.actions.record_read import record_read
from salesapp.staff.models import AccessEntry, Employee
from salesapp.staff.pages.refused import REFUSALS, refused_in_words


class RecordedAdmin(ReadOnlyAdmin):
    """Entry and look are one transaction. Whose look-ups are held looks at none of these either."""

    ledger: str  # what the log calls it

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        asked = request.GET.get(SEARCH_VAR, "").strip()
        show = super().changelist_view
        return self._on_record(request, _member(asked), _employee(asked), lambda: show(request, extra_context))

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        show = super().changeform_view
        row = self.get_object(request, unquote(object_id)) if object_id else None
        if row is None:  # there is nothing to see
            return show(request, object_id, form_url, extra_context)
        about = getattr(row, "member_id", None)
        return self._on_record(request, about, "", lambda: show(request, object_id, form_url, extra_context))

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        show = super().history_view
        row: Model | None = self.get_object(request, unquote(object_id))
        about = getattr(row, "member_id", None)
        return self._on_record(request, about, "", lambda: show(request, object_id, extra_context))

    def _on_record(
        self, request: HttpRequest, about: int | None, employee: str, look: Callable[[], HttpResponse]
    ) -> HttpResponse:
        by = request.user
        if not isinstance(by, Employee) or not self.has_view_or_change_permission(request):
            raise PermissionDenied
        try:
            allow_look_up(by=by)
        except REFUSALS as why:
            self.message_user(request, refused_in_words(why)[0], messages.ERROR)
            return HttpResponseRedirect(reverse("admin:index", current_app=self.admin_site.name))
        words = f"admin: {self.ledger}{f' employee {employee}' if employee else ''}"
        with transaction.atomic():
            record_read(by=by, reason=AccessEntry.PrivacyReason.AUDIT, member_id=about, search=words)
            return look()


def _member(asked: str) -> int | None:
    try:
        return member_id(asked)
    except NotAPublicId:
        return None


def _employee(asked: str) -> str:
    """The number as it is known: what was typed may be anything, and somebody's phone number too."""
    if not asked.isprintable():
        return ""
    return Employee.objects.filter(employee_no=asked).values_list("employee_no", flat=True).first() or ""
