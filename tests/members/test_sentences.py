"""What is said first, rule by rule."""

import re

import pytest
from django.utils.translation import override

from members.models import NeedRule
from members.queries.neighbours import Nearness
from members.sentences import FIRST, SECOND, Reason, sentence

Kind = NeedRule.Kind
SEE_NEW = "店里有新款，我带您看看？"
SEE_NEW_EN = "Shall we have a look at the new ones?"

FIRSTS = [
    # reasons, age, zh, en
    ([Reason(Kind.APPLIANCE_AGE)], 9, "您家的冰箱用了 9 年了。", "You have had your fridge for 9 years."),
    ([Reason(Kind.APPLIANCE_AGE)], 1, "您家的冰箱用了 1 年了。", "You have had your fridge for 1 year."),
    ([Reason(Kind.APPLIANCE_AGE)], None, "您家的冰箱用了好些年了。", "Your fridge has served you for a good while."),
    ([Reason(Kind.APPLIANCE_AGE)], 0, "您家的冰箱用了好些年了。", "Your fridge has served you for a good while."),
    ([Reason(Kind.REPAIRS)], 9, "您家的冰箱之前修过。", "Your fridge has been repaired before."),
    (
        [Reason(Kind.COMPLEMENT, "Range hood")], None, "您家有了range hood，还差一台冰箱。",
        "You have the range hood, and the fridge is still missing.",
    ),
    ([Reason(Kind.MOVING)], 3, "搬家的时候定冰箱最合适。", "When you move is the time to choose the fridge."),
    ([Reason(Kind.RENOVATING)], 3, "装修的时候定冰箱最合适。", "While you renovate is the time to choose the fridge."),
    (
        [Reason(Kind.PREMIUM_OWNER)], None, "您家的电器档次高，冰箱也可以配一台好的。",
        "You have very good appliances; the fridge could match them.",
    ),
    ([], 9, "最近在看冰箱吗？", "Is a new fridge on your mind?"),
    # What kind of people live where is said to nobody's face
    ([Reason(Kind.COMMUNITY_AGE)], None, "最近在看冰箱吗？", "Is a new fridge on your mind?"),
    ([Reason(Kind.PRICE_TIER)], None, "最近在看冰箱吗？", "Is a new fridge on your mind?"),
    (
        [Reason(Kind.PRICE_TIER), Reason(Kind.REPAIRS)], 9,
        "您家的冰箱之前修过。", "Your fridge has been repaired before.",
    ),
    # The strongest reason first
    (
        [Reason(Kind.REPAIRS), Reason(Kind.APPLIANCE_AGE)], 9,
        "您家的冰箱之前修过。", "Your fridge has been repaired before.",
    ),
]  # fmt: skip
SECONDS = [
    (Nearness.COMMUNITY, "同小区的邻居常选海澄 HC-420，我带您看看？",
     "Neighbours in your community often choose 海澄 HC-420. Shall we have a look?"),
    (Nearness.DISTRICT, "附近不少家庭选海澄 HC-420，我带您看看？",
     "Families in this district often choose 海澄 HC-420. Shall we have a look?"),
    (Nearness.CITY, "本市不少家庭选海澄 HC-420，我带您看看？",
     "Families in this city often choose 海澄 HC-420. Shall we have a look?"),
    (Nearness.COUNTRY, "不少家庭选海澄 HC-420，我带您看看？",
     "Many families choose 海澄 HC-420. Shall we have a look?"),
]  # fmt: skip


@pytest.mark.parametrize(("reasons", "age", "zh", "en"), FIRSTS)
def test_the_reason_chooses_the_first_sentence(reasons: list[Reason], age: int | None, zh: str, en: str) -> None:
    with override("zh-hans"):
        assert sentence(category="冰箱", reasons=reasons, age=age, model="", nearness=None) == zh + SEE_NEW
    with override("en"):
        said = sentence(category="Fridge", reasons=reasons, age=age, model="", nearness=None)
        assert said == f"{en} {SEE_NEW_EN}"


@pytest.mark.parametrize(("nearness", "zh", "en"), SECONDS)
def test_who_bought_the_model_chooses_the_second(nearness: Nearness, zh: str, en: str) -> None:
    with override("zh-hans"):
        said = sentence(category="冰箱", reasons=[], age=None, model="海澄 HC-420", nearness=nearness)
        assert said == "最近在看冰箱吗？" + zh
    with override("en"):
        said = sentence(category="Fridge", reasons=[], age=None, model="海澄 HC-420", nearness=nearness)
        assert said == f"Is a new fridge on your mind? {en}"


def test_the_tables_are_covered() -> None:
    assert {nearness for nearness, *_ in SECONDS} == set(SECOND) == set(Nearness)
    assert {reason.kind for reasons, *_ in FIRSTS for reason in reasons} >= set(FIRST)


@pytest.mark.parametrize(("name", "shown"), [("Washing machine", "washing machine"), ("TV", "TV"), ("", "")])
def test_a_category_stands_in_an_english_sentence_as_it_is_written(name: str, shown: str) -> None:
    with override("en"):
        said = sentence(category=name, reasons=[], age=None, model="", nearness=None)
    assert said.startswith(f"Is a new {shown} on")


def test_nothing_is_left_open_in_any_sentence() -> None:
    for language in ("zh-hans", "en"):
        with override(language):
            for kind in Kind:
                for nearness in (None, *Nearness):
                    said = sentence(
                        category="冰箱", reasons=[Reason(kind, "油烟机")], age=9, model="海澄 HC-420", nearness=nearness
                    )
                    assert not re.search(r"%|\(|None", said)
                    assert said.endswith(("？", "?"))
