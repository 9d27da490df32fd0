"""Admin lists over tables that are never small, of rows that are never deleted.

Such a list is a finder: it is in the order of an index and is turned page by page from the row where the last page
ended, so that page one and page two hundred thousand cost the same, and it counts no further than MOST_COUNTED.
"""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from collections.abc import Sequence
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import PAGE_VAR, ChangeList
from django.contrib.admin.widgets import AutocompleteSelect
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import BooleanField, F, Func, Model, QuerySet, Value
from django.db.models.sql.compiler import SQLCompiler
from django.http import HttpRequest, HttpResponse
from django.utils.formats import number_format
from django.utils.functional import cached_property
from django.utils.text import capfirst
from django.utils.translation import gettext as _

MOST_COUNTED = 20_000
# What the filters beside a list put behind a field's name in the address
FILTERS = ("", "__exact", "__id__exact", "__isnull", "__isempty")
FIRST, LAST, AFTER, BEFORE = "first", "last", "after", "before"


class CappedPaginator(Paginator):  # type: ignore[type-arg] # generic in the stubs alone
    """For what Django pages by numbers (suggestions, an object's history): counts no further than MOST_COUNTED."""

    @cached_property
    def count(self) -> int:
        rows = self.object_list
        return counted(rows) if isinstance(rows, QuerySet) and not rows.query.is_sliced else len(rows)


def counted(rows: "QuerySet[Any]") -> int:
    """How many; MOST_COUNTED + 1 stands for more. Counting a hundred million takes minutes."""
    return rows.order_by()[: MOST_COUNTED + 1].count()


class _Beyond(Func):
    """(column, …) > (value, …), or <: one comparison of rows, which an index over the columns serves."""

    output_field = BooleanField()

    def __init__(self, *expressions: Any, sign: str) -> None:
        super().__init__(*expressions)
        self.sign = sign

    def as_sql(self, compiler: SQLCompiler, connection: Any, **context: Any) -> tuple[str, list[Any]]:  # type: ignore[override]
        texts: list[str] = []
        values: list[Any] = []
        for expression in self.get_source_expressions():
            text, own = compiler.compile(expression)
            texts.append(text)
            values += own
        half = len(texts) // 2
        return f"({', '.join(texts[:half])}) {self.sign} ({', '.join(texts[half:])})", values


class Finder(ChangeList):
    """A list that is turned by marks instead of page numbers, so that every row can be reached.

    A mark is which way the list was turned and what the row at that edge has in the columns of the order. It stands
    in the address; ``page_mark`` of the model's admin keeps out of it what must not be there.
    """

    model_admin: "KeptAdmin"
    first: int | None  # what number the page's first row is; None where the list is too long to say
    edges: dict[str, str]  # {way: the query of the page there}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not self.is_popup:
            self.title = capfirst(str(self.opts.verbose_name_plural))

    def get_results(self, request: HttpRequest) -> None:
        way, mark = _read(request.GET.get(PAGE_VAR, ""))
        names = self._order()
        descending = names[0].startswith("-")
        if any(name.startswith("-") != descending for name in names):
            raise NotImplementedError("rows are compared in one direction")
        columns = [name.lstrip("-") for name in names]
        before, after = ("<", ">") if not descending else (">", "<")

        def beyond(values: Sequence[Any], sign: str) -> Any:
            pairs = [Value(value, self._field(name)) for name, value in zip(columns, values, strict=True)]
            return self.queryset.alias(_is_beyond=_Beyond(*map(F, columns), *pairs, sign=sign)).filter(_is_beyond=True)

        rows: list[Model] = []
        if way in (AFTER, BEFORE):
            try:
                values = [
                    self._field(name).to_python(value)
                    for name, value in zip(columns, self.model_admin.values_of_mark(mark), strict=True)
                ]
            except (ValueError, TypeError, OverflowError, ValidationError) as error:
                raise IncorrectLookupParameters(error) from error
            if any(value is None or "\0" in str(value) for value in values):  # PostgreSQL takes no NUL
                raise IncorrectLookupParameters
        size = self.list_per_page
        if way == AFTER:
            rows = list(beyond(values, after)[: size + 1])
        elif way in (BEFORE, LAST):
            turned = self.queryset if way == LAST else beyond(values, before)
            rows = list(turned.reverse()[: size + 1])[::-1]
            if len(rows) <= size:
                way = FIRST  # a first page is always a full one
        if way == FIRST or not rows:
            way, rows = FIRST, list(self.queryset[: size + 1])

        shown = rows[-size:] if way in (BEFORE, LAST) else rows[:size]
        has_before = way != FIRST
        has_after = way == BEFORE or (way != LAST and len(rows) > size)

        self.result_list = shown
        self.result_count = counted(self.queryset) if has_before or has_after else len(shown)
        self.full_result_count = None
        self.show_full_result_count = False
        self.show_admin_actions = True
        self.can_show_all = self.multi_page = False
        self.paginator = CappedPaginator(self.queryset, size)
        self.edges = {}
        if has_before:
            self.edges |= {FIRST: self.get_query_string(), BEFORE: self._turn(BEFORE, shown[0])}
        if has_after:
            self.edges |= {AFTER: self._turn(AFTER, shown[-1]), LAST: self.get_query_string({PAGE_VAR: LAST})}
        self.first = 1 if shown else None
        if has_before:
            edge = [getattr(shown[0], name) for name in columns]
            self.first = None if self.is_long else 1 + counted(beyond(edge, before))

    def _order(self) -> list[str]:
        """Django says the order of the model's admin twice."""
        return list(dict.fromkeys(str(name) for name in self.queryset.query.order_by))

    def _field(self, name: str) -> Any:
        return self.lookup_opts.pk if name == "pk" else self.lookup_opts.get_field(name)

    def _turn(self, way: str, row: Model) -> str:
        values = self.model_admin.page_mark(row, [name.lstrip("-") for name in self._order()])
        mark = urlsafe_b64encode(json.dumps(values, cls=DjangoJSONEncoder).encode()).decode().rstrip("=")
        return self.get_query_string({PAGE_VAR: f"{way}-{mark}"})

    @property
    def is_long(self) -> bool:
        return self.result_count > MOST_COUNTED

    @property
    def count_in_words(self) -> str:
        """How many there are: exact, or that there are more than can be counted at once."""
        if self.is_long:
            return _("more than %(most)s") % {"most": number_format(MOST_COUNTED, force_grouping=True)}
        return number_format(self.result_count, force_grouping=True)

    @property
    def shown_in_words(self) -> str:
        """51–100, where that is known."""
        if self.first is None or not self.edges:
            return ""
        ends = (number_format(n, force_grouping=True) for n in (self.first, self.first + len(self.result_list) - 1))
        return "–".join(ends)


