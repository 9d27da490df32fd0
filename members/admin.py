"""The catalogue, the need rules and the log of look-ups in the admin. Nothing about a member is here."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from geo.admin_lists import KeptAdmin, ReadOnlyAdmin
from members.models import Category, NeedRule, Product
from members.public_id import public_id
from salesapp.staff.models import AccessEntry


@admin.register(Category)
class CategoryAdmin(KeptAdmin):
    list_display = ("name", "name_en", "code", "lifetime_years", "premium_of", "position")
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


@admin.register(AccessEntry)
class AccessEntryAdmin(ReadOnlyAdmin):
    """Who looked whom up, from where and why; the member by opaque id alone."""

    list_display = ("at", "employee", "store", "reason", "member")
    list_filter = ("reason",)
    list_select_related = ("employee", "store")
    search_fields = ("employee__employee_no__exact",)
    search_help_text = _("Employee number, whole")
    ordering = ("-id",)
    fields = ("at", "employee", "store", "reason", "member")
    readonly_fields = fields

    @admin.display(description=_("member"), empty_value="-")
    def member(self, entry: AccessEntry) -> str | None:
        return None if entry.member_id is None else public_id(entry.member_id)
