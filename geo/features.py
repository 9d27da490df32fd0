"""GeoJSON and GeoParquet files: rows with a geometry."""

import gzip
import json
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas
import shapely
from pyarrow import ArrowInvalid
from pyarrow.parquet import read_schema
from pyproj import CRS
from pyproj.exceptions import CRSError

from geo.intake import Row, UnreadableFile, open_text


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
            return b"geo" in (read_schema(path).metadata or {})
        except (ArrowInvalid, OSError) as error:
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
            collection = json.load(text)
    except (json.JSONDecodeError, UnicodeError, gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise UnreadableFile("broken_file", f"{path.name} is not GeoJSON") from error
    if not isinstance(collection, dict) or not isinstance(features := collection.get("features"), list):
        raise UnreadableFile("broken_file", f"{path.name} holds no FeatureCollection")
    if isinstance(declared := collection.get("crs"), dict):
        _must_be_degrees(declared.get("properties", {}).get("name"))
    for line, feature in enumerate(features, start=1):
        if not isinstance(feature, dict):
            yield Feature(line, broken="broken_line")
            continue
        values = dict(_flat(feature.get("properties") or {}))
        geometry = feature.get("geometry")
        shape = shapely.from_geojson(json.dumps(geometry), on_invalid="ignore") if geometry else None
        yield Feature(line, values, broken="broken_shape" if geometry and shape is None else "", shape=shape)


def _read_parquet(path: Path) -> Iterator[Feature]:
    try:
        frame = geopandas.read_parquet(path)
    except (ArrowInvalid, OSError, ValueError) as error:
        raise UnreadableFile("broken_file", f"{path.name} is not GeoParquet") from error
    _must_be_degrees(frame.crs)
    table = frame.drop(columns=frame.geometry.name)
    for line, (record, shape) in enumerate(zip(table.to_dict(orient="records"), frame.geometry, strict=True), start=1):
        yield Feature(line, dict(_flat(record)), shape=shape)


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
