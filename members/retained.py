"""The rules of retention of this app. What is held of members stays while they are on file."""

from django.utils.translation import gettext_lazy as _

from geo.retention import Rule, older
from members.models import FileImport

RETAINED = [
    Rule(
        "file_imports", label=_("files to import"), days=400, least=31, most=3660,
        why=_("That somebody brought a file, counted from its end; the file itself goes at once."),
        tables=(older(FileImport, "changed_at", state__in=FileImport.ENDED),),
    ),
]  # fmt: skip
