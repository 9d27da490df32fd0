"""Employees and stores in the admin."""

from typing import Any

from django.conf import settings
from django.contrib import admin, messages
from django.contrib.admin.models import LogEntry
from django.contrib.gis.db.models import PointField
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext, pgettext_lazy
from django.views.decorators.debug import sensitive_post_parameters

from geo.admin_lists import KeptAdmin, ReadOnlyAdmin
from geo.admin_map import LonLatField, shapes_script
from geo.queries.surroundings import surroundings
from salesapp.staff.actions.change_password import change_password
from salesapp.staff.actions.disable_employee import disable_employee
from salesapp.staff.actions.reinstate_employee import reinstate_employee
from salesapp.staff.actions.reset_second_factor import reset_second_factor
from salesapp.staff.forms import EmployeeForm
from salesapp.staff.models import Employee, Store


def _signed_in(request: HttpRequest) -> Employee:
    employee = request.user
    if not isinstance(employee, Employee):
        raise TypeError
    return employee


class DisabledFilter(admin.EmptyFieldListFilter):
    """In words, where Django says empty and not empty."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.title = str(_("state"))

    def choices(self, changelist: Any) -> Any:
        words = (_("All"), _("active"), _("disabled"))
        for choice, word in zip(super().choices(changelist), words, strict=True):
            yield dict(choice) | {"display": word}


@admin.register(Employee)
class EmployeeAdmin(KeptAdmin):
    """Employees are disabled, never deleted: what they did stays theirs."""

    form = EmployeeForm
    list_display = ("employee_no", "name", "role", "region", "store", "disabled_at")
    list_filter = ("role", ("disabled_at", DisabledFilter))
    list_select_related = ("region", "store")
    search_fields = ("employee_no__startswith", "name__startswith")
    search_help_text = _("Beginning of the employee number or of the name")
    ordering = ("employee_no",)
    autocomplete_fields = ("region", "store")
    fields = (
        "employee_no", "name", "role", "region", "store", "new_password", "last_login", "created_at", "disabled_at",
    )  # fmt: skip
    actions = ("disable", "reinstate", "reset_second_step")

    def get_readonly_fields(self, request: HttpRequest, obj: Employee | None = None) -> tuple[str, ...]:
        times = ("last_login", "created_at", "disabled_at")
        return ("employee_no", *times) if obj else times

    @method_decorator(sensitive_post_parameters("new_password"))
    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        return super().changeform_view(request, object_id, form_url, extra_context)

    def save_model(self, request: HttpRequest, obj: Employee, form: Any, change: bool) -> None:
        password = form.cleaned_data.get("new_password")
        if not change:
            obj.set_password(password)
            obj.save()
            return
        # Only what was edited: disabling in the same moment must not be written over
        if edited := [field for field in form.changed_data if field != "new_password"]:
            obj.save(update_fields=edited)
        if password:
            change_password(employee=obj, password=password, by=_signed_in(request))

    @admin.action(description=_("Disable: shut out at once, everywhere"))
    def disable(self, request: HttpRequest, queryset: QuerySet[Employee]) -> None:
        by = _signed_in(request)
        if queryset.filter(pk=by.pk).exists():
            self.message_user(request, _("You cannot disable yourself."), messages.ERROR)
            return
        done = [employee for employee in queryset if disable_employee(employee=employee, by=by)]
        for employee in done:
            self.log_change(request, employee, "disabled")
        said = ngettext("%(count)d employee disabled.", "%(count)d employees disabled.", len(done))
        self.message_user(request, said % {"count": len(done)}, messages.SUCCESS)

    @admin.action(description=_("Let in again"))
    def reinstate(self, request: HttpRequest, queryset: QuerySet[Employee]) -> None:
        by = _signed_in(request)
        done = [employee for employee in queryset if reinstate_employee(employee=employee, by=by)]
        for employee in done:
            self.log_change(request, employee, "reinstated")
        said = ngettext("%(count)d employee let in again.", "%(count)d employees let in again.", len(done))
        self.message_user(request, said % {"count": len(done)}, messages.SUCCESS)

    @admin.action(description=_("Reset the second step: the phone is lost"))
    def reset_second_step(self, request: HttpRequest, queryset: QuerySet[Employee]) -> None:
        by = _signed_in(request)
        if queryset.filter(pk=by.pk).exists():
            self.message_user(request, _("Another administrator resets yours."), messages.ERROR)
            return
        done = [employee for employee in queryset if reset_second_factor(employee=employee, by=by)]
        for employee in done:
            self.log_change(request, employee, "second step reset")
        said = ngettext("%(count)d second step reset.", "%(count)d second steps reset.", len(done))
        self.message_user(request, said % {"count": len(done)}, messages.SUCCESS)


@admin.register(Store)
class StoreAdmin(KeptAdmin):
    list_display = ("code", "name", "region", "is_open")
    list_filter = ("is_open",)
    list_select_related = ("region",)
    search_fields = ("code__startswith", "name__startswith")
    search_help_text = _("Beginning of the code or of the name")
    ordering = ("code",)
    autocomplete_fields = ("region",)
    fields = ("code", "name", "region", "address", "join_address", "is_open", "point", "outlines")
    readonly_fields = ("join_address", "outlines")
    formfield_overrides = {PointField: {"form_class": LonLatField, "widget": None}}

    @admin.display(description=_("address for self-registration"), empty_value="-")
    def join_address(self, store: Store) -> str | None:
        """What the store's QR code leads to. A store that is not saved yet has none: it gets another code."""
        if store.pk is None:
            return None
        return str(settings.PUBLIC_ADDRESS + reverse("join", args=[store.join_code]))

    @admin.display(description=_("boundary"))
    def outlines(self, store: Store) -> SafeString:
        """Data for the map of the point above it, and what there is to see on it."""
        around = surroundings(store.region if store.region_id else None)
        seen = _("on the map above") if around else _("unknown")
        return format_html("{}{}", shapes_script({}, around), seen)


