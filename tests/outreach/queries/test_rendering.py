from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as usual
from hypothesis import strategies as st

from outreach.errors import FactMissing
from outreach.models import Channel, Template, TemplateVersion
from outreach.placeholders import MOST, Placeholder
from outreach.queries.rendering import Facts, Links, links_of, preview, render, wording_of
from outreach.wording import segments_promised
from tests.outreach.templates import SMS_BODY

FACTS = Facts("海澄", "北岸一店", "王芳", "冰箱", "海澄 HC-318", "海澄 HC-420")
LINKS = Links("https://m.example.com/l/abc", "https://m.example.com/u/abc")


def version(body: str = SMS_BODY, channel: Channel = Channel.SMS, subject: str = "") -> TemplateVersion:
    template = Template(code="t", channel=channel, language="zh-hans")
    return TemplateVersion(template=template, body=body, subject=subject, landing_url="https://shop.example.com/")


def test_the_values_stand_in_their_places() -> None:
    rendered = render(version(), FACTS, LINKS)
    assert rendered.text == (
        "您好，我是北岸一店的王芳。邻居常选海澄 HC-420，欢迎来看冰箱。"
        "https://m.example.com/l/abc 退订https://m.example.com/u/abc 拒收请回复R"
    )
    assert rendered.segments == 2
    assert rendered.parameters == {
        "store": "北岸一店", "salesperson": "王芳", "neighbour_product": "海澄 HC-420", "category": "冰箱",
        "link": LINKS.link, "unsubscribe": LINKS.unsubscribe,
    }  # fmt: skip
    assert list(rendered.parameters) == sorted(rendered.parameters)


def test_a_subject_is_filled_too_and_other_channels_have_no_segments() -> None:
    rendered = render(version("{link}", Channel.EMAIL, "{brand}{category}"), FACTS, LINKS)
    assert (rendered.subject, rendered.segments) == ("海澄冰箱", 0)


def test_nothing_is_sent_with_a_gap() -> None:
    with pytest.raises(FactMissing):
        render(version(), replace(FACTS, neighbour_product=""), LINKS)
    with pytest.raises(FactMissing):
        render(version(), replace(FACTS, store=" \x00 "), LINKS)
    render(version(), replace(FACTS, product=""), LINKS)  # not asked for


@pytest.mark.parametrize("value", ["{link}", "{brand}", "{", "}", "{}", "{0}", "{link}{brand}", "%s"])
def test_braces_in_a_value_are_only_braces(value: str) -> None:
    assert value in render(version("{store} {link}"), replace(FACTS, store=value), LINKS).text


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("一\n二\t三", "一 二 三"),
        ("店\u202e名", "店 名"),
        ("店😀名", "店名"),
        ("店" * 30, "店" * MOST[Placeholder.STORE]),
        ("  店  名  ", "店 名"),
    ],
)
def test_a_value_is_one_plain_line_of_bounded_length(value: str, shown: str) -> None:
    assert render(version("{store}"), replace(FACTS, store=value), LINKS).text == shown


def test_the_links_of_a_message_are_as_short_as_was_reckoned() -> None:
    links = links_of(2**55, 2**23)
    assert max(len(links.link), len(links.unsubscribe)) <= MOST[Placeholder.LINK]
    assert str(2**55) not in links.link


texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)


@given(st.builds(Facts, texts, texts, texts, texts, texts, texts))
@usual(suppress_health_check=[HealthCheck.too_slow])
def test_whatever_the_values_are_no_message_takes_more_segments_than_promised(facts: Facts) -> None:
    filled = replace(facts, **{name: getattr(facts, name).strip() or "x" for name in facts.__slots__})
    for body in (SMS_BODY, "Hi {store} [{category}] {product} {brand}€ {link} {unsubscribe} Reply R to opt out"):
        words = version(body)
        try:
            rendered = render(words, filled, links_of(7, 1))
        except FactMissing:
            continue
        assert 1 <= rendered.segments <= segments_promised(wording_of(words))


def test_the_preview_tells_lengths_and_longest_values() -> None:
    shown = preview(wording_of(version()))
    assert "北岸一店" in shown.text
    assert shown.characters == len(shown.text) < shown.most_characters
    assert (shown.segments, shown.most_segments, shown.encoding) == (3, 3, "ucs2")
    assert [(row.name, row.most) for row in shown.placeholders][:2] == [("store", 16), ("salesperson", 10)]
    assert all(row.sample and row.meaning for row in shown.placeholders)
