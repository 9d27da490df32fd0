"""What a file holds, before it is read: the names of its columns, and about how many rows there are."""

import re
from itertools import islice
from pathlib import Path

from geo.features import has_features, read_features
from geo.file_bounds import MOST_COLUMNS, open_bytes, open_parquet
from geo.intake import DAMAGED, UnreadableFile, open_workbook, read_table

_LOOKED_AT = 50  # features: not each has every property
_CHUNK = 1 << 20
# No column is called so; a file without a first line of names begins with somebody's number or address
_is_value = re.compile(r"\d{6}|@|^.{41}").search


def read_columns(path: Path) -> list[str]:
    """The names of the columns. Raises UnreadableFile: what the readers say, no_rows, no_header."""
    if has_features(path):
        names = {name: None for feature in islice(read_features(path), _LOOKED_AT) for name in feature.values}
        columns = list(names)
    else:
        columns = next((list(row.values) for row in read_table(path) if not row.broken), [])
    columns = [column for column in columns if column]
    if not columns:
        raise UnreadableFile("no_rows", "the file has no rows")
    if len(columns) > MOST_COLUMNS or any(map(_is_value, columns)):
        raise UnreadableFile("no_header", "the first line holds values, not the names of columns")
    return columns


def about_rows(path: Path) -> int | None:
    """How many rows the file has if none is broken over lines; None where that takes reading it."""
    suffix = path.name.removesuffix(".gz").rsplit(".", 1)[-1].lower()
    try:
        if suffix == "parquet":
            return int(open_parquet(path).metadata.num_rows)
        if suffix == "xlsx":
            most = open_workbook(path).worksheets[0].max_row
            return max(0, most - 1) if most else None
        if suffix in {"csv", "txt", "tsv"}:
            with open_bytes(path) as file:
                lines = sum(chunk.count(b"\n") for chunk in iter(lambda: file.read(_CHUNK), b""))
            return max(0, lines - 1)
    except DAMAGED:
        pass
    return None
