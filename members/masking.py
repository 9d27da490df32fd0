"""The only constructor of what staff may see of a person's name: surname and title, never more."""

import re
import unicodedata

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from members.models import Member
from members.surnames import COMPOUND, SINGLE

Title = Member.Title

_SURNAME_LETTERS = Member._meta.get_field("surname").max_length or 0
_HAN = "\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U000323af"
_han = re.compile(f"[{_HAN}]+").fullmatch
# A Chinese name, its given name perhaps masked by the source: 孙悟空, 孙**, 孙XX
_chinese_name = re.compile(f"([{_HAN}]{{1,4}})[*xX]{{0,3}}").fullmatch
_latin_word = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*").fullmatch

_HONORIFICS = {
    "先生": Title.MR, "大哥": Title.MR, "大爷": Title.MR, "叔叔": Title.MR,
    "女士": Title.MS, "小姐": Title.MS, "太太": Title.MS, "夫人": Title.MS, "大姐": Title.MS, "阿姨": Title.MS,
    "老师": Title.UNKNOWN, "师傅": Title.UNKNOWN, "顾客": Title.UNKNOWN, "同志": Title.UNKNOWN,
}  # fmt: skip
_LATIN_HONORIFICS = {"mr": Title.MR, "ms": Title.MS, "mrs": Title.MS, "miss": Title.MS}
_HONORIFIC_LETTERS = 2
# GB/T 2261.1 codes (0 unknown, 1 male, 2 female, 9 not stated) among the usual words; other numbers say nothing
_GENDERS = {
    "男": Title.MR, "男性": Title.MR, "男士": Title.MR, "m": Title.MR, "male": Title.MR, "1": Title.MR,
    "女": Title.MS, "女性": Title.MS, "f": Title.MS, "female": Title.MS, "2": Title.MS,
} | _HONORIFICS | _LATIN_HONORIFICS  # fmt: skip


def salutation(surname: str, title: str) -> str:
    """孙先生, 孙女士, 孙顾客; without a surname 先生, 女士, 顾客. ``title`` is a Member.Title.

    Whatever stands in ``surname`` is cut to a surname first, so that a full name that got into the wrong
    column does not come out here.
    """
    surname = surname_alone(surname)
    if not surname:
        return {
            Title.MR: pgettext("salutation without a name", "Mr"),
            Title.MS: pgettext("salutation without a name", "Ms"),
        }.get(Title(title), pgettext("salutation without a name", "Customer"))
    pattern = {Title.MR: _("%(surname)s (Mr)"), Title.MS: _("%(surname)s (Ms)")}.get(
        Title(title), _("%(surname)s (customer)")
    )
    return pattern % {"surname": surname}


def split_name(full_name: str) -> tuple[str, str]:
    """(surname, Member.Title) of a name as other systems write it; either is empty where it is unsure.

    Chinese names give their single or compound surname if it is a known one, a title only if they carry one
    (孙先生). Names with a dot inside (买买提·艾力, 约翰·史密斯) have no Chinese surname: empty. Latin names give
    the family name if they say which it is ("SUN Wukong", "Sun, Wukong", "Mr Sun"): whole up to four letters,
    else its first letter. The given name is never part of the answer.
    """
    name = compact = full_name
    if not _han(full_name):
        name = unicodedata.normalize("NFKC", full_name)
        name = "".join(character for character in name if unicodedata.category(character) != "Cf")
        name = name.split("(", 1)[0].strip()
        compact = "".join(name.split())
    title = _HONORIFICS.get(compact[-_HONORIFIC_LETTERS:])
    if title is not None:
        return _chinese_surname(compact[:-_HONORIFIC_LETTERS], before_honorific=True), title
    if _chinese_name(compact):
        return _chinese_surname(compact, before_honorific=False), Title.UNKNOWN
    return _split_latin(name)


def title_of(text: str) -> str:
    """The Member.Title behind a gender or title column (男, F, 女士, 2); empty for anything else."""
    return _GENDERS.get(unicodedata.normalize("NFKC", text).strip().rstrip(".").lower(), Title.UNKNOWN)


def _chinese_surname(name: str, *, before_honorific: bool) -> str:
    match = _chinese_name(name)
    if not match:
        return ""
    # 欧阳 alone may be somebody 欧 with the given name 阳; before 先生 it is the surname
    if match[1][:2] in COMPOUND and (before_honorific or len(name) > 2):
        return match[1][:2]
    return match[1][0] if match[1][0] in SINGLE else ""


def _split_latin(name: str) -> tuple[str, str]:
    title: str = Title.UNKNOWN
    first, _space, rest = name.partition(" ")
    titled = first.rstrip(".").lower() in _LATIN_HONORIFICS
    if titled:
        title, name = _LATIN_HONORIFICS[first.rstrip(".").lower()], rest.strip()
    family, comma, given = name.partition(",")
    words = name.replace(",", " ").split()
    if not words or not all(map(_latin_word, words)) or any(map(_han, words)):
        return "", title
    if comma:
        return (_short(family.strip()) if given.strip() and " " not in family.strip() else ""), title
    if len(words) == 1:
        return (_short(name) if titled else ""), title
    capitals = [word for word in words if word.isupper() and len(word) > 1]
    return (_short(capitals[0]) if len(capitals) == 1 else ""), title


def _short(family: str) -> str:
    """A latin family name as far as it may be shown."""
    return family if len(family) <= _SURNAME_LETTERS else family[0]


def surname_alone(text: str) -> str:
    """The text if it can be a surname, else as much of it as can."""
    if _han(text):
        return text[:2] if text[:2] in COMPOUND else text[:1]
    return _short(text) if _latin_word(text) else ""
