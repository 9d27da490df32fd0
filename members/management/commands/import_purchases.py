from collections.abc import Mapping
from pathlib import Path

from geo.models import ImportRun
from members.actions.import_purchases import FIELDS, import_purchases
from members.management.import_command import ImportCommand, epilog


class Command(ImportCommand):
    help = "Load sales of one source system."
    epilog = epilog(
        FIELDS,
        "phone, or member_key: the key of the member's record of the same system. model: of the catalogue"
        " (import_products). store: a store's code. channel: store (门店, 线下) or online (线上, 网上, 电商); without"
        " one, store where a store is named, else online.",
        "bought_on: 2019-01-02, 2019/1/2, 20190102 or 2019年1月2日, 1980 or later, not in the future. price in yuan:"
        " 3999, 3,999.00, ¥3999",
        ("key,phone,model,store,channel,bought_on,price", "S1001,15412345678,BCD-500,,online,2020-05-06,3999"),
        "import_purchases sales.parquet --system crm --map 型号=model",
    )  # fmt: skip

    def load(self, *, path: Path, system: str, columns: Mapping[str, str]) -> ImportRun:
        return import_purchases(path=path, system=system, columns=columns, progress=self.progress)
