import re
from pathlib import Path

import pytest
from django.conf import settings
from django.template.loader import render_to_string

from members.glyphs import guessed_glyph
from members.models import Category
from salesapp.demo.catalogue import CATEGORIES

Glyph = Category.Glyph


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (("fridge",), Glyph.FRIDGE), (("premium_fridge",), Glyph.FRIDGE), (("fridge-freezer",), Glyph.FRIDGE),
        (("freezer",), Glyph.FREEZER), (("washer",), Glyph.WASHER), (("dish_washer",), Glyph.DISHWASHER),
        (("dishwasher",), Glyph.DISHWASHER), (("air_conditioner",), Glyph.AIR_CONDITIONER), (("TV",), Glyph.TV),
        (("c01", "嵌入式洗碗机"), Glyph.DISHWASHER), (("c02", "滚筒洗衣机"), Glyph.WASHER),
        (("c03", "燃气热水器", "Gas water heater"), Glyph.WATER_HEATER), (("c04", "净水器"), Glyph.WATER_PURIFIER),
        (("c05", "", "Range hood"), Glyph.HOOD), (("air_purifier", "空气净化器"), Glyph.OTHER),
        (("atv",), Glyph.OTHER), (("hobby",), Glyph.OTHER), (("heater", "取暖器"), Glyph.OTHER), (("",), Glyph.OTHER),
    ],
    ids=str,
)  # fmt: skip
def test_the_drawing_is_guessed_from_code_and_names(texts: tuple[str, ...], expected: Category.Glyph) -> None:
    assert guessed_glyph(*texts) == expected


def test_every_category_of_the_demo_has_its_drawing() -> None:
    drawn = {plan.code: guessed_glyph(plan.code) for plan in CATEGORIES}
    assert Glyph.OTHER not in drawn.values()
    assert all(drawn[plan.premium_of] == drawn[plan.code] for plan in CATEGORIES if plan.premium_of)


def test_every_glyph_is_drawn_and_no_two_alike() -> None:
    drawn = {glyph: render_to_string("parts/glyph.html", {"glyph": glyph.value}) for glyph in Glyph}
    assert all(re.search("<(path|rect|circle)", svg) for svg in drawn.values())
    assert len(set(drawn.values())) == len(Glyph)
    assert render_to_string("parts/glyph.html", {"glyph": "boat"}).split() == drawn[Glyph.OTHER].split()


def test_the_drawings_are_lines_without_styles() -> None:
    template = (Path(settings.BASE_DIR) / "templates/parts/glyph.html").read_text()
    assert "style=" not in template
    assert "fill=" not in template
