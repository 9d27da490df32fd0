from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest

from geo.models import ImportRun
from members.actions.import_products import import_products
from members.errors import ImportCannotStart
from members.models import Category, Product

HEADER = "model,category,category_name,category_name_en,lifetime_years,premium_of,brand,name,price"
FRIDGE = "BCD-500,fridge,冰箱,Fridge,12,,Haier,500 L,¥3999"

pytestmark = pytest.mark.django_db
Load = Callable[..., ImportRun]


@pytest.fixture
def load(tmp_path: Path) -> Load:
    def _load(*lines: str, header: str = HEADER) -> ImportRun:
        path = tmp_path / "products.csv"
        path.write_text("\n".join((header, *lines)) + "\n", encoding="utf-8")
        run = import_products(path=path)
        assert run.rows == run.created + run.merged + run.unchanged + run.refused
        return run

    return _load


def counts(run: ImportRun) -> tuple[int, int, int, int]:
    return run.created, run.merged, run.unchanged, run.refused


def refused(run: ImportRun) -> list[str]:
    return sorted(Path(run.report).read_text().splitlines()[1:])


def test_a_row_makes_its_category_and_its_product(load: Load) -> None:
    assert counts(load(FRIDGE)) == (1, 0, 0, 0)
    product = Product.objects.select_related("category").get()
    assert (product.model, product.brand, product.name, product.price) == ("BCD-500", "Haier", "500 L", Decimal(3999))
    category = product.category
    assert (category.code, category.name, category.name_en, category.lifetime_years) == ("fridge", "冰箱", "Fridge", 12)


def test_the_same_file_again_changes_nothing(load: Load) -> None:
    load(FRIDGE, "BCD-600,fridge,,,,,Haier,600 L,4999.90")
    assert counts(load(FRIDGE, "BCD-600,fridge,,,,,Haier,600 L,4999.90")) == (0, 0, 2, 0)


def test_what_changed_is_updated_and_an_empty_field_takes_nothing_away(load: Load) -> None:
    load(FRIDGE)
    assert counts(load("BCD-500,fridge,,,15,,,New name,")) == (0, 1, 0, 0)
    product = Product.objects.select_related("category").get()
    assert (product.brand, product.name, product.price) == ("Haier", "New name", Decimal(3999))
    assert (product.category.name, product.category.lifetime_years) == ("冰箱", 15)


def test_a_new_categorys_drawing_is_guessed_and_the_administrators_choice_stays(load: Load) -> None:
    load(FRIDGE, "X-1,c02,嵌入式洗碗机,,8,,Haier,,")
    assert dict(Category.objects.values_list("code", "glyph")) == {"fridge": "fridge", "c02": "dishwasher"}
    Category.objects.update(glyph="other")
    load("BCD-500,fridge,冰箱 2,Fridge,12,,Haier,500 L,")
    assert set(Category.objects.values_list("glyph", flat=True)) == {"other"}


def test_a_premium_category_may_stand_above_its_base(load: Load) -> None:
    run = load("BCD-900,fridge-premium,高端冰箱,Premium fridge,12,fridge,Casarte,900 L,9999", FRIDGE)
    assert counts(run) == (2, 0, 0, 0)
    base = Category.objects.get(code="fridge").premium_of
    premium = Category.objects.get(code="fridge-premium").premium_of
    assert base is None
    assert premium is not None
    assert premium.code == "fridge"


def test_the_first_row_that_speaks_of_a_category_counts(load: Load) -> None:
    lines = [FRIDGE, "BCD-600,fridge,冷柜,,,,Haier,600 L,"]
    load(*lines)
    run = load(*lines)
    assert counts(run) == (0, 0, 2, 0)
    assert refused(run) == ["3,kept: category_told_otherwise,fridge"]
    assert Category.objects.get().name == "冰箱"


def test_refused_rows_are_listed_and_leave_no_category(load: Load) -> None:
    run = load(
        FRIDGE,
        ",fridge,,,,,,,",
        "A1,,,,,,,,",
        "A2,freezer,冷柜,Freezer,,,,,",
        "A3,freezer,冷柜,Freezer,ten,,,,",
        "A4,freezer,冷柜,Freezer,10,,,,dear",
        "A5,freezer,冷柜,Freezer,10,oven,,,",
        "BCD-500,fridge,,,,,,,",
        "A6,deep freezer,冷柜,Freezer,10,,,,",
        f"{'A' * 61},fridge,,,,,,,",
    )
    assert refused(run) == [
        "10,bad_category,deep freezer", "11,too_long,model", "3,no_model,", "4,no_category,A1",
        "5,unknown_category,freezer",
        "6,bad_lifetime,ten", "7,bad_price,", "8,bad_premium_of,oven", "9,repeated_key,BCD-500",
    ]  # fmt: skip
    assert (Category.objects.count(), Product.objects.count()) == (1, 1)


def test_a_file_without_a_model_column_is_not_begun(load: Load) -> None:
    with pytest.raises(ImportCannotStart, match="no column for model"):
        load("x", header="category")
