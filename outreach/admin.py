"""Templates and their versions in the admin: written by one administrator, approved by another."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from geo.admin_lists import KeptAdmin, ReadOnlyAdmin
from outreach.actions.approve_version import approve_version
from outreach.actions.save_template import FIXED, save_template
from outreach.errors import NotApprovable, WordingRefused
from outreach.forms import TemplateForm
from outreach.models import Template, TemplateVersion
from outreach.queries.rendering import preview, wording_of
from salesapp.staff.models import Employee


def _signed_in(request: HttpRequest) -> Employee:
    employee = request.user
    if not isinstance(employee, Employee):
        raise TypeError
    return employee


def _address(version: TemplateVersion, page: str = "change") -> str:
    return reverse(f"admin:outreach_templateversion_{page}", args=[version.pk])


@admin.register(Template)
class TemplateAdmin(KeptAdmin):
    form = TemplateForm
    list_display = ("code", "name", "channel", "language", "service", "category", "is_active")
    list_filter = ("channel", "language", "service", "is_active")
    list_select_related = ("category",)
    search_fields = ("code__startswith",)
    search_help_text = _("Beginning of the code")
    ordering = ("code",)
    autocomplete_fields = ("category",)
    fields = (
        "code", "name", "channel", "language", "service", "category", "is_active", "subject", "body", "landing_url",
        "provider_code", "versions",
    )  # fmt: skip

    def get_readonly_fields(self, request: HttpRequest, obj: Template | None = None) -> tuple[str, ...]:
        if obj is None:
            return ("versions",)
        return ("code", "versions", *(FIXED if obj.versions.approved().exists() else ()))

    @admin.display(description=_("versions"))
    def versions(self, template: Template) -> str:
        if not template.pk:
            return str(_("none yet"))
        return format_html_join(
            SafeString("<br>"),
            '<a href="{}">{}</a> {}',
            (
                (_address(version), version.number, _("approved") if version.approved_at else _("waits for approval"))
                for version in template.versions.order_by("-number")[:20]
            ),
        )

    def save_model(self, request: HttpRequest, obj: Template, form: Any, change: bool) -> None:
        save_template(by=_signed_in(request), version=form.version())

    def response_post_save_add(self, request: HttpRequest, obj: Template) -> HttpResponseRedirect:
        return self._to_latest(obj)

    def response_post_save_change(self, request: HttpRequest, obj: Template) -> HttpResponseRedirect:
        return self._to_latest(obj)

    def _to_latest(self, template: Template) -> HttpResponseRedirect:
        """The preview, which is what comes next."""
        return HttpResponseRedirect(_address(template.versions.latest("number")))


@admin.register(TemplateVersion)
class TemplateVersionAdmin(ReadOnlyAdmin):
    """Read and approved here, written on the template's page."""

    change_form_template = "admin/outreach/version.html"
    list_display = ("template", "number", "created_by", "created_at", "approved_by", "approved_at")
    list_filter = (("approved_at", admin.EmptyFieldListFilter),)
    list_select_related = ("template", "created_by", "approved_by")
    search_fields = ("template__code__startswith",)
    search_help_text = _("Beginning of the template's code")
    ordering = ("-id",)
    fields = (
        "template", "number", "preview", "subject", "body", "landing_url", "provider_code", "created_by", "created_at",
        "approved_by", "approved_at",
    )  # fmt: skip
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[TemplateVersion]:
        return super().get_queryset(request).select_related("template")

    def get_urls(self) -> list[URLPattern]:
        page = self.admin_site.admin_view(require_http_methods(["GET", "POST"])(self.approve))
        return [path("<int:version_id>/approve/", page, name="outreach_templateversion_approve"), *super().get_urls()]

    @admin.display(description=_("preview"))
    def preview(self, version: TemplateVersion) -> str:
        return render_to_string(
            "admin/outreach/preview.html", {"preview": preview(wording_of(version)), "template": version.template}
        )

    def approve(self, request: HttpRequest, version_id: int) -> HttpResponse:
        """GET asks whether this text may be sent, POST approves it."""
        version = get_object_or_404(TemplateVersion.objects.select_related("template"), pk=version_id)
        by = _signed_in(request)
        if request.method == "POST":
            try:
                approve_version(by=by, version_id=version_id, seen=request.POST.get("seen", ""))
            except NotApprovable:
                said = _("Not approved: it was approved before, changed since you read it, or is your own.")
                self.message_user(request, said, messages.ERROR)
            except WordingRefused as refused:
                for found in refused.findings:
                    self.message_user(request, f"{found.field}: {found.detail}", messages.ERROR)
            else:
                self.log_change(request, version, "approved")
                self.message_user(request, _("The version is approved."), messages.SUCCESS)
            return HttpResponseRedirect(_address(version))
        context = {
            **self.admin_site.each_context(request),
            "title": _("Approve this text?"),
            "opts": self.opts,
            "version": version,
            "preview": self.preview(version),
            "seen": wording_of(version).fingerprint,
            "own": version.created_by_id == by.pk,
        }
        return TemplateResponse(request, "admin/outreach/approve.html", context)
