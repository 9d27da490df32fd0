"""The community names of one city, and where they occur in an address."""

import re
from collections import defaultdict
from collections.abc import Collection, Sequence
from typing import NamedTuple

from geo.matching.house_number import read_house_number

# What may stand between a name and the door and tells nothing: 垂柳新村小区二期(东门)12号楼
_FILLER = re.compile(
    r"[)\]】]?[\s,，、_\-]*(?:住宅?小区|小区|社区|大院|院)?内?(?:第?(?:\d{1,2}|[一二三四五六七八九十])期)?(?:\([东南西北]*门\))?"
)
_ENDS = re.compile(r"[\s,，、_\-]*(?:[东南西北]{0,2}大?门|门[卫口]|物业|$)|[\s,，、;；_\-]")
_ROAD = re.compile(r"(?:路|街|道|(?<!\d)弄)$")
_STREET_ADDRESS = re.compile(r"(?:路|街|道|巷|弄|胡同|条)(?:\d+(?:弄|号|号院)?)?$")
_STREET_NUMBER = re.compile(r"[\s,，、_\-]*[甲乙丙丁]?(?:\d+(?:[\-—–~]+\d+)?|[一二三四五六七八九十]+)(?:弄|号(?!楼))")
_BEFORE = frozenset("路街道巷弄号镇乡村院段侧旁近区县市")
_LOOSE_LENGTH = 4

_GENERIC = re.compile(r"(?:小区|社区|花园|花苑|家园|家苑|嘉园|嘉苑|佳苑|佳园|苑|园)?$")
_UP_TO_ROAD = re.compile(r"^.*(?:路|街|大道|巷|胡同)(?:\d+(?:弄|号院?))?|^.{2,4}?(?:街道|镇|乡)")
_DOOR_BEGINS = re.compile(r"\d|[一二三四五六七八九十]+(?=号|栋|幢|座|单元)|[a-z](?=座|栋|幢)|$")
# A character that tells sister communities apart is never taken for a slip: 一区 and 二区, 东里 and 西里.
_TELLING = frozenset("零〇一二三四五六七八九十百东南西北中上下前后左右新老旧大小内外里甲乙丙丁期区村路弄号")
_STEM = 6


class Hit(NamedTuple):
    """A known name in the text, fields in the order of preference: the greatest is tried first."""

    is_place: bool  # a name proper; not a road, with or without its number
    is_bounded: bool  # what stands before it is known as well
    length: int
    start: int
    key: str
    door: str  # the canonical door behind it, empty when none is told


class CityNames:
    """A home is a community and its district in one number, so that a million names stay small."""

    def __init__(self) -> None:
        self._homes: dict[str, int | tuple[int, ...]] = {}
        self._lanes: dict[str, int | tuple[int, ...]] = {}
        self._lengths: dict[str, list[int]] = {}  # by the first two characters, longest first
        self._by_start: dict[str, list[str]] = {}

    def add(self, key: str, home: int) -> None:
        _put(self._homes, key, home)

    def add_lane(self, key: str, home: int) -> None:
        """A street address of a community. A community that bears it as its name goes before."""
        _put(self._lanes, key, home)

    def finish(self) -> None:
        self._homes = self._lanes | self._homes
        self._lanes = {}
        by_start: defaultdict[str, list[str]] = defaultdict(list)
        for key in self._homes:
            by_start[key[:2]].append(key)
        self._by_start = dict(by_start)
        self._lengths = {start: sorted({len(key) for key in keys}, reverse=True) for start, keys in by_start.items()}

    def homes(self, key: str) -> tuple[int, ...]:
        found = self._homes.get(key, ())
        return found if isinstance(found, tuple) else (found,)

    def hits(self, key: str, text: str, at: Sequence[int], ends: Collection[int], first: int) -> list[Hit]:
        """The names in ``key`` from position ``first`` that a door, an end or a filler follows; best first.

        ``at`` maps positions of the key to those of ``text``; region names end at ``ends``.
        """
        found: list[Hit] = []
        lengths_of, homes = self._lengths.get, self._homes
        covered = 0  # up to here stretches a name that began earlier at a known boundary
        last = len(key)
        for start in range(first, len(key) - 1):
            if start > last:
                break
            lengths = lengths_of(key[start : start + 2])
            if lengths is None:
                continue
            begin = at[start]
            if begin and (text[begin - 1] in "([" or (key[start].isdigit() and text[begin - 1].isdigit())):
                continue
            is_bounded = start in ends or key[start - 1] in _BEFORE or at[start - 1] + 1 != begin
            longest = 0
            for length in lengths:
                name = key[start : start + length]
                if len(name) < length or name not in homes:
                    continue
                longest = longest or length
                behind = _behind(text, at[start + length - 1] + 1, name)
                if behind is None or start < covered or not (is_bounded or length >= _LOOSE_LENGTH):
                    continue
                door, end = behind
                found.append(Hit(not _STREET_ADDRESS.search(name), is_bounded, length, start, name, door))
                if is_bounded and end > at[-1]:
                    last = start  # the address is told to its end
                break
            if is_bounded:
                covered = max(covered, start + longest)
        found.sort(reverse=True)
        return found

    def mended(self, key: str) -> tuple[str, int] | None:
        """The one known name that ``key`` (an address without its regions) means but for a slip, with the
        position in ``key`` where the door begins; None when there is no such name or several.

        A slip is a generic ending too many, too few or another, or one wrong, missing or surplus character
        behind the first two in a name of at least six characters without its ending. Shorter names one
        character apart are mostly two communities: allowed from four characters on, the rule sends 1.8 % of the
        addresses of unknown communities to a wrong one, from six on 0.4 %.
        """
        road = _UP_TO_ROAD.match(key)
        begin = road.end() if road else 0
        door = _DOOR_BEGINS.search(key, begin)
        end = door.start() if door else len(key)
        written = key[begin:end]
        stem = _GENERIC.sub("", written)
        near = set()
        for name in self._by_start.get(written[:2], ()):
            if abs(len(name) - len(written)) <= 2:
                known = _GENERIC.sub("", name)
                if (known == stem and len(stem) >= 3) or (len(known) >= _STEM and _one_slip(known, stem)):
                    near.add(name)
        return (near.pop(), end) if len(near) == 1 else None


def _put(homes: dict[str, int | tuple[int, ...]], key: str, home: int) -> None:
    known = homes.setdefault(key, home)
    if known != home and not (isinstance(known, tuple) and home in known):
        homes[key] = (*known, home) if isinstance(known, tuple) else (known, home)


def _behind(text: str, end: int, name: str) -> tuple[str, int] | None:
    """The door behind a name that ends at ``end`` (empty for none) and where it ends; None for other words."""
    if name[-1].isdigit() and text[end : end + 1].isdigit():
        return None
    if _ROAD.search(name) and _STREET_NUMBER.match(text, end):
        return None
    filler = _FILLER.match(text, end)
    house = read_house_number(text, filler.end() if filler else end)
    return (house.door, house.end) if house.parts or _ENDS.match(text, house.end) else None


def _one_slip(known: str, written: str) -> bool:
    """Does one changed, missing or surplus character that tells nothing lie between the two."""
    if known == written or abs(len(known) - len(written)) > 1:
        return False
    start = 0
    while start < min(len(known), len(written)) and known[start] == written[start]:
        start += 1
    shift = len(known) - len(written)
    if known[start + (shift >= 0) :] != written[start + (shift <= 0) :]:
        return False
    slip = {*known[start : start + (shift >= 0)], *written[start : start + (shift <= 0)]}
    return not slip & _TELLING and not any(c.isascii() for c in slip)
