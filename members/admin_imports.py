"""Files to import in the admin: brought, their columns named, checked, loaded; a worker does the reading."""

from typing import Any

from django.conf import settings
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.formats import number_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from geo.admin_lists import KeptAdmin
from geo.admin_reports import report_answer, report_path
from geo.intake_words import of_file, of_row
from geo.models import ImportRun
from members.actions.bring_file import bring_file
from members.actions.defer_import import defer_import
from members.actions.move_import import move_import
from members.actions.tend_imports import tend_imports
from members.errors import ImportMovedOn
from members.forms import ColumnsForm, FileForm
from members.import_kinds import KINDS
from members.models import FileImport
from members.queries.import_locks import is_lost
from members.uploads import most_bytes
from salesapp.staff.models import Employee
from salesapp.staff.permissions import Role

State = FileImport.State
_STEPS = {"READING": _("Reading the rows"), "MATCHING": _("Finding out whose they are"), "STORING": _("Storing")}
_TOLD = {
    "joins": _("Join"),
    "moves": _("Move"),
    "renamed": _("Renamed"),
    "leaves": _("Leave"),
    "waits": _("Active in the list, disabled here: stay out"),
}
# Of what came: the counts and their words
_COUNTS = (
    ("created", _("new")),
    ("merged", _("merged or updated")),
    ("unchanged", _("unchanged")),
    ("refused", _("refused")),
)


def _signed_in(request: HttpRequest) -> Employee:
    employee = request.user
    if not isinstance(employee, Employee):
        raise TypeError
    return employee


