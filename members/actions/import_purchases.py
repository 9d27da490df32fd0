from collections.abc import Iterator, Mapping
from decimal import Decimal, InvalidOperation
from pathlib import Path

from django.db import connection, transaction
from django.utils import timezone

from geo.intake import Doing, Progress, Report, Row, Step
from geo.models import ImportRun
from geo.sql import load
from members.errors import ImportCannotStart
from members.index_key import steady_hashes
from members.intake import (
    BadValue,
    Fields,
    batches,
    check_system,
    copy_rows,
    member_reference,
    publish_for_members,
    read_day,
    read_key,
    read_rows,
    shown,
)
from members.models import Product, Purchase
from members.phone import canonical_numbers
from salesapp.staff.models import Store

FIELDS = Fields(
    names=("key", "phone", "member_key", "model", "store", "channel", "bought_on", "price"),
    needed=(("key",), ("phone", "member_key"), ("model",), ("bought_on",)),
)
_STAGED_TYPES = ("int4", "text", "bytea", "text", "int8", "int8", "int8", "text", "date", "numeric")
_CHANNELS = {
    "store": Purchase.Channel.STORE, "门店": Purchase.Channel.STORE, "线下": Purchase.Channel.STORE,
    "online": Purchase.Channel.ONLINE, "线上": Purchase.Channel.ONLINE, "网上": Purchase.Channel.ONLINE,
    "电商": Purchase.Channel.ONLINE,
}  # fmt: skip
_CENT = Decimal("0.01")
_TOO_DEAR = Decimal(10) ** 8  # more does not fit the column


def import_purchases(
    *, path: Path, system: str, columns: Mapping[str, str] | None = None, progress: Progress = lambda _step: None
) -> ImportRun:
    """Load a file of sales of one source system, each under the member who has the phone or the record.

    A purchase carries its product's category and the member's community and household as they are when it is
    first loaded. The same sale again is left as it is; a corrected one is updated. A sale that is on file
    under another member is refused (key_of_another_member): it would count twice. Of a member whose number was
    erased and who registered afresh, sales count from the day after the erasure on.

    Rows are refused as broken_line, wrong_encoding, no_key, bad_key, repeated_key, no_phone, bad_phone,
    unknown_member, erased, unknown_product (by model), unknown_store (by code), bad_channel, bad_date, future_date,
    bad_price or key_of_another_member; the report shows of their values no more than codes and dates. A row
    without a channel is a store sale if it names a store, else an online one; one without a price is loaded
    without.

    One transaction: after an error nothing is loaded. Imports of purchases of one system wait for each other.
    Raises ImportCannotStart and geo's UnreadableFile.
    """
    check_system(system)
    with (
        Report("purchases", path, system) as report,
        transaction.atomic(),
        steady_hashes(),
        connection.cursor() as cursor,
    ):
        cursor.execute(load("members", "import_purchases/stage"))
        reader = _Reader(report)
        rows = read_rows(path, fields=FIELDS, columns=columns or {}, report=report, progress=progress)
        for batch in batches(rows):
            if not reader.products:
                raise ImportCannotStart("the catalogue is empty: import_products first", "no_catalogue")
            copy_rows(cursor, load("members", "import_purchases/copy"), _STAGED_TYPES, reader.read(batch))
        progress(Step(Doing.MATCHING, report.rows))
        publish_for_members(cursor, report, folder="import_purchases", system=system, staged=reader.staged)
        return report.save()


class _Reader:
    """Rows of the file into rows of the staging table."""

    def __init__(self, report: Report) -> None:
        self.report = report
        self.today = timezone.localdate()
        self.products = {
            model: (product_id, category_id)
            for model, product_id, category_id in Product.objects.values_list("model", "id", "category_id")
        }
        self.stores = dict(Store.objects.values_list("code", "id"))
        self.staged = 0

    def read(self, batch: list[tuple[Row, list[str]]]) -> Iterator[tuple[object, ...]]:
        numbers = canonical_numbers(values[1] for _row, values in batch)
        for (row, values), number in zip(batch, numbers, strict=True):
            try:
                staged = self._read_row(row.line, values, number)
            except BadValue as bad:
                self.report.refuse(row.line, bad.reason, bad.detail)
            else:
                self.staged += 1
                yield staged

    def _read_row(self, line: int, values: list[str], number: str | None) -> tuple[object, ...]:
        key, phone, member_key, model, store, channel, bought_on, price = values
        key = read_key(key)
        bidx, member_key_or_none = member_reference(phone, number, member_key)
        try:
            product_id, category_id = self.products[model]
        except KeyError:
            raise BadValue("unknown_product", shown(model)) from None
        store_id = self.stores.get(store) if store else None
        if store and store_id is None:
            raise BadValue("unknown_store", shown(store))
        return (
            line, key, bidx, member_key_or_none, product_id, category_id, store_id,
            read_channel(channel, at_store=store_id is not None), read_day(bought_on, today=self.today),
            read_price(price),
        )  # fmt: skip


def read_channel(text: str, *, at_store: bool) -> Purchase.Channel:
    """Raises BadValue: bad_channel."""
    if not text:
        return Purchase.Channel.STORE if at_store else Purchase.Channel.ONLINE
    try:
        return _CHANNELS[text.lower()]
    except KeyError:
        raise BadValue("bad_channel") from None


def read_price(text: str) -> Decimal | None:
    """Yuan to the cent, empty for unknown: 3999, 3,999.00, ¥3999, 3999元. Raises BadValue: bad_price."""
    if not text:
        return None
    try:
        price = Decimal(text.strip("¥￥元 ").replace(",", "")).quantize(_CENT)
        if 0 <= price < _TOO_DEAR:
            return price
    except InvalidOperation:
        # no number, NaN, or too many digits
        pass
    raise BadValue("bad_price")
