"""GeoJSON and GeoParquet files: rows with a geometry."""

import gzip
import json
import re
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count, islice
from pathlib import Path
from typing import Any, TextIO

import shapely
from pyarrow import ArrowException
from pyproj import CRS
from pyproj.exceptions import CRSError

from geo.errors import UnreadableFile
from geo.file_bounds import MOST_COLUMNS, open_parquet, too_large
from geo.intake import DAMAGED, Row, open_text, rows_of

LONGEST_FEATURE = 2 << 20  # characters of JSON, or bytes; of DataV the longest takes 70,000
_CHUNK = 1 << 16
_blank = re.compile(r"[ \t\n\r]*")


@dataclass(slots=True)
class Feature(Row):
    """One feature. ``line`` is its place in the file, the first is 1; ``shape`` is None where none is given.

    Nested properties come under dotted names: {"parent": {"adcode": 1}} as "parent.adcode".
    """

    shape: Any = None


def has_features(path: Path) -> bool:
    """Whether the file holds features and not a plain table. A file that is not there raises UnreadableFile."""
    if not path.is_file():
        raise UnreadableFile("no_file", f"there is no file {path}")
    if not path.stat().st_size:
        raise UnreadableFile("empty_file", f"{path.name} is empty")
    suffix = path.name.removesuffix(".gz").rsplit(".", 1)[-1].lower()
    if suffix == "parquet":
        try:
            return b"geo" in (open_parquet(path).schema_arrow.metadata or {})
        except (ArrowException, OSError, struct.error) as error:
            raise UnreadableFile("broken_file", "not a Parquet file") from error
    return suffix in {"geojson", "json"}


def read_features(path: Path) -> Iterator[Feature]:
    """The features of a GeoJSON (also .gz) or GeoParquet file, in degrees of whatever system was declared.

    A geometry that cannot be read comes as a Feature with ``broken`` set. Raises UnreadableFile when the
    whole file cannot be read or is in a projection instead of degrees.
    """
    if path.suffix == ".parquet":
        return _read_parquet(path)
    return _read_geojson(path)


def _read_geojson(path: Path) -> Iterator[Feature]:
    try:
        with open_text(path) as text:
            yield from map(_feature, count(1), _members(_Json(text), path.name))
    except (json.JSONDecodeError, UnicodeError, gzip.BadGzipFile, EOFError, RecursionError, zlib.error) as error:
        raise UnreadableFile("broken_file", f"{path.name} is not GeoJSON") from error


def _feature(line: int, feature: Any) -> Feature:
    if not isinstance(feature, dict):
        return Feature(line, broken="broken_line")
    values = dict(islice(_flat(feature.get("properties") or {}), MOST_COLUMNS + 1))
    if len(values) > MOST_COLUMNS:
        return Feature(line, broken="broken_line")
    geometry = feature.get("geometry")
    shape = shapely.from_geojson(json.dumps(geometry), on_invalid="ignore") if geometry else None
    return Feature(line, values, broken="broken_shape" if geometry and shape is None else "", shape=shape)


def _members(source: "_Json", name: str) -> Iterator[Any]:
    """The features of the collection, one in memory at a time. Raises UnreadableFile where it is none, or projected."""
    found = False
    if source.peek() == "[":
        raise UnreadableFile("broken_file", f"{name} holds no FeatureCollection")
    source.take("{")
    while source.peek() != "}":
        key = source.value()
        source.take(":")
        if key == "features" and source.peek() == "[":
            found = True
            source.take("[")
            while source.peek() != "]":
                yield source.value()
                source.take_comma("]")
            source.take("]")
        else:
            value = source.value()
            if key == "crs" and isinstance(value, dict):
                properties = value.get("properties")
                _must_be_degrees(properties.get("name") if isinstance(properties, dict) else None)
        source.take_comma("}")
    source.take("}")
    if not found:
        raise UnreadableFile("broken_file", f"{name} holds no FeatureCollection")


class _Json:
    """A JSON text, value by value, of which no more is held than one value."""

    def __init__(self, text: TextIO) -> None:
        self._text = text
        self._decoder = json.JSONDecoder()
        self._held, self._at, self._is_over = "", 0, False

    def peek(self) -> str:
        """The next character that is no blank; empty at the end."""
        while True:
            self._at = _blank.match(self._held, self._at).end()  # type: ignore[union-attr]
            if self._at < len(self._held) or not self._more():
                return self._held[self._at : self._at + 1]

    def take(self, character: str) -> None:
        if self.peek() != character:
            raise json.JSONDecodeError("something else was expected", "", 0)
        self._at += 1

    def take_comma(self, end: str) -> None:
        if self.peek() != end:
            self.take(",")
            if self.peek() == end:
                raise json.JSONDecodeError("nothing behind a comma", "", 0)

    def value(self) -> Any:
        """The next value. A text that ends in its midst is read on, and decoded anew when it is twice as long."""
        self.peek()
        while True:
            try:
                value, end = self._decoder.raw_decode(self._held, self._at)
            except json.JSONDecodeError:
                if not self._more(len(self._held) - self._at):
                    raise
                continue
            # A number may go on behind what is held
            if end == len(self._held) and self._more():
                continue
            self._at = end
            return value

    def _more(self, least: int = 0) -> bool:
        if self._is_over:
            return False
        held = self._held[self._at :]
        if len(held) > LONGEST_FEATURE:
            raise too_large("a feature without end")
        read = self._text.read(min(max(_CHUNK, least), LONGEST_FEATURE + 1))
        self._held, self._at, self._is_over = held + read, 0, not read
        return bool(read)


def _read_parquet(path: Path) -> Iterator[Feature]:
    try:
        yield from _parquet_features(path)
    except (*DAMAGED, shapely.errors.GEOSException) as error:
        raise UnreadableFile("broken_file", f"{path.name} is not GeoParquet") from error


def _parquet_features(path: Path) -> Iterator[Feature]:
    file = open_parquet(path)
    described = json.loads((file.schema_arrow.metadata or {})[b"geo"])
    name = described["primary_column"]
    geometry = described["columns"][name]
    if geometry["encoding"] != "WKB":
        raise UnreadableFile("unknown_format", "its geometries are not in WKB")
    _must_be_degrees(geometry.get("crs"))
    line = 0
    for batch in file.iter_batches(batch_size=2000):
        for record in rows_of(batch, longest_of={name: LONGEST_FEATURE}):
            line += 1
            binary = record.pop(name)
            shape = shapely.from_wkb(binary, on_invalid="ignore") if binary is not None else None
            broken = "broken_shape" if binary is not None and shape is None else ""
            yield Feature(line, dict(_flat(record)), broken=broken, shape=shape)


def _must_be_degrees(declared: Any) -> None:
    if declared is None:
        return
    try:
        crs = CRS.from_user_input(declared)
    except CRSError as error:
        raise UnreadableFile("unknown_crs", f"the file declares an unknown system: {declared}") from error
    if not crs.is_geographic:
        raise UnreadableFile("projected", f"the file is in {crs.name}; longitude and latitude in degrees are read")


def _flat(properties: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    for name, value in properties.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", _text(value)


def _text(value: Any) -> str:
    """A property as the table readers give it: missing as empty, whole numbers without a point."""
    if value is None or value != value:  # NaN alone differs from itself
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()
