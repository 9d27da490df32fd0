"""Places in the admin."""

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.gis.db.models import PointField
from django.db.models import QuerySet
from django.http import FileResponse, HttpRequest
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils.formats import number_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from geo.actions.name_community import name_community
from geo.actions.save_community import save_community
from geo.actions.save_region import save_region
from geo.admin_lists import KeptAdmin, ReadOnlyAdmin
from geo.admin_map import MEDIA, LonLatField, outline_map, shapes_script
from geo.admin_reports import report_answer, report_path
from geo.intake_words import of_row
from geo.models import Community, CommunityName, CommunitySource, ImportRun, PlaceSource, Region, RetentionRule
from geo.retention import RULES, declared


@admin.register(Region)
class RegionAdmin(KeptAdmin):
    list_display = ("name", "level", "code", "parent")
    list_filter = ("level",)
    list_select_related = ("parent",)
    search_fields = ("code__startswith", "name__startswith")
    search_help_text = _("Beginning of the code or of the name")
    ordering = ("code",)
    autocomplete_fields = ("parent",)
    fields = ("name", "level", "code", "parent", "outlines")
    readonly_fields = ("outlines",)

    @property
    def media(self) -> forms.Media:
        return super().media + MEDIA

    @admin.display(description=_("boundary"))
    def outlines(self, region: Region) -> SafeString | str:
        if not region.boundary:
            return "-"
        around = region.parent.boundary if region.parent else None
        return outline_map({"boundary": region.boundary, "region": around})

    def save_model(self, request: HttpRequest, obj: Region, form: Any, change: bool) -> None:
        save_region(region=obj)


class CommunityNameInline(admin.TabularInline):  # type: ignore[type-arg] # generic in the stubs alone
    """Names are added and taken away, not changed: each compares with addresses as it stands."""

    model = CommunityName
    fields = ("name",)
    extra = 0

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        # A name is one within a city, which a community has once it is stored
        return isinstance(obj, Community) and obj.city_id is not None


class CommunitySourceInline(admin.TabularInline):  # type: ignore[type-arg]
    model = CommunitySource
    fields = ("source", "source_key", "name", "district_label", "households", "buildings", "build_year", "price_tier")
    readonly_fields = fields
    extra = 0
    can_delete = False
    show_change_link = True

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Community)
class CommunityAdmin(KeptAdmin):
    list_display = ("name", "region", "city", "households", "build_year", "price_tier")
    list_select_related = ("region", "city")
    search_fields = ("name__startswith",)
    search_help_text = _("Beginning of the name, or the code of a region for all in it")
    ordering = ("id",)
    autocomplete_fields = ("region",)
    fields = (
        "name", "region", "address", "households", "buildings", "build_year", "price_tier", "point", "outlines",
        "chosen_from", "district", "city", "updated_at",
    )  # fmt: skip
    readonly_fields = ("outlines", "chosen_from", "district", "city", "updated_at")
    formfield_overrides = {PointField: {"form_class": LonLatField, "widget": None}}
    inlines = (CommunityNameInline, CommunitySourceInline)

    @admin.display(description=_("boundary"))
    def outlines(self, community: Community) -> SafeString:
        """Data for the map of the point above it, and what there is to see on it."""
        region = community.region if community.region_id else None
        around = region.boundary if region else None
        shapes = shapes_script({"region": around, "boundary": community.boundary})
        seen = _("on the map above") if community.boundary else _("unknown")
        return format_html("{}{}", shapes, seen)

    @admin.display(description=_("values are from"))
    def chosen_from(self, community: Community) -> SafeString | str:
        rows = CommunitySource.objects.filter(pk__in=community.chosen.values()).select_related("source")
        sources = {row.pk: row.source for row in rows}
        lines = [(field, sources[row]) for field, row in sorted(community.chosen.items()) if row in sources]
        return format_html_join("", "{}: {}<br>", lines) or "-"

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Community], search_term: str
    ) -> tuple[QuerySet[Community], bool]:
        region = Region.objects.filter(code=search_term.strip()).only("path").first()
        if region:
            return queryset.filter(region_path__startswith=region.path), False
        return super().get_search_results(request, queryset, search_term)

    def save_model(self, request: HttpRequest, obj: Community, form: Any, change: bool) -> None:
        save_community(community=obj, changed=form.changed_data)

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        formset.save(commit=False)
        for spelling in formset.deleted_objects:
            spelling.delete()
        for spelling in formset.new_objects:
            name_community(community=form.instance, name=spelling.name)


