"""A small reader of Mapbox Vector Tiles (specification 2.1), enough to see what a tile tells."""

import struct
from collections.abc import Iterator
from typing import Any


def read_tile(content: bytes) -> dict[str, list[dict[str, Any]]]:
    """Features by layer: their attributes, with the feature's own id under "id"."""
    tile: dict[str, list[dict[str, Any]]] = {}
    for number, layer in _fields(content):
        if number == 3:
            name, features = _layer(layer)
            tile.setdefault(name, []).extend(features)
    return tile


def _layer(content: bytes) -> tuple[str, list[dict[str, Any]]]:
    name, keys, values, features = "", [], [], []
    for number, value in _fields(content):
        if number == 1:
            name = value.decode()
        elif number == 2:
            features.append(value)
        elif number == 3:
            keys.append(value.decode())
        elif number == 4:
            values.append(_value(value))
    return name, [_feature(feature, keys, values) for feature in features]


def _feature(content: bytes, keys: list[str], values: list[Any]) -> dict[str, Any]:
    feature: dict[str, Any] = {}
    for number, value in _fields(content):
        if number == 1:
            feature["id"] = value
        elif number == 2:
            tags = list(_varints(value))
            feature |= {keys[k]: values[v] for k, v in zip(tags[::2], tags[1::2], strict=True)}
    return feature


def _value(content: bytes) -> Any:
    for number, value in _fields(content):
        if number == 1:
            return value.decode()
        if number == 3:
            return struct.unpack("<d", value)[0]
        if number == 6:
            return (value >> 1) ^ -(value & 1)
        return value
    return None


def _fields(content: bytes) -> Iterator[tuple[int, Any]]:
    at = 0
    while at < len(content):
        key, at = _varint(content, at)
        kind = key & 7
        if kind == 0:
            value, at = _varint(content, at)
            yield key >> 3, value
        else:
            size, at = (8, at) if kind == 1 else (4, at) if kind == 5 else _varint(content, at)
            yield key >> 3, content[at : at + size]
            at += size


def _varints(content: bytes) -> Iterator[int]:
    at = 0
    while at < len(content):
        value, at = _varint(content, at)
        yield value


def _varint(content: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = content[at]
        at += 1
        value |= (byte & 127) << shift
        if byte < 128:
            return value, at
        shift += 7
