"""Bringing a file to import: what must be said of it, and which of its columns is what."""

import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from geo.crs import Crs
from geo.models import ImportRun, Region
from members.import_kinds import KINDS
from members.uploads import most_bytes
from salesapp.staff.permissions import Role

_CRS = [
    (Crs.GCJ02.value, _("GCJ-02 (AMap, Tencent, DataV)")),
    (Crs.BD09.value, _("BD-09 (Baidu, 贝壳, 链家)")),
    (Crs.WGS84.value, _("WGS-84 (GPS)")),
]
_system = re.compile(r"[a-z0-9][a-z0-9_-]{0,19}").fullmatch
FIELD_WORDS: Mapping[str, str | Promise] = {
    "key": _("key at the source"),
    "phone": _("phone"),
    "name": _("name"),
    "title": _("form of address"),
    "gender": _("gender"),
    "address": _("address"),
    "city": _("city"),
    "district": _("district"),
    "community": _("community"),
    "house": _("house and door number"),
    "member_since": _("member since"),
    "email": _("e-mail"),
    "member_key": _("key of the member's record"),
    "model": _("model"),
    "store": _("code of the store"),
    "channel": _("channel"),
    "bought_on": _("bought on"),
    "price": _("price"),
    "kind": _("kind"),
    "category": _("code of the category"),
    "happened_on": _("happened on"),
    "category_name": _("name of the category"),
    "category_name_en": _("English name of the category"),
    "lifetime_years": _("usual lifetime in years"),
    "premium_of": _("premium variant of"),
    "brand": _("brand"),
    "purpose": _("purpose"),
    "given": _("yes or no"),
    "said_at": _("said at"),
    "wording": _("version of the wording"),
    "source": _("how it was said"),
    "record": _("evidence: record"),
    "form": _("evidence: form"),
    "ip": _("evidence: IP address"),
    "employee_no": _("employee number"),
    "role": _("role"),
    "region": _("code of the region"),
    "state": _("active or left"),
    "as_of": _("day of the list"),
    "code": _("code"),
    "level": _("level"),
    "parent": _("code of the parent"),
    "households": _("households"),
    "buildings": _("buildings"),
    "build_year": _("building year"),
    "price_tier": _("price tier (1 low to 5 high)"),
    "lon": _("longitude"),
    "lat": _("latitude"),
}


