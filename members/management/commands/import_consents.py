from collections.abc import Mapping
from pathlib import Path

from geo.models import ImportRun
from members.actions.import_consents import FIELDS, import_consents
from members.management.import_command import ImportCommand, epilog


class Command(ImportCommand):
    help = "Load what members said about being written to."
    after_error = "the rows before are in the ledger; load the same file again"
    epilog = epilog(
        FIELDS,
        "phone, or member_key: the key of the member's record of the same system. channel: sms, email, push or wechat;"
        " every for a no to all and for profiling. purpose: marketing (the default) or profiling. given: yes or no."
        " wording: the version on file. source: store, form, phone, office or import (the default). record, store,"
        " form, ip: evidence.",
        "said_at: a day or a day and time (2019-01-02 15:30, 2019-01-02T15:30:00+08:00), Asia/Shanghai where it names"
        " no zone, not in the future",
        ("phone,channel,given,said_at,wording", "15412345678,sms,yes,2026-03-08 10:12,sms-2026-1"),
        "import_consents consents.csv --system mall --map 手机=phone",
    )  # fmt: skip

    def load(self, *, path: Path, system: str, columns: Mapping[str, str]) -> ImportRun:
        return import_consents(path=path, system=system, columns=columns, progress=self.progress)
