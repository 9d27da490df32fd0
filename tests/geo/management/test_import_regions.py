import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from geo.models import Region

pytestmark = pytest.mark.django_db


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "regions.geojson"
    rows = [{"no": "990100", "name": "海澄市"}, {"no": "", "name": "无码"}]
    features = [{"type": "Feature", "properties": row, "geometry": None} for row in rows]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")
    return path


def call(*arguments: object) -> str:
    out = StringIO()
    call_command("import_regions", *map(str, arguments), stdout=out)
    return out.getvalue()


def test_it_says_what_became_of_the_rows(path: Path) -> None:
    said = call(path, "--level=city", "--map=no=code", "--crs=wgs84")
    assert "coordinates read as wgs84" in said
    assert "rows 2: created 1, merged 0, unchanged 0, refused 1" in said
    assert "refused no_code: 1" in said
    assert Region.objects.get(code="990100", parent__code="CN").level == "city"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "no column for code, level"),
        (["--level=village"], "invalid choice"),
        (["--map=no"], "'no' is not COLUMN=FIELD"),
        (["--crs=utm"], "invalid choice"),
    ],
)
def test_what_the_caller_got_wrong_is_one_sentence(path: Path, arguments: list[str], said: str) -> None:
    with pytest.raises(CommandError, match=said):
        call(path, *arguments)


def test_a_missing_file_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="there is no file"):
        call(tmp_path / "absent.geojson")
