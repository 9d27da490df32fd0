"""The versions that a lock file pins."""

import json
import re
from collections import defaultdict
from dataclasses import dataclass
from functools import total_ordering
from pathlib import Path

_pinned = re.compile(r"^([A-Za-z0-9][A-Za-z0-9._-]*)(?:\[[^\]]*\])?==([^\s;\\]+)", re.MULTILINE)
_numbers = re.compile(r"v?(\d+(?:\.\d+)*)([-.]?(?:a|alpha|b|beta|c|rc|pre|preview|dev).*)?")


@total_ordering
@dataclass(frozen=True, slots=True)
class Version:
    """Raises ValueError for what is none. One before a release (5.2.19rc1, 5.2.19-beta.1) is below it."""

    text: str

    def __post_init__(self) -> None:
        if not _numbers.match(self.text):
            raise ValueError(f"{self.text!r} is no version")

    @classmethod
    def of(cls, text: str) -> "Version":
        return cls(text)

    def _key(self) -> tuple[tuple[int, ...], bool]:
        found = _numbers.match(self.text)
        assert found
        numbers = [int(number) for number in found[1].split(".")]
        while numbers and not numbers[-1]:
            numbers.pop()
        return tuple(numbers), found[2] is None

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Version) and self._key() == other._key()

    def __hash__(self) -> int:
        return hash(self._key())

    def __lt__(self, other: "Version") -> bool:
        return self._key() < other._key()

    def __str__(self) -> str:
        return self.text


def locked(path: Path) -> dict[str, list[Version]]:
    """{package: versions} of a requirements file or a package-lock.json; npm may have several. Raises OSError,
    ValueError."""
    text = path.read_text(encoding="utf-8")
    found: dict[str, list[Version]] = defaultdict(list)
    if path.suffix == ".json":
        for place, package in json.loads(text)["packages"].items():
            if place and "version" in package:
                found[place.rpartition("node_modules/")[2]].append(Version(package["version"]))
    else:
        for name, version in _pinned.findall(text):
            found[re.sub(r"[-_.]+", "-", name).lower()].append(Version(version))
    if not found:
        raise ValueError(f"{path.name} pins nothing")
    return dict(found)
