"""Comparable forms of place names."""

import re
import unicodedata

_DIGITS = {character: value for value, character in enumerate("零一二三四五六七八九")}
# Only where a counted thing follows: 一期 and 1期, 三号院 and 3号院; never in 八一 or 三里屯.
_COUNTED = re.compile("([一二三四五六七八九]?十[一二三四五六七八九]?|[一二三四五六七八九])(?=期|区|号|弄|院)")
_SHORTEST_STEM = 3
_PLACEHOLDERS = frozenset({
    "无", "暂无", "未知", "不详", "待定", "无名", "未命名", "其他", "其它", "小区", "社区",
    "null", "none", "nan", "na", "test", "undefined",
})  # fmt: skip
_PLACEHOLDER_STARTS = ("测试", "暂无")


def name_key(name: str) -> str:
    """The name with width, case, spaces, brackets and punctuation taken out: 景泰西里(西区) = 景泰西里西区."""
    return "".join(c for c in unicodedata.normalize("NFKC", name).lower() if c.isalnum())


def merge_key(name: str) -> str:
    """The form in which names of one community at several sites are equal, and names of neighbours are not.

    On top of name_key a counted part has Arabic figures (青特花溪地二期 = 青特花溪地2期), and a closing 小区 is
    dropped where three characters remain (金谷园小区 = 金谷园: of 217 such pairs with points in Beijing,
    Shanghai and Qingdao 206 lie within 5 km). 西区, 东区 and the plain name stay three names.
    """
    key = _COUNTED.sub(lambda found: _figures(found[1]), name_key(name))
    stem = key.removesuffix("小区")
    return stem if len(stem) >= _SHORTEST_STEM else key


def _figures(numeral: str) -> str:
    tens, ten, ones = numeral.rpartition("十")
    if not ten:
        return str(_DIGITS[numeral])
    return str((_DIGITS[tens] if tens else 1) * 10 + (_DIGITS[ones] if ones else 0))


def is_placeholder(name: str) -> bool:
    """Whether the name stands for a missing one: 暂无, 测试, null, "-", or figures and punctuation alone."""
    key = name_key(name)
    return key in _PLACEHOLDERS or key.startswith(_PLACEHOLDER_STARTS) or not any(c.isalpha() for c in key)