@admin.register(CommunitySource)
class CommunitySourceAdmin(ReadOnlyAdmin):
    list_display = ("source", "source_key", "name", "city_label", "district_label", "households", "build_year")
    list_filter = ("source",)
    list_select_related = ("source",)
    search_fields = ("source_key__exact",)
    search_help_text = _("Key at the source, whole")
    ordering = ("source_id", "source_key")
    fields = (
        "source", "source_key", "community", "name", "city_label", "district_label", "address", "households",
        "buildings", "build_year", "price_tier", "raw_x", "raw_y", "raw_crs", "raw", "imported_at",
    )  # fmt: skip

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[CommunitySource], search_term: str
    ) -> tuple[QuerySet[CommunitySource], bool]:
        if not search_term:
            return queryset, False
        # The index of keys begins with the source, of which there are a few
        sources = list(PlaceSource.objects.values_list("pk", flat=True))
        return queryset.filter(source__in=sources, source_key=search_term), False


@admin.register(PlaceSource)
class PlaceSourceAdmin(KeptAdmin):
    list_display = ("name", "label", "rank", "trusts_facts", "trusts_points")
    ordering = ("rank", "name")
    fields = ("name", "label", "rank", "trusts_facts", "trusts_points", "applies")

    @admin.display(description=_("takes effect"))
    def applies(self, source: PlaceSource) -> str:
        return str(_("with the next import of communities"))

    def get_readonly_fields(self, request: HttpRequest, obj: PlaceSource | None = None) -> tuple[str, ...]:
        return ("applies", "name") if obj else ("applies",)


@admin.register(ImportRun)
class ImportRunAdmin(ReadOnlyAdmin):
    list_display = ("started_at", "kind", "source", "file_name", "rows", "created", "merged", "unchanged", "refused")
    list_filter = ("kind",)
    ordering = ("-id",)
    fields = (
        "kind", "source", "file_name", "started_at", "finished_at", "rows", "created", "merged", "unchanged", "refused",
        "refused_by_reason", "remarks", "as_of", "made_at", "report_file",
    )  # fmt: skip
    readonly_fields = fields

    @admin.display(description=_("refused, by reason"))
    def refused_by_reason(self, run: ImportRun) -> SafeString | str:
        return _counts(run.reasons)

    @admin.display(description=_("remarks"))
    def remarks(self, run: ImportRun) -> SafeString | str:
        return _counts(run.notes)

    @admin.display(description=_("report file"))
    def report_file(self, run: ImportRun) -> SafeString | str:
        if not report_path(run.report):
            return str(_("not on this machine"))
        return format_html('<a href="{}">{}</a>', reverse("admin:geo_importrun_report", args=[run.pk]), _("download"))

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.download)
        return [path("<int:run_id>/report/", view, name="geo_importrun_report"), *super().get_urls()]

    def download(self, request: HttpRequest, run_id: int) -> FileResponse:
        """The lines that were refused, with their reasons; nothing else in the folder can be had."""
        return report_answer(get_object_or_404(ImportRun, pk=run_id).report)


def _counts(counted: dict[str, int]) -> SafeString | str:
    lines = sorted(counted.items(), key=lambda line: -line[1])
    return format_html_join("", "{}: {}<br>", ((of_row(code), number_format(n)) for code, n in lines)) or "-"


@admin.register(RetentionRule)
class RetentionRuleAdmin(KeptAdmin):
    """How long things are kept. What would go is told by `manage.py apply_retention --simulate`."""

    list_display = ("__str__", "days", "bounds", "why")
    ordering = ("name",)
    fields = ("why", "bounds", "days", "changed_at")
    readonly_fields = ("why", "bounds", "changed_at")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet[RetentionRule]:
        """Without those that the software no longer has."""
        return super().get_queryset(request).filter(name__in=[rule.name for rule in RULES])

    @admin.display(description=_("days allowed"))
    def bounds(self, row: RetentionRule) -> str:
        rule = declared(row.name)
        return f"{rule.least} – {rule.most}" if rule else ""

    @admin.display(description=_("what and why"))
    def why(self, row: RetentionRule) -> str:
        rule = declared(row.name)
        return str(rule.why) if rule else ""
