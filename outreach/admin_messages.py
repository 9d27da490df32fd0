"""The ledger of messages in the admin: to whom by opaque id, never what was said."""

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from members.admin_reads import RecordedAdmin
from members.public_id import NotAPublicId, member_id, public_id
from outreach.models import MessageEntry, Refusal
from salesapp.staff.models import Employee


@admin.register(MessageEntry)
class MessageEntryAdmin(RecordedAdmin):
    """Member by member, which is the order of the key; of one sender the latest first."""

    ledger = "messages"
    list_display = (
        "member",
        "no",
        "channel",
        "state",
        "why",
        "template",
        "broadcast",
        "sender",
        "granted",
        "handed_over",
    )
    list_display_links = None
    list_select_related = ("version__template", "broadcast", "sender")
    search_help_text = _("Member's id, or employee number for messages to single members; whole")

    @admin.display(description=_("member"))
    def member(self, message: MessageEntry) -> str:
        return public_id(message.member_id)

    @admin.display(description=_("template"))
    def template(self, message: MessageEntry) -> str:
        return str(message.version)

    @admin.display(description=_("reason"), empty_value="-")
    def why(self, message: MessageEntry) -> str | None:
        words = dict(Refusal.choices)
        return str(words.get(message.reason, message.reason)) if message.reason else None

    @admin.display(description=_("granted"))
    def granted(self, message: MessageEntry) -> Any:
        return message.claimed_at

    @admin.display(description=_("handed over"), empty_value="-")
    def handed_over(self, message: MessageEntry) -> Any:
        return message.handover_at

    def get_ordering(self, request: HttpRequest) -> tuple[str, ...]:
        return ("-member_id", "-no")

    def page_mark(self, row: Model, names: Sequence[str]) -> list[Any]:
        return [public_id(getattr(row, name)) if name == "member_id" else getattr(row, name) for name in names]

    def values_of_mark(self, mark: list[Any]) -> list[Any]:
        # The member is the last but one of both orders
        try:
            return [*mark[:-2], member_id(str(mark[-2])), mark[-1]]
        except (IndexError, NotAPublicId) as error:
            raise ValueError from error

    def get_search_fields(self, request: HttpRequest) -> tuple[str, ...]:
        return ("member",)  # shows the box

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[MessageEntry], search_term: str
    ) -> tuple[QuerySet[MessageEntry], bool]:
        if not search_term:
            return queryset, False
        employee = Employee.objects.filter(employee_no=search_term).only("pk").first()
        if employee:
            own = queryset.filter(sender=employee, broadcast=None)
            return own.order_by("-claimed_at", "-member_id", "-no"), False
        try:
            return queryset.filter(member_id=member_id(search_term)), False
        except NotAPublicId:
            return queryset.none(), False

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> None:
        return None
