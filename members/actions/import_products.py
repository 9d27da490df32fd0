from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from django.core.exceptions import ValidationError
from django.core.validators import validate_slug
from django.db import connection, models, transaction

from geo.file_bounds import held, weight
from geo.intake import Progress, Report
from geo.models import ImportRun
from members.actions.import_purchases import read_price
from members.glyphs import guessed_glyph
from members.intake import BadValue, Fields, only_one_at_a_time, read_rows, shown
from members.models import Category, Product

FIELDS = Fields(
    names=(
        "model", "category", "category_name", "category_name_en", "lifetime_years", "premium_of", "brand", "name",
        "price",
    ),
    needed=(("model",), ("category",)),
)  # fmt: skip
_LONGEST_LIFETIME = 60  # years


@dataclass(slots=True)
class _Told:
    """A row, checked but for its category."""

    line: int
    model: str
    category: str
    premium_of: str
    of_category: dict[str, object]
    of_product: dict[str, object]


def import_products(
    *, path: Path, columns: Mapping[str, str] | None = None, progress: Progress = lambda _step: None
) -> ImportRun:
    """Load a file of the catalogue: a row is a product, known by its model, in a category, known by its code.

    A category that is not on file yet is made from category_name, category_name_en (else the code stands for
    it), lifetime_years and premium_of, the code of the category of which it is the premium variant; its drawing
    is guessed. The rows may come in any order. An empty field takes nothing away. What several rows say of one
    category counts from the first that says it; rows that say otherwise are noted (category_told_otherwise).
    Products that are not in the file stay. A row that changes its product or its category counts as merged.

    Rows are refused as broken_line, wrong_encoding, no_model, no_category, repeated_key (of a model),
    bad_category (no code of letters, figures, - and _), bad_lifetime (whole years, 1 to 60), bad_price,
    too_long, bad_premium_of, or unknown_category where category_name or lifetime_years is missing to make it.

    One transaction: after an error nothing is loaded. Raises ImportCannotStart and geo's UnreadableFile.
    """
    with Report("products", path) as report, transaction.atomic(), connection.cursor() as cursor:
        only_one_at_a_time(cursor, "products")
        told = _read(path, columns or {}, report, progress)
        catalogue = _Catalogue(report)
        # bases first: a premium variant may stand above them
        for row in sorted(told, key=lambda row: bool(row.premium_of)):
            try:
                catalogue.take(row)
            except BadValue as bad:
                report.refuse(row.line, bad.reason, bad.detail)
        return report.save()


def _read(path: Path, columns: Mapping[str, str], report: Report, progress: Progress) -> list[_Told]:
    seen: set[str] = set()
    told = []
    rows = read_rows(path, fields=FIELDS, columns=columns, report=report, progress=progress)
    for row, values in held(rows, lambda row: weight(row[0].values)):
        try:
            told.append(_read_row(row.line, values, seen))
        except BadValue as bad:
            report.refuse(row.line, bad.reason, bad.detail)
    return told


def _read_row(line: int, values: list[str], seen: set[str]) -> _Told:
    model, code, category_name, category_name_en, lifetime, premium_of, brand, name, price = values
    if not "".join(values).isprintable():
        raise BadValue("broken_line")
    if not model:
        raise BadValue("no_model")
    if model in seen:
        raise BadValue("repeated_key", shown(model))
    seen.add(model)
    if not code:
        raise BadValue("no_category", shown(model))
    try:
        validate_slug(code)
    except ValidationError:
        raise BadValue("bad_category", shown(code)) from None
    of_category = {"name": category_name, "name_en": category_name_en, "lifetime_years": _lifetime(lifetime)}
    of_product = {"brand": brand, "name": name, "price": read_price(price)}
    _refuse_too_long(Category, of_category | {"code": code})
    _refuse_too_long(Product, of_product | {"model": model})
    return _Told(line, model, code, premium_of, _given(of_category), _given(of_product))


def _lifetime(text: str) -> int | None:
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:4]) <= _LONGEST_LIFETIME):
        raise BadValue("bad_lifetime", shown(text))
    return int(text)


def _refuse_too_long(model: type[models.Model], values: Mapping[str, object]) -> None:
    for name, value in values.items():
        longest = getattr(model._meta.get_field(name), "max_length", None)
        if isinstance(value, str) and longest and len(value) > longest:
            raise BadValue("too_long", name)


def _given(values: Mapping[str, object]) -> dict[str, object]:
    return {name: value for name, value in values.items() if value not in ("", None)}


@dataclass(slots=True)
class _Catalogue:
    """What is on file, and what this file has said of categories so far."""

    report: Report
    categories: dict[str, Category] = field(default_factory=lambda: {row.code: row for row in Category.objects.all()})
    products: dict[str, Product] = field(default_factory=lambda: {row.model: row for row in Product.objects.all()})
    said: dict[tuple[str, str], object] = field(default_factory=dict)

    def take(self, row: _Told) -> None:
        """Store the row and count it. Raises BadValue; then nothing of it is stored."""
        if row.premium_of:
            base = self.categories.get(row.premium_of)
            if base is None or row.premium_of == row.category:
                raise BadValue("bad_premium_of", shown(row.premium_of))
            row.of_category["premium_of_id"] = base.pk
        is_changed = self._take_category(row)
        values = row.of_product | {"category_id": self.categories[row.category].pk}
        product = self.products.get(row.model)
        if product is None:
            Product.objects.create(**{"model": row.model, "name": row.model} | values)
            self.report.created += 1
        elif _changed(product, values) or is_changed:
            self.report.merged += 1
        else:
            self.report.unchanged += 1

    def _take_category(self, row: _Told) -> bool:
        """Whether a category on file was changed; one that is missing is made."""
        values = {name: self.said.get((row.category, name), value) for name, value in row.of_category.items()}
        category = self.categories.get(row.category)
        if category is None:
            if not {"name", "lifetime_years"} <= values.keys():
                raise BadValue("unknown_category", shown(row.category))
            made = {"code": row.category, "name_en": row.category} | values
            made["glyph"] = guessed_glyph(row.category, str(made["name"]), str(made["name_en"]))
            self.categories[row.category] = Category.objects.create(**made)
        if values != row.of_category:
            self.report.note(row.line, "category_told_otherwise", shown(row.category))
        self.said |= {(row.category, name): value for name, value in values.items()}
        return category is not None and _changed(category, values)


def _changed(stored: models.Model, values: Mapping[str, object]) -> bool:
    """Store the values that differ; whether there were any."""
    different = {name: value for name, value in values.items() if getattr(stored, name) != value}
    for name, value in different.items():
        setattr(stored, name, value)
    if different:
        stored.save(update_fields=[name.removesuffix("_id") for name in different])
    return bool(different)
