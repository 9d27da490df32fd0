import pytest

from geo.matching.names import is_placeholder, merge_key, name_key


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("景泰西里(西区)", "景泰西里西区"),
        ("青特花溪地二期", "青特花溪地2期"),
        ("万寿路十二号院", "万寿路12号院"),
        ("万寿路二十号院", "万寿路２０号院"),
        ("金谷园小区", "金谷园"),
        ("SOHO 现代城", "soho现代城"),
    ],
)
def test_spellings_of_one_community_have_one_merge_key(one: str, other: str) -> None:
    assert merge_key(one) == merge_key(other)


def test_neighbours_keep_different_merge_keys() -> None:
    names = ["景泰西里", "景泰西里西区", "景泰西里东区", "景泰西里65号院", "景泰西里一区", "景泰西里二区"]
    assert len({merge_key(name) for name in names}) == len(names)


@pytest.mark.parametrize("name", ["八一小区", "三里屯", "五棵松", "万科十里风荷"])
def test_numerals_that_count_nothing_stay(name: str) -> None:
    assert merge_key(name) == name_key(name)


def test_a_short_stem_keeps_its_ending() -> None:
    assert merge_key("阳光小区") == "阳光小区"


@pytest.mark.parametrize(
    "name", ["暂无", "暂无资料", "测试", "测试小区", "未知", "null", "-", "--", "待定", "2335", "12-3", "无"]
)
def test_placeholders(name: str) -> None:
    assert is_placeholder(name)


@pytest.mark.parametrize("name", ["臻园", "无锡新村", "18街区", "SOHO", "新新家园"])
def test_names_that_are_no_placeholders(name: str) -> None:
    assert not is_placeholder(name)
