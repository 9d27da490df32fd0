"""Is a reply the wish to be left alone?

The words are those that Chinese senders and carriers print under their messages (退订, TD, T, R, N, 0000) and
their English kin. People write them full-width, padded, twice, with the instruction copied along ("回复R退订") or
as a short sentence ("请不要再发广告了，谢谢"). A text is an opt-out when nothing else is in it; where that is still
in doubt, it is one: silence is the side to err on.
"""

import re
import unicodedata

LONGEST = 60
MOST_READ = 10_000  # characters; padding may stand in front

_ALL = "全部|所有|一切|ALL|EVERYTHING"
_CHINESE = (
    "退订|退訂|退定|取消订阅|取消訂閱|取消关注|取消|拒收|拒绝|拒絕|勿扰|勿擾|勿发|勿再发"
    "|(?:不要|不准|不许|别|停止)(?:再|给我|跟我)*(?:发送|发|打扰|联系|骚扰)|停止|停发|停"
)
_LATIN = "TD|T|R|N|0000|STOP|STOPALL|UNSUBSCRIBE|CANCEL|QUIT|END|OPTOUT|NO|TUIDING"
_CHINESE_FILLERS = (
    "全部|所有|一切|我要|我想|我|请|請|帮我|给我|麻烦|您好|你好|你们|你|贵司|的|短信|短消息|消息|信息|广告|推广|推销|订阅"
    "|营销|服务|谢谢|多谢|吧|了|啊|呀|一下|立即|马上|立刻|把|本|此|这个|这种|这些|回复|回覆|回|发送|发|怎么|如何|怎样|就"
    "|需要|要求|申请"
)
_LATIN_FILLERS = "ALL|EVERYTHING|PLEASE|PLS|THANKS|THANK|YOU|REPLY|TEXT|SMS|ME|MESSAGES|PROMOTIONS"
# Latin words stand alone: nonstop is none
_part = re.compile(
    f"(?P<word>{_CHINESE}|(?<![A-Z0-9])(?:{_LATIN})(?![A-Z0-9]))"
    f"|(?P<filler>{_CHINESE_FILLERS}|(?<![A-Z0-9])(?:{_LATIN_FILLERS})(?![A-Z0-9]))"
    "|(?P<gap> )"
)
_one_word = re.compile(f"({_CHINESE}|{_LATIN})\\1*").fullmatch
_between_signs = re.compile("(?<![A-Z0-9]) | (?![A-Z0-9])")
_letters = frozenset("TRN")
_CYRILLIC = {ord("Т"): "T"}  # looks the same and lies on some keyboards
_all = re.compile(_ALL).search


def _plain(text: str) -> str:
    """Letters, digits and Chinese signs, full-width and small ones as their usual form; one space for all else."""
    folded = unicodedata.normalize("NFKC", text[:MOST_READ]).upper().translate(_CYRILLIC)
    signs = "".join(
        sign if unicodedata.category(sign)[0] in "LN" else "" if unicodedata.category(sign) == "Cf" else " "
        for sign in folded
    )
    return _between_signs.sub("", " ".join(signs.lstrip()[: LONGEST * 4].split()))


def is_opt_out(text: str) -> bool:
    """By all of it, or by its first line: below that phones and mail programs sign."""
    first, _, more = text.strip().partition("\n")
    return _says_so(text) or (bool(more) and _says_so(first))


def _says_so(text: str) -> bool:
    plain = _plain(text)
    if not plain or len(plain) > LONGEST:
        return False
    if _one_word(plain.replace(" ", "")):
        return True
    words, place = set(), 0
    while place < len(plain):
        part = _part.match(plain, place)
        if part is None:
            return False
        words |= {part["word"]} - {None}
        place = part.end()
    # Different single letters in a row are some other word: T N T
    return bool(words) and not (len(words) > 1 and words <= _letters)


def means_every_channel(text: str) -> bool:
    """Of an opt-out: does it say "all"?"""
    return bool(_all(_plain(text)))
