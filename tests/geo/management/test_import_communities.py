from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from geo.crs import wgs84_to_bd09
from geo.models import Community, PlaceSource

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("town")]
CSV = "site,id,name,city,part,lon,lat\nx,1,银杏园,海澄,北岸沙岭,120.05,36.35\nx,2,暂无,海澄,,,\ny,3,水杉苑,海澄,,,\n"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "communities.csv"
    path.write_text(CSV, encoding="utf-8")
    return path


def call(*arguments: object) -> str:
    out = StringIO()
    call_command("import_communities", *map(str, arguments), stdout=out)
    return out.getvalue()


def test_it_says_what_became_of_the_rows(path: Path) -> None:
    said = call(path, "--source=x", "--crs=wgs84", "--where=site=x", "--map=part=district", "--rank=7")
    assert "rows 2: created 1, merged 0, unchanged 0, refused 1" in said
    assert "refused placeholder: 1" in said
    assert "points in their labelled district: 100.0 % of 1" in said
    assert Community.objects.filter(name="银杏园", district__name="北岸区").exists()
    assert PlaceSource.objects.get(name="x").rank == 7


def test_two_conditions_on_one_column_are_either(path: Path) -> None:
    assert "rows 3" in call(path, "--source=x", "--crs=wgs84", "--where=site=x", "--where=site=y")


def test_without_trusted_points_no_share_is_told(path: Path) -> None:
    assert "no row has both" in call(path, "--source=x", "--crs=wgs84", "--facts-only")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--crs=utm"], "invalid choice: 'utm'"),
        (["--map=part"], "'part' is not COLUMN=FIELD"),
        (["--map=absent=name"], "no column absent"),
        (["--map=part=colour"], "no field colour"),
        (["--where=site"], "'site' is not COLUMN=VALUE"),
        (["--where=absent=x"], "no column absent"),
        (["--source=two words"], "--source takes letters"),
    ],
)
def test_what_the_caller_got_wrong_is_one_sentence(path: Path, arguments: list[str], said: str) -> None:
    with pytest.raises(CommandError, match=said):
        call(path, "--source=x", "--crs=wgs84", *arguments)
    assert not PlaceSource.objects.exists()


def test_a_missing_file_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="there is no file"):
        call(tmp_path / "absent.csv", "--source=x", "--crs=wgs84")


def test_a_missing_column_is_named(tmp_path: Path) -> None:
    path = tmp_path / "communities.csv"
    path.write_text("name,town\n银杏园,海澄\n", encoding="utf-8")
    with pytest.raises(CommandError, match="no column for city; the file has name, town"):
        call(path, "--source=x", "--crs=wgs84")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--where=site=z"], "no row has site=z"),
        (["--where=site=x", "--where=city=火星"], "no row has site=x and city=火星"),
    ],
)
def test_conditions_that_no_row_fulfils_are_named(path: Path, arguments: list[str], said: str) -> None:
    with pytest.raises(CommandError, match=said):
        call(path, "--source=x", "--crs=wgs84", *arguments)
    assert not PlaceSource.objects.exists()


@pytest.mark.parametrize("text", ["", "name,city\n"])
def test_a_file_without_rows_is_one_sentence(tmp_path: Path, text: str) -> None:
    path = tmp_path / "communities.csv"
    path.write_text(text)
    with pytest.raises(CommandError, match=r"the file has no rows|is empty"):
        call(path, "--source=x", "--crs=wgs84")


def test_where_no_city_is_known_the_regions_are_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "communities.csv"
    path.write_text("name,city\n银杏园,火星\n", encoding="utf-8")
    assert "import the regions first (import_regions)" in call(path, "--source=x", "--crs=wgs84")


def test_a_system_in_which_the_points_would_fit_better_is_named(tmp_path: Path) -> None:
    lon, lat = wgs84_to_bd09([120.1] * 4, [36.2002, 36.2004, 36.2006, 36.2008])  # just inside the northern district
    path = tmp_path / "communities.csv"
    rows = [f"{n},园{n}号,海澄,北岸区,{x},{y}" for n, (x, y) in enumerate(zip(lon, lat, strict=True))]
    rows += [f"{n + 4},苑{n}号,海澄,南岸区,{x},{y - 0.0012}" for n, (x, y) in enumerate(zip(lon, lat, strict=True))]
    path.write_text("\n".join(["id,name,city,district,lon,lat", *rows]) + "\n", encoding="utf-8")
    said = call(path, "--source=x", "--crs=wgs84")
    assert "points in their labelled district: 50.0 % of 8" in said
    assert "bd09 would give 100.0 %: is --crs right?" in said
    assert "would give" not in call(path, "--source=y", "--crs=bd09")
