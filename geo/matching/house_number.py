"""The door inside a community, out of free text: 12号楼3单元502室 = 12-3-502."""

import re
from typing import NamedTuple

_HAN = "零〇一二两三四五六七八九十百"
_HAN_DIGITS = {c: n for n, c in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
# 懂, 撞 and 憧 are what people type for 栋 and 幢
_WORDS = "号楼|楼栋|栋楼|号门|门洞|单元|[栋幢座排懂撞憧弄号门梯层楼室房户f#]"
# One number and the word that says what it counts. A longer run of digits is no door (a phone, a postcode).
_TOKEN = re.compile(
    rf"""(?:[\s,，、;；:：_.\-—–~/]|(?<=\d)一(?=\d))*
    (?:(?P<number>[甲乙丙丁]?[a-z]?(?<!\d)\d{{1,5}}(?!\d)(?:[甲乙丙丁]|[a-eg-z](?![a-z]))?)
      |(?P<han>[{_HAN}]{{1,5}}(?=(?:{_WORDS})|[\s\-]|$))
      |(?P<sign>[a-z甲乙丙丁](?=(?:{_WORDS}|[\s\-_]+\d))|[东南西北中](?=单元|门|户|室|-)))
    \s*(?P<word>{_WORDS})?(?P<after>[甲乙丙丁](?!\w))?""",
    re.VERBOSE,
)
_SEPARATE_BUILDING = frozenset({"号楼", "楼栋", "栋楼", *"栋幢座排懂撞憧弄#"})
_UNIT = frozenset({"单元", "门", "号门", "门洞", "梯"})
_FLOOR = frozenset({"层", "楼", "f"})


class HouseNumber(NamedTuple):
    """What was read. ``parts`` are the numbers from building to room, floors left out; ``end`` is where it stopped.

    ``is_dwelling`` says that the last part names one household's door: a room, a bare number behind others
    or a 号 by itself. A building or a unit alone (12号楼) does not, and would put a whole house into one
    household.
    """

    parts: tuple[str, ...]
    is_dwelling: bool
    end: int

    @property
    def door(self) -> str:
        return "-".join(self.parts) if self.is_dwelling else ""


def read_house_number(text: str, start: int = 0) -> HouseNumber:
    """The house number that begins at ``start`` (after separators); no parts when none does.

    ``text`` is NFKC-normalised and lower case. Leading zeros go, Chinese numerals become digits, letters
    upper case, 甲12号 and 12号甲 both 12甲. A room of one or two digits behind a floor is written with it:
    5层2室 = 502.

    Of the 4,478 tagged addresses with a house number in ``../shared/data/addresses`` 95.5 % are read as they
    are tagged (tests/geo/matching/test_on_real_addresses.py); the rest is mostly streets, market stalls and
    digits that run together. 8 µs each.
    """
    tokens: list[tuple[str, str]] = []
    position = start
    while len(tokens) < 6 and (found := _TOKEN.match(text, position)):
        word = found["word"] or ""
        if found["han"] and not word and not tokens:
            break
        tokens.append((_canonical(found) + (found["after"] or ""), word))
        position = found.end()
    return _read(tokens, position if tokens else start)


def _canonical(found: re.Match[str]) -> str:
    if found["han"]:
        return str(_han_number(found["han"]))
    if found["sign"]:
        return found["sign"].upper()
    number = found["number"].upper()
    if number[0] in "甲乙丙丁":
        number = number[1:] + number[0]
    return number.lstrip("0") or "0"


def _han_number(han: str) -> int:
    if not set(han) & {"十", "百"}:
        return int("".join(str(_HAN_DIGITS[c]) for c in han))
    total, digit = 0, 0
    for c in han:
        if c in "十百":
            total += (digit or 1) * (10 if c == "十" else 100)
            digit = 0
        else:
            digit = _HAN_DIGITS[c]
    return total + digit


def _read(tokens: list[tuple[str, str]], end: int) -> HouseNumber:
    parts: list[str] = []
    last, floor = "", ""
    for n, (number, word) in enumerate(tokens):
        followed_by = tokens[n + 1][1] if n + 1 < len(tokens) else None
        # 12楼3单元 is a building in the north, 12楼1203 a floor everywhere
        if word in _FLOOR and not (word == "楼" and not parts and followed_by in _UNIT):
            floor = number
            continue
        if floor and number.isdigit() and len(number) <= 2 and word not in _UNIT:
            number = f"{floor}{number:0>2}"
        floor = ""
        parts.append(number)
        last = "building" if word in _SEPARATE_BUILDING or word == "楼" else "unit" if word in _UNIT else "room"
        if last == "room" and not word and len(parts) == 1 and len(number) < 3:
            last = "building"  # 垂柳新村12: a building or a house, nobody knows
        if word == "号" and n and tokens[n - 1][1] == "弄":
            last = "building"  # 3弄5号: in a lane every stairway has a 号
    return HouseNumber(tuple(parts), last == "room" and not floor, end)