@admin.register(FileImport)
class FileImportAdmin(KeptAdmin):
    list_display = ("file_name", "kind", "source", "state", "rows", "by", "created_at")
    list_filter = ("kind", "state")
    list_select_related = ("by",)
    raw_id_fields = ("by", "run")
    ordering = ("-id",)

    @admin.display(description=_("rows"), empty_value="-")
    def rows(self, found: FileImport) -> str | None:
        return number_format(found.checked["rows"], force_grouping=True) if found.checked else None

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.download)
        return [path("<int:import_id>/report/", view, name="members_fileimport_report"), *super().get_urls()]

    def get_queryset(self, request: HttpRequest) -> QuerySet[FileImport]:
        return super().get_queryset(request).defer("columns", "fields", "options")

    # --- bringing a file ------------------------------------------------------------------------------------

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        kind = request.GET.get("kind", "")
        if kind not in KINDS:
            return self._page(request, "choose", {"kinds": [(kind, ImportRun.Kind(kind).label) for kind in KINDS]})
        is_too_large = int(request.META.get("CONTENT_LENGTH") or 0) > most_bytes() + (1 << 16)
        if request.method == "POST":
            form = FileForm(kind, request.POST, request.FILES, is_too_large=is_too_large)
            if form.is_valid():
                brought = bring_file(
                    by=_signed_in(request), kind=ImportRun.Kind(kind), file=form.cleaned_data["file"],
                    source=form.source(), options=form.options(),
                )  # fmt: skip
                self.log_addition(request, brought, "brought")
                return HttpResponseRedirect(_address(brought))
        else:
            form = FileForm(kind)
        title = gettext("Upload a file: %(kind)s") % {"kind": ImportRun.Kind(kind).label}
        return self._page(request, "bring", {"form": form, "title": title})

    # --- what becomes of it ---------------------------------------------------------------------------------

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if not object_id.isdecimal():
            raise Http404
        found = get_object_or_404(FileImport.objects.select_related("by", "run"), pk=object_id)
        if request.method == "POST":
            return self._move(request, found)
        if is_lost(found):
            tend_imports()
            found.refresh_from_db()
        return self._show(request, found, self._columns_form(found))

    def _columns_form(self, found: FileImport, *data: Any) -> ColumnsForm | None:
        return ColumnsForm(found.kind, found.columns, found.fields, *data) if found.state == State.NAMING else None

    def _move(self, request: HttpRequest, found: FileImport) -> HttpResponse:
        do, checked = request.POST.get("do", ""), found.checked or {}
        asked: dict[str, Any] = {}
        if do == "again" and found.is_worked_on:
            defer_import(file_import=found)
            return HttpResponseRedirect(_address(found))
        if do == "check" and (form := self._columns_form(found, request.POST)):
            if not form.is_valid():
                return self._show(request, found, form)
            asked["fields"] = form.named(form.cleaned_data)
        if do == "load" and checked.get("many_leavers"):
            leavers = checked["told"]["leaves"]["count"]
            if request.POST.get("leavers", "").strip() != str(leavers):
                said = gettext("Nothing was loaded: type how many employees leave to confirm it.")
                self.message_user(request, said, messages.ERROR)
                return HttpResponseRedirect(_address(found))
            asked["leavers"] = leavers
        moves = {
            "look": State.LOOKING, "name": State.NAMING, "check": State.CHECKING, "load": State.LOADING,
            "discard": State.DISCARDED,
        }  # fmt: skip
        if do not in moves:
            return HttpResponseNotAllowed(["GET"])
        try:
            moved = move_import(import_id=found.pk, to=moves[do], **asked)
        except ImportMovedOn:
            self.message_user(request, gettext("It has moved on meanwhile. This is how it stands."), messages.WARNING)
        else:
            self.log_change(request, moved, do)
        return HttpResponseRedirect(_address(found))

    def _show(self, request: HttpRequest, found: FileImport, form: ColumnsForm | None) -> HttpResponse:
        checked = found.checked or {}
        total = found.rows_total or 0
        context = {
            "original": found,
            "form": form,
            "title": f"{found.get_kind_display()} · {found.file_name}",
            "stage": _stage(found),
            "is_waiting": found.is_worked_on and found.begun_at is None,
            "step": _STEPS.get(found.step, ""),
            "share": min(100, 100 * found.rows_done // total) if total else None,
            "counts": [(word, _grouped(checked[name])) for name, word in _COUNTS] if checked else [],
            "rows": _grouped(checked["rows"]) if checked else "",
            "rows_done": _grouped(found.rows_done),
            "rows_total": _grouped(total) if total else "",
            "checked": checked,
            "reasons": _counted(checked.get("reasons", {})),
            "notes": _counted({k: n for k, n in checked.get("notes", {}).items() if k not in _TOLD}),
            "told": _told(checked.get("told", {})),
            "reason": of_file(found.reason) if found.reason else "",
            # What the code says is enough, but where it stands for many things
            "sentence": found.sentence if found.reason in {"cannot_start", "database"} else "",
            "has_report": bool(report_path(checked.get("report", ""))),
            "ended": FileImport.ENDED,
        }
        return self._page(request, "state", context)

    def _page(self, request: HttpRequest, name: str, context: dict[str, Any]) -> TemplateResponse:
        usual = {
            **self.admin_site.each_context(request), "title": gettext("Upload a file"), "opts": self.opts,
            "has_feed": bool(settings.HR_FEED),
        }  # fmt: skip
        return TemplateResponse(request, f"admin/members/import_{name}.html", usual | context)

    def download(self, request: HttpRequest, import_id: int) -> FileResponse:
        """The lines that were refused, with their reasons."""
        found = get_object_or_404(FileImport, pk=import_id)
        return report_answer((found.checked or {}).get("report", ""))


def _address(found: FileImport) -> str:
    return reverse("admin:members_fileimport_change", args=[found.pk])


def _stage(found: FileImport) -> int:
    """Of the three that the page shows: columns, check, load."""
    if found.state in (State.LOADING, State.DONE):
        return 3
    return 2 if found.state in (State.CHECKING, State.CHECKED) else 1


def _grouped(number: int) -> str:
    return number_format(number, force_grouping=True)


def _counted(counts: dict[str, int]) -> list[tuple[str, str]]:
    return [(of_row(code), _grouped(count)) for code, count in sorted(counts.items(), key=lambda item: -item[1])]


def _told(told: dict[str, Any]) -> list[dict[str, Any]]:
    """Who joins, moves, leaves, each with what changes in words."""
    roles = dict(Role.choices)

    def words(name: str, was: str | None, now: str) -> str:
        new, *old = (gettext("none") if code == "none" else str(roles.get(code, code)) for code in (now, was) if code)
        return f"{_CHANGED[name]}: {' → '.join([*old, new])}"

    return [
        {
            "word": word,
            "count": told[what]["count"],
            "more": told[what]["count"] - len(told[what]["shown"]),
            "rows": [
                (number, [words(*change) for change in changes] or [str(_WHY[why])] if changes or why in _WHY else [])
                for number, why, changes in told[what]["shown"]
            ],
        }
        for what, word in _TOLD.items()
        if what in told
    ]


_CHANGED = {"role": _("role"), "region": _("region"), "store": _("store")}
_WHY = {"marked": _("marked as left"), "absent": _("not in the list")}
