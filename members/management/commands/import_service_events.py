from collections.abc import Mapping
from pathlib import Path

from geo.models import ImportRun
from members.actions.import_service_events import FIELDS, import_service_events
from members.management.import_command import ImportCommand, epilog


class Command(ImportCommand):
    help = "Load repairs, moves and renovations of one source system."
    epilog = epilog(
        FIELDS,
        "phone, or member_key: the key of the member's record of the same system. kind: repair (维修), relocation"
        " (移机, 搬家) or renovation (装修). category: a code of the catalogue (import_products).",
        "happened_on: 2019-01-02, 2019/1/2, 20190102 or 2019年1月2日, 1980 or later, not in the future",
        ("key,phone,kind,category,happened_on", "E1001,15412345678,repair,fridge,2024-03-08"),
        "import_service_events repairs.csv --system crm --map 类型=kind",
    )  # fmt: skip

    def load(self, *, path: Path, system: str, columns: Mapping[str, str]) -> ImportRun:
        return import_service_events(path=path, system=system, columns=columns, progress=self.progress)
