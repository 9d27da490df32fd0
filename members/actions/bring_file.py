import secrets
from collections.abc import Mapping
from typing import Any

from django.core.files.base import File
from django.db import transaction

from geo.models import ImportRun
from members.actions.defer_import import defer_import
from members.models import FileImport
from members.uploads import forget, keep, safe_name
from salesapp.staff.models import Employee

HR_FEED = "HR_FEED"


def bring_file(
    *,
    by: Employee,
    kind: ImportRun.Kind,
    file: "File[bytes] | None",
    source: str = "",
    options: Mapping[str, Any] | None = None,
) -> FileImport:
    """Keep an administrator's file for the workers, who look at its columns first.

    Without a file it is the list that HR_FEED names, whose columns are settings: that one is checked at once.
    """
    path = keep(file, secrets.token_hex(12)) if file else ""
    try:
        with transaction.atomic():
            brought = FileImport.objects.create(
                by=by, kind=kind, source=source, path=path, options=dict(options or {}),
                file_name=safe_name(str(file.name)) if file else HR_FEED,
                state=FileImport.State.LOOKING if file else FileImport.State.CHECKING,
            )  # fmt: skip
            defer_import(file_import=brought)
    except BaseException:
        forget(path)
        raise
    return brought
