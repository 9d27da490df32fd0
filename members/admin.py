"""The catalogue, the need rules, what members are asked and said, and the log of look-ups in the admin.

A member is an opaque id here, and nothing else.
"""

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from geo.admin_lists import KeptAdmin
from members.admin_reads import RecordedAdmin
from members.models import Category, Consent, ConsentWording, NeedRule, Product
from members.public_id import NotAPublicId, member_id, public_id
from salesapp.staff.models import AccessEntry, Employee


@admin.register(Category)
class CategoryAdmin(KeptAdmin):
    list_display = ("name", "name_en", "code", "lifetime_years", "premium_of", "glyph", "position")
    list_select_related = ("premium_of",)
    search_fields = ("code__startswith",)
    search_help_text = _("Beginning of the code")
    autocomplete_fields = ("premium_of",)


@admin.register(Product)
class ProductAdmin(KeptAdmin):
    list_display = ("model", "category", "brand", "name", "price", "is_sold")
    list_filter = ("category", "is_sold")
    list_select_related = ("category",)
    search_fields = ("model__startswith",)
    search_help_text = _("Beginning of the model")
    ordering = ("model",)
    autocomplete_fields = ("category",)


@admin.register(NeedRule)
class NeedRuleAdmin(KeptAdmin):
    """A rule that is no longer wanted is switched off: needs point at the rules that held."""

    list_display = ("code", "kind", "category", "other", "low", "high", "months", "points", "is_active")
    list_filter = ("kind", "is_active", "category")
    list_select_related = ("category", "other")
    search_fields = ("code__startswith",)
    search_help_text = _("Beginning of the code")
    ordering = ("kind", "code")
    autocomplete_fields = ("category", "other")


@admin.register(ConsentWording)
class ConsentWordingAdmin(KeptAdmin):
    """Changed until the first member says yes to it."""

    list_display = ("version", "channel", "purpose", "language", "valid_from", "used_at")
    search_fields = ("version__startswith",)
    search_help_text = _("Beginning of the version")
    ordering = ("-id",)
    fields = ("version", "channel", "purpose", "language", "text", "valid_from", "used_at")
    readonly_fields = ("used_at",)

    def has_change_permission(self, request: HttpRequest, obj: ConsentWording | None = None) -> bool:
        return (obj is None or obj.used_at is None) and super().has_change_permission(request, obj)

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        return {"valid_from": timezone.now(), "language": "zh-hans"}


@admin.register(Consent)
class ConsentAdmin(RecordedAdmin):
    """The ledger, member by member: that is the order of its key. Single rows have no page, for no index finds one."""

    ledger = "consents"
    list_display = ("member", "purpose", "channel", "given", "source", "said_at", "recorded_at", "wording")
    list_display_links = None
    list_select_related = ("wording",)
    search_help_text = _("Member's id, whole")

    @admin.display(description=_("member"))
    def member(self, consent: Consent) -> str:
        return public_id(consent.member_id)

    def get_ordering(self, request: HttpRequest) -> tuple[str, ...]:
        return ("-member_id", "-id")

    def page_mark(self, row: Model, names: Sequence[str]) -> list[Any]:
        member, number = super().page_mark(row, names)
        return [public_id(member), number]

    def values_of_mark(self, mark: list[Any]) -> list[Any]:
        member, number = mark
        try:
            return [member_id(str(member)), number]
        except NotAPublicId as error:
            raise ValueError from error

    def get_search_fields(self, request: HttpRequest) -> tuple[str, ...]:
        return ("member",)  # shows the box; what is typed there is no value of a column

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Consent], search_term: str
    ) -> tuple[QuerySet[Consent], bool]:
        if not search_term:
            return queryset, False
        try:
            return queryset.filter(member_id=member_id(search_term)), False
        except NotAPublicId:
            return queryset.none(), False

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> None:
        return None


@admin.register(AccessEntry)
class AccessEntryAdmin(RecordedAdmin):
    """Who looked whom up, from where and why; the member by opaque id alone."""

    ledger = "access entries"
    list_display = ("at", "employee", "store", "reason", "member")
    list_filter = ("reason",)
    list_select_related = ("employee", "store")
    search_help_text = _("Employee number or member's id, whole")
    ordering = ("-id",)
    fields = ("at", "employee", "store", "reason", "member")
    readonly_fields = fields

    def get_search_fields(self, request: HttpRequest) -> tuple[str, ...]:
        return ("employee",)  # shows the box

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[AccessEntry], search_term: str
    ) -> tuple[QuerySet[AccessEntry], bool]:
        """Of one employee or about one member, each by an index of its own, the latest first."""
        if not search_term:
            return queryset, False
        employee = Employee.objects.filter(employee_no=search_term).only("pk").first()
        if employee:
            return queryset.filter(employee=employee), False
        try:
            return queryset.filter(member_id=member_id(search_term)), False
        except NotAPublicId:
            return queryset.none(), False

    @admin.display(description=_("member"), empty_value="-")
    def member(self, entry: AccessEntry) -> str | None:
        return None if entry.member_id is None else public_id(entry.member_id)