WORDS_OF_THE_LOG: dict[str, str | Promise] = {
    "approved": pgettext_lazy("log", "approved"),
    "sending on": _("sending switched on"),
    "sending off": _("sending switched off"),
    "brought": _("file uploaded"),
    "look": _("asked to read the columns"),
    "name": _("went back to the columns"),
    "check": _("asked to check the file"),
    "load": _("asked to load the file"),
    "discard": _("file discarded"),
    "disabled": _("disabled"),
    "reinstated": _("let in again"),
    "second step reset": _("second step reset"),
}


@admin.register(LogEntry)
class LogEntryAdmin(ReadOnlyAdmin):
    """What administrators changed, the latest first. The history of one row is on its own page."""

    list_display = ("action_time", "user", "action", "content_type", "changed", "said")
    list_select_related = ("user", "content_type")
    search_fields = ("user__employee_no__exact",)
    search_help_text = _("Employee number, whole")
    ordering = ("-id",)
    fields = ("action_time", "user", "action", "content_type", "changed", "said")
    readonly_fields = fields

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[LogEntry], search_term: str
    ) -> tuple[QuerySet[LogEntry], bool]:
        if not search_term:
            return queryset, False
        employee = Employee.objects.filter(employee_no=search_term).only("pk").first()
        return (queryset.filter(user=employee) if employee else queryset.none()), False

    @admin.display(description=_("action"))
    def action(self, entry: LogEntry) -> str:
        return str(entry.get_action_flag_display())

    @admin.display(description=_("row"))
    def changed(self, entry: LogEntry) -> SafeString | str:
        """The row by its name of then, and the way to it as it is now."""
        address = entry.get_admin_url() if entry.content_type and entry.content_type.model_class() else None
        return format_html('<a href="{}">{}</a>', address, entry.object_repr) if address else entry.object_repr

    @admin.display(description=_("change"))
    def said(self, entry: LogEntry) -> str | Promise:
        """Django's own words, or one of ours, which the log keeps as it is in the code."""
        message = entry.get_change_message()
        return WORDS_OF_THE_LOG.get(message, message)