class FileForm(forms.Form):
    """The file, and what its kind must be told of it. Only the fields that the kind asks for are in the form."""

    from_feed = forms.BooleanField(
        label=_("read HR's list as it is set up, and no file"), required=False, help_text=_("The setting HR_FEED.")
    )
    file = forms.FileField(label=_("file"), required=False)
    system = forms.CharField(
        label=_("source system"), max_length=20, help_text=_("Its short name: a to z, 0 to 9, - and _, such as crm.")
    )
    site = forms.SlugField(
        label=_("source"), max_length=50, help_text=_("Short name of the site or file, such as beike.")
    )
    crs = forms.ChoiceField(label=_("coordinate system of the file"), choices=_CRS)
    level = forms.ChoiceField(
        label=_("level of rows that name none"), required=False, choices=[("", "---------"), *Region.Level.choices]
    )
    facts_only = forms.BooleanField(label=_("keep its points, but never use them"), required=False)
    rank = forms.IntegerField(
        label=_("rank"), required=False, min_value=0, max_value=1000,
        help_text=_("Among sources the lower wins a value; empty: as before, 100 for a new one."),
    )  # fmt: skip
    partial = forms.BooleanField(label=_("a part of the staff: who is not in the list stays"), required=False)
    as_of = forms.DateField(
        label=_("day of the list"), required=False, widget=forms.DateInput(attrs={"type": "date"}),
        help_text=_("Empty: what the list says, else today. An older list than the last one is refused."),
    )  # fmt: skip
    roles = forms.CharField(
        label=_("HR's words for roles"), required=False, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("One a line: 导购=salesperson"),
    )  # fmt: skip

    def __init__(self, kind: str, *args: Any, is_too_large: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kind, self.is_too_large = kind, is_too_large
        asked = {"file"}
        if KINDS[kind].has_system:
            asked |= {"system"}
        asked |= {
            ImportRun.Kind.REGIONS: {"crs", "level"},
            ImportRun.Kind.COMMUNITIES: {"site", "crs", "facts_only", "rank"},
            ImportRun.Kind.EMPLOYEES: {"partial", "as_of", "roles"} | ({"from_feed"} if settings.HR_FEED else set()),
        }.get(ImportRun.Kind(kind), set())
        for name in list(self.fields):
            if name not in asked:
                del self.fields[name]
        formats = KINDS[kind].formats
        self.fields["file"].widget.attrs["accept"] = ",".join(formats)
        self.fields["file"].help_text = gettext("%(formats)s, at most %(megabytes)s MB.") % {
            "formats": " ".join(formats), "megabytes": settings.IMPORT_MEGABYTES,
        }  # fmt: skip

    def clean_system(self) -> str:
        system: str = self.cleaned_data["system"]
        if not _system(system):
            raise ValidationError(gettext("a to z, 0 to 9, - and _, at most 20 characters."))
        return system

    def clean_roles(self) -> dict[str, str]:
        roles = {}
        for line in filter(str.strip, self.cleaned_data["roles"].splitlines()):
            word, equals, role = (part.strip() for part in line.partition("="))
            if not (word and equals and role in Role.values):
                raise ValidationError(
                    gettext("One a line, word=role; roles are %(roles)s.") % {"roles": ", ".join(Role.values)}
                )
            roles[word] = role
        return roles

    def clean(self) -> dict[str, Any]:
        said: dict[str, Any] = super().clean() or {}
        file = said.get("file")
        if said.get("from_feed"):
            said["file"] = None
        elif self.is_too_large or (file and file.size > most_bytes()):
            self.add_error(
                "file",
                gettext("The file is larger than %(megabytes)s MB. Load it by the command on the server.")
                % {"megabytes": settings.IMPORT_MEGABYTES},
            )
        elif not file:
            self.add_error("file", gettext("Choose a file."))
        elif not file.name.lower().endswith(tuple(KINDS[self.kind].formats)):
            self.add_error("file", gettext("This kind of file is not read here."))
        return said

    def source(self) -> str:
        return str(self.cleaned_data.get("system") or self.cleaned_data.get("site") or "")

    def options(self) -> dict[str, Any]:
        """What the import is told beside the file and its source, as JSON."""
        kept = ("crs", "level", "facts_only", "rank", "partial", "as_of", "roles")
        said = {name: self.cleaned_data[name] for name in kept if name in self.cleaned_data}
        return {name: value.isoformat() if isinstance(value, date) else value for name, value in said.items()}


class ColumnsForm(forms.Form):
    """For each field of the kind the column of the file that holds it."""

    def __init__(self, kind: str, columns: Sequence[str], named: Mapping[str, str], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kind = KINDS[kind]
        column_of = {name: column for column, name in named.items()}
        for name in self.kind.fields:
            # The imports read a column that has a field's own name as that field
            is_own = name in columns
            empty = [] if is_own else [("", _("not in the file"))]
            self.fields[name] = forms.ChoiceField(
                label=capfirst(str(FIELD_WORDS[name])), required=False, help_text=name,
                choices=[*empty, *((column, column) for column in columns)],
                initial=name if is_own else column_of.get(name, ""),
            )  # fmt: skip

    @property
    def needed(self) -> list[str]:
        """In words, of which columns at least one each must be there."""
        groups = ([str(FIELD_WORDS[name]) for name in group] for group in self.kind.needed)
        return [gettext(" or ").join(group) for group in groups]

    def clean(self) -> dict[str, Any]:
        said: dict[str, Any] = super().clean() or {}
        taken = [column for column in said.values() if column]
        if len(set(taken)) < len(taken):
            raise ValidationError(gettext("A column can stand for one thing only."))
        for group in self.kind.lacks(self.named(said)):
            words = gettext(" or ").join(str(FIELD_WORDS[name]) for name in group)
            raise ValidationError(gettext("Say which column holds: %(words)s.") % {"words": words})
        return said

    @staticmethod
    def named(said: Mapping[str, str]) -> dict[str, str]:
        """{column: field}."""
        return {column: name for name, column in said.items() if column}
