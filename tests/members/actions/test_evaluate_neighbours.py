import os
import re
from datetime import date
from io import StringIO
from pathlib import Path
from random import Random

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from members.actions.evaluate_neighbours import Sale, evaluate_neighbours
from members.models import NeighbourList

VEHICLES = Path("vehicles/wa_ev_registrations_to_2021.csv.gz")


def planted(places: int, each: int, own_share: float) -> list[Sale]:
    """Every place has a favourite among ten items and buys it with ``own_share``, else any."""
    random = Random(1)
    return [
        Sale(f"p{place}", f"i{place % 10 if random.random() < own_share else random.randrange(10)}")
        for place in range(places)
        for _ in range(each)
    ]


@pytest.mark.django_db
def test_what_places_prefer_is_found_and_the_controls_find_nothing() -> None:
    found = evaluate_neighbours(sales=planted(20, 60, 0.6), rounds=1)

    assert (found.sales, found.tested, found.places, found.items) == (1200, 240, 20, 10)
    assert found.neighbours.hit1 > 0.5
    assert found.popular.hit1 < 0.3
    assert found.shuffled.hit1 < 0.3


@pytest.mark.django_db
def test_without_a_preference_neighbours_are_no_better_than_the_controls() -> None:
    found = evaluate_neighbours(sales=planted(20, 60, 0.0), rounds=2)

    assert abs(found.neighbours.hit3 - found.popular.hit3) < 0.08
    assert abs(found.neighbours.hit3 - found.shuffled.hit3) < 0.08


@pytest.mark.django_db
def test_an_evaluation_leaves_the_published_lists_alone() -> None:
    NeighbourList.objects.create(
        place_id=1, category_id=1, as_of=date(2026, 1, 1), half_life_years=8, shrink=80, totals=[5.0] * 4, products=[7],
        levels=[0], households=[[5] * 4], weights=[[5.0] * 4],
    )  # fmt: skip

    evaluate_neighbours(sales=planted(3, 30, 0.5), rounds=1)

    assert NeighbourList.objects.get().products == [7]


@pytest.mark.django_db
def test_the_same_seed_gives_the_same_figures() -> None:
    sales = planted(5, 40, 0.5)

    assert evaluate_neighbours(sales=sales, seed=4, rounds=2) == evaluate_neighbours(sales=sales, seed=4, rounds=2)


@pytest.mark.django_db
def test_the_command_says_what_it_left_out(tmp_path: Path) -> None:
    rows = [f"p{n % 3},county,i{n % 4},{2010 + n % 10}" for n in range(80)]
    file = tmp_path / "sales.csv"
    file.write_text("\n".join(["where,county,what,when", *rows, "p1,county,i1,soon", "p1,county,,2012", "p1"]))
    out = StringIO()

    call_command(
        "evaluate_neighbours", file, place="where", item="what", time="when", parents="county", leave_out=["i3"],
        rounds=1, stdout=out,
    )  # fmt: skip

    text = out.getvalue()
    assert "60 sales of 3 items in 3 places; 12 tested a round, 1 rounds" in text
    for reason in ("broken_line: 1", "empty field: 1", "item not to count: 20", "unreadable time: 1"):
        assert f"left out, {reason} rows" in text


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"place": "nowhere"}, "no column 'nowhere'; the file has: where, what"),
        ({"parents": "a,b,c"}, "at most two columns"),
        ({"test_share": 0.0}, "leave nothing to train on or to test"),
        ({"rounds": 0}, "at least 1"),
    ],
)
@pytest.mark.django_db
def test_a_wrong_request_is_told_in_a_sentence(tmp_path: Path, options: dict[str, object], sentence: str) -> None:
    file = tmp_path / "sales.csv"
    file.write_text("where,what\np1,i1\np2,i2\n")

    with pytest.raises(CommandError, match=sentence):
        call_command("evaluate_neighbours", file, **({"place": "where", "item": "what"} | options), stdout=StringIO())


@pytest.mark.data
@pytest.mark.django_db
def test_on_registered_cars_neighbours_beat_both_controls() -> None:
    """Over ten other splits hit@3 was 0.546, 2.0 points above the makes bought most, 2.9 above shuffled tracts."""
    shared = Path(os.environ.get("SHARED_DATA", settings.BASE_DIR.parent / "shared" / "data"))
    if not (shared / VEHICLES).is_file():
        pytest.skip(f"needs {VEHICLES} in ../shared/data or $SHARED_DATA")
    out = StringIO()

    call_command(
        "evaluate_neighbours", shared / VEHICLES, place="2020 Census Tract", item="Make", time="Model Year",
        parents="Postal Code,County", leave_out=["TESLA"], rounds=2, stdout=out,
    )  # fmt: skip

    text = out.getvalue()
    hit3 = {name.strip(): float(rate) for name, rate in re.findall(r"^(\D+)0\.\d+  (0\.\d+)", text, re.MULTILINE)}
    assert "47931 sales of 30 items in 1878 places; 9586 tested a round, 2 rounds" in text
    assert "left out, item not to count: 37028 rows" in text
    assert hit3["neighbours"] >= 0.439
    assert hit3["neighbours"] > hit3["most bought"] + 0.01
    assert hit3["neighbours"] > hit3["places shuffled"] + 0.01