def _read(text: str) -> tuple[str, list[Any]]:
    """(way, mark) of the address. Raises IncorrectLookupParameters."""
    if text in ("", FIRST, LAST):
        return text or FIRST, []
    way, _dash, coded = text.partition("-")
    try:
        mark = json.loads(urlsafe_b64decode(coded + "=" * (-len(coded) % 4)))
    except (NotBase64, ValueError) as error:
        raise IncorrectLookupParameters(error) from error
    if way not in (AFTER, BEFORE) or not isinstance(mark, list):
        raise IncorrectLookupParameters
    return way, mark


class _Suggested(AutocompleteSelect):
    """Shows a form again with what was chosen, of which what is no id is nothing."""

    def optgroups(self, name: str, value: Sequence[str], attr: Any = None) -> list[Any]:
        return super().optgroups(name, [each for each in value if self._is_id(each)], attr)

    def _is_id(self, text: str) -> bool:
        try:
            self.field.remote_field.model._meta.pk.to_python(text)
        except ValidationError:
            return False
        return "\0" not in text and len(text) < 19


class KeptAdmin(admin.ModelAdmin):  # type: ignore[type-arg] # generic in the stubs alone
    """Rows that other rows stand on: changed or closed, never deleted."""

    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER  # each would count the whole table
    paginator = CappedPaginator
    list_per_page = 50
    sortable_by = ()  # in the order of an index; any other sorts the whole table
    actions_on_bottom = False

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return Finder

    def page_mark(self, row: Model, names: Sequence[str]) -> list[Any]:
        """What tells the row from its neighbours in the order of the list; it stands in the address."""
        return [getattr(row, name) for name in names]

    def values_of_mark(self, mark: list[Any]) -> list[Any]:
        """What ``page_mark`` was made of. Raises ValueError."""
        return mark

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name in self.get_autocomplete_fields(request):
            kwargs.setdefault("widget", _Suggested(db_field, self.admin_site, using=kwargs.get("using")))
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """Only what list_filter offers. By default an address may ask about any column of the table with any
        comparison, so that a hash or a member's number is guessed a letter at a time."""
        fields = [entry[0] if isinstance(entry, tuple) else entry for entry in self.list_filter]
        # PostgreSQL takes no NUL
        return value.isprintable() and lookup in {f"{field}{how}" for field in fields for how in FILTERS}

    def response_action(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse | None:
        """Of what is ticked on the page: nobody has read the thousands behind it."""
        if request.POST.get("select_across") == "1":
            self.message_user(request, _("Only rows that are shown can be chosen."), messages.ERROR)
            return None
        return super().response_action(request, *args, **kwargs)


class ReadOnlyAdmin(KeptAdmin):
    """Rows that only the application writes."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False
