"""The files in which imports list refused rows, for download: nothing else in or outside their folder."""

from pathlib import Path

from django.conf import settings
from django.http import FileResponse, Http404


def report_path(report: str) -> Path | None:
    """The report, if it is a file in the folder of reports on this machine."""
    found = Path(report).resolve() if report else None
    inside = found is not None and found.is_relative_to(Path(settings.REPORT_DIR).resolve())
    return found if inside and found and found.is_file() else None


def report_answer(report: str) -> FileResponse:
    """Raises Http404."""
    found = report_path(report)
    if not found:
        raise Http404
    return FileResponse(found.open("rb"), as_attachment=True, filename=found.name, content_type="text/csv")
