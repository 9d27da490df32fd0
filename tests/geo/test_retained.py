from pathlib import Path

import pytest
from django.utils import timezone
from pytest_django.fixtures import Settings

from geo.models import ImportRun
from tests.retention import around, gone

pytestmark = pytest.mark.django_db


def run(kind: str, report: Path) -> ImportRun:
    report.parent.mkdir(exist_ok=True)
    report.write_text("line,reason,detail\n")
    return ImportRun.objects.create(
        kind=kind, file_name="x.csv", started_at=timezone.now(), rows=0, created=0, merged=0, unchanged=0, refused=0,
        report=str(report),
    )  # fmt: skip


def test_old_imports_go_with_their_reports_but_the_last_of_a_kind_stays(settings: Settings, tmp_path: Path) -> None:
    folder: Path = settings.REPORT_DIR
    kinds = ("members", "employees", "members", "members")
    runs = [run(kind, folder / f"{number}.csv") for number, kind in enumerate(kinds)]
    elsewhere = run("members", tmp_path / "elsewhere.csv")
    over, not_over = around("import_reports")
    ImportRun.objects.update(finished_at=over)
    ImportRun.objects.filter(pk=runs[2].pk).update(finished_at=not_over)
    assert gone("import_reports") == {"geo_importrun": 2}
    assert set(ImportRun.objects.all()) == {runs[1], runs[2], elsewhere}
    assert sorted(path.name for path in folder.iterdir()) == ["1.csv", "2.csv"]
    assert Path(elsewhere.report).exists()


def test_a_report_outside_of_their_folder_is_left(settings: Settings, tmp_path: Path) -> None:
    outside = run("members", tmp_path / "outside.csv")
    run("members", settings.REPORT_DIR / "last.csv")
    ImportRun.objects.update(finished_at=around("import_reports")[0])
    assert gone("import_reports") == {"geo_importrun": 1}
    assert not ImportRun.objects.filter(pk=outside.pk).exists()
    assert Path(outside.report).exists()
