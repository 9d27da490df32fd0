"""The rules of retention of this app; geo.retention has what they are made of."""

from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext_lazy as _

from geo.models import ImportRun
from geo.retention import Retained, Rows, Rule, delete


def _over(before: datetime) -> Rows:
    """All but the last of each kind: the next list of employees is held against it."""
    later = ImportRun.objects.filter(kind=OuterRef("kind"), pk__gt=OuterRef("pk"))
    return ImportRun.objects.filter(Exists(later), finished_at__lt=before)


def _forget(runs: Rows) -> int:
    for report in runs.exclude(report="").values_list("report", flat=True):
        if Path(report).parent == Path(settings.REPORT_DIR):
            Path(report).unlink(missing_ok=True)
    return delete(runs)


RETAINED = [
    Rule(
        "import_reports", label=_("import reports"), days=400, least=31, most=3660,
        why=_("What imports did, and which lines they refused: to answer questions of the source systems."),
        tables=(Retained(ImportRun, _over, "finished_at", _forget),),
    )
]  # fmt: skip
