"""Members from a file: the product's import, a bare COPY of the file, and django-import-export doing the same."""

import csv
import json
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import tablib
from django.conf import settings
from django.db import connection, transaction
from django.db.models import QuerySet
from import_export.fields import Field
from import_export.instance_loaders import CachedInstanceLoader
from import_export.resources import ModelResource

from geo.models import Community
from members.actions.import_members import import_members
from members.household import household_of
from members.masking import split_name
from members.models import ContactPoint, IdentityLink, Member, SourceRecord
from members.phone import PhoneNumber
from members.vault import encrypt, keyed_hash
from salesapp.demo.people import phone_numbers
from tests.bench.database import BenchFailed
from tests.bench.floors import driver
from tests.bench.table import Figure

HEADER = ["key", "phone", "name", "member_since"]
SYSTEM = "bench"
PEER = "django-import-export in bulk: CachedInstanceLoader on the record key, no diff, the same four tables"


def import_figures(*, rows: int, first_member: int, seed: int) -> list[Figure]:
    """Rows a second, wall clock, median of three rounds in turn; nothing of it stays in the database.

    The file of the figure with a bar has no addresses: to find their communities costs the same whoever loads them.
    """
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        many, few, homes = (Path(folder) / f"{name}.csv" for name in ("many", "few", "homes"))
        settings.REPORT_DIR = Path(folder) / "reports"
        _write(many, rows, first_member, seed)
        _write(few, rows // 10, first_member, seed)
        _write(homes, rows, first_member, seed, with_addresses=True)
        takers: list[tuple[Callable[[Path], int], Path, int]] = [
            (_product, many, rows),
            (_copy, many, rows),
            (_peer, few, rows // 10),
            (_product_with_addresses, homes, rows),
        ]
        rates: list[list[float]] = [[] for _ in takers]
        for _ in range(3):
            for (taker, path, expected), found in zip(takers, rates, strict=True):
                with _undone():
                    start = time.perf_counter()
                    stored = taker(path)
                    found.append(stored / (time.perf_counter() - start))
                if stored != expected:
                    raise BenchFailed(f"{taker.__name__} stored {stored} rows of {path.name}")
    product, copy, peer, with_addresses = (statistics.median(found) for found in rates)
    return [
        Figure("member import", product, "rows/s", peer, PEER, 15, False),
        Figure("member import", product, "rows/s", copy, "bare COPY of the file, no index"),
        Figure("member import with addresses to locate", with_addresses, "rows/s"),
    ]


def _write(path: Path, rows: int, first_member: int, seed: int, *, with_addresses: bool = False) -> None:
    """A file of new members, perhaps at real communities of the town; numbers follow the town's own."""
    homes = list(
        Community.objects.filter(city__isnull=False)
        .order_by("pk")
        .values_list("city__name", "district__name", "name")[:5000]
    )
    numbers = phone_numbers(np.arange(first_member, first_member + rows), seed).tolist()
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([*HEADER, "address"] if with_addresses else HEADER)
        for n, number in enumerate(numbers):
            cells = [f"k{n}", number, f"{'王李张刘陈'[n % 5]}先生", f"2019-{n % 12 + 1:02}-11"]
            if with_addresses:
                home = "".join(part or "" for part in homes[n % len(homes)])
                cells.append(f"{home}{n % 30 + 1}号楼{n % 3 + 1}单元{n % 20 + 1}0{n % 4 + 1}室")
            writer.writerow(cells)


@contextmanager
def _undone() -> Iterator[None]:
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def _product(path: Path) -> int:
    return import_members(path=path, system=SYSTEM).run.created


def _product_with_addresses(path: Path) -> int:
    done = import_members(path=path, system=SYSTEM)
    if done.addresses["located"] < done.run.created * 0.9:
        raise BenchFailed(f"addresses of the file are not located: {dict(done.addresses)}")
    return done.run.created


def _copy(path: Path) -> int:
    with connection.cursor() as cursor:
        columns = ", ".join(f"{name} text" for name in HEADER)
        cursor.execute(f"create temporary table bench_members ({columns}) on commit drop")
    with driver().cursor() as raw:
        with raw.copy("copy bench_members from stdin (format csv, header)") as copy:
            copy.write(path.read_bytes())
        return raw.rowcount


def _peer(path: Path) -> int:
    resource = _RecordResource()
    result = resource.import_data(tablib.Dataset().load(path.read_text(), format="csv"), raise_errors=True)
    return int(result.totals["new"])


class _RecordResource(ModelResource):  # type: ignore[misc]
    """Record with member, phone and link, as import-export does it fastest and still knows new from known.

    Known records are those with the key; CachedInstanceLoader finds them with one query for the whole file. A known
    one with the same digest is left, a changed one replaced. Persons are not looked up by their numbers: the
    product's import does that on top.
    """

    record_key = Field(attribute="record_key", column_name="key")

    class Meta:
        model = SourceRecord
        fields = ("record_key",)
        import_id_fields = ("record_key",)
        instance_loader_class = CachedInstanceLoader
        use_bulk = True
        batch_size = 1000
        skip_diff = True
        report_skipped = False

    def get_queryset(self) -> QuerySet[SourceRecord]:
        return SourceRecord.objects.filter(system=SYSTEM)

    def before_import(self, dataset: tablib.Dataset, **kwargs: Any) -> None:
        self._ids = self._numbers(Member, len(dataset))
        self._record_ids = self._numbers(SourceRecord, len(dataset))
        self._members: list[Member] = []
        self._points: list[ContactPoint] = []
        self._links: list[IdentityLink] = []

    def _numbers(self, model: type[Member] | type[SourceRecord], count: int) -> Iterator[int]:
        with connection.cursor() as cursor:
            cursor.execute(
                "select nextval(pg_get_serial_sequence(%s, 'id')) from generate_series(1, %s)",
                [model._meta.db_table, count],
            )
            return iter([int(row[0]) for row in cursor.fetchall()])

    def before_import_row(self, row: dict[str, Any], **kwargs: Any) -> None:
        row["received"] = json.dumps(row, ensure_ascii=False)
        row["digest"] = keyed_hash("source_record", row["received"])

    def skip_row(self, instance: SourceRecord, original: None, row: dict[str, Any], *_errors: Any) -> bool:
        return instance.pk is not None and bool(bytes(instance.digest) == row["digest"])

    def get_bulk_update_fields(self) -> list[str]:
        return ["digest", "payload"]

    def before_save_instance(self, instance: SourceRecord, row: dict[str, Any], **kwargs: Any) -> None:
        place = f"{SYSTEM}:{row['key']}:source_record.payload"
        instance.digest, instance.payload = row["digest"], encrypt(row["received"].encode(), place)
        if instance.pk is not None:
            return
        instance.pk, instance.system = next(self._record_ids), SYSTEM
        member_id, number = next(self._ids), PhoneNumber.parse(row["phone"])
        surname, title = split_name(row["name"])
        household = household_of(community_id=None, house="", member_id=member_id)
        self._members.append(
            Member(
                id=member_id,
                surname=surname,
                title=title,
                household=household,
                member_since=date.fromisoformat(row["member_since"]),
            )
        )
        self._points.append(
            ContactPoint(
                channel=ContactPoint.Channel.PHONE,
                bidx=number.bidx,
                member_id=member_id,
                ciphertext=encrypt(number.canonical.encode(), f"{member_id}:contact_point.ciphertext"),
            )
        )
        self._links.append(
            IdentityLink(member_id=member_id, record_id=instance.pk, score=1, reason=IdentityLink.Reason.SAME_PHONE)
        )

    def after_import(self, dataset: tablib.Dataset, result: Any, **kwargs: Any) -> None:
        Member.objects.bulk_create(self._members, batch_size=1000)
        ContactPoint.objects.bulk_create(self._points, batch_size=1000)
        IdentityLink.objects.bulk_create(self._links, batch_size=1000)
