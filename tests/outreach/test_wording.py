from dataclasses import replace

import pytest

from outreach.models import Channel
from outreach.wording import MOST_SEGMENTS, Wording, check_edited, check_template, segments_promised

SMS = Wording(
    Channel.SMS, "zh-hans", False, "",
    "您好，{store}的{salesperson}为您推荐{neighbour_product}。{link} 退订{unsubscribe} 拒收请回复R", "https://shop.example.com/f",
)  # fmt: skip
ENGLISH = replace(SMS, language="en", body="Hello from {store}: {link} Stop: {unsubscribe} Reply R to opt out")
EMAIL = replace(
    SMS, channel=Channel.EMAIL, subject="新品到店", body="您好\n\n{category}到店。{link}\n退订：{unsubscribe}"
)
PUSH = replace(SMS, channel=Channel.PUSH, subject="新品到店", body="{category}到店。{link} 退订 {unsubscribe}")
WECHAT = replace(SMS, channel=Channel.WECHAT, body="{category}到店。{link} 退订 {unsubscribe}")
SERVICE = replace(SMS, service=True, body="{store}：您的送货已安排。", landing_url="")


@pytest.mark.parametrize("wording", [SMS, ENGLISH, EMAIL, PUSH, WECHAT, SERVICE])
def test_good_words_have_no_fault(wording: Wording) -> None:
    assert check_template(wording) == []


def faults(wording: Wording) -> set[tuple[str, str]]:
    return {(found.field, found.code) for found in check_template(wording)}


def body(text: str) -> Wording:
    return replace(SMS, body=text + SMS.body)


@pytest.mark.parametrize(
    ("wording", "field", "code"),
    [
        (body("{phone}"), "body", "placeholder"),
        (body("{surname}"), "body", "placeholder"),
        (body("{Brand}"), "body", "braces"),
        (body("{brand.name}"), "body", "braces"),
        (body("{brand!r}"), "body", "braces"),
        (body("{0}"), "body", "braces"),
        (body("{}"), "body", "braces"),
        (body("{brand"), "body", "braces"),
        (body("brand}"), "body", "braces"),
        (body("{{brand}}"), "body", "braces"),
        (body("https://elsewhere.example.com "), "body", "link"),
        (body("ｗｗｗ．elsewhere.com "), "body", "link"),
        (body("shop.cn "), "body", "link"),
        (body("shop。cn "), "body", "link"),
        (body("10.0.0.1 "), "body", "link"),
        (body("{brand}.com "), "body", "link"),
        (body("weixin://dl "), "body", "link"),
        (body("a\x00b"), "body", "control"),
        (body("a\tb"), "body", "control"),
        (body("a\u202eb"), "body", "control"),
        (body("a\u200bb"), "body", "control"),
        (body("😀"), "body", "emoji"),
        (body("✅"), "body", "emoji"),
        (body("❤️"), "body", "emoji"),
        (body("=1+1"), "body", "formula"),
        (body("+1"), "body", "formula"),
        (body("-1"), "body", "formula"),
        (body("@a"), "body", "formula"),
        (body("＝1"), "body", "formula"),
        (body(" =1"), "body", "formula"),
        (body("海" * 200), "body", "too_long"),
        (body("海" * 10_000), "body", "too_long"),
        (replace(SMS, body="  "), "body", "required"),
        (replace(SMS, body=SMS.body.replace("{unsubscribe}", "")), "body", "unsubscribe"),
        (replace(SMS, body=SMS.body.replace("拒收请回复R", "")), "body", "opt_out"),
        (replace(SMS, body=SMS.body + "，谢谢"), "body", "opt_out"),
        (replace(SMS, language="en"), "body", "opt_out"),
        (replace(EMAIL, body="您好 {link}"), "body", "unsubscribe"),
        (replace(PUSH, body="您好 {link}"), "body", "unsubscribe"),
        (replace(WECHAT, body="您好 {link}"), "body", "unsubscribe"),
        (body("{link} {store} "), "body", "after_link"),
        (replace(SMS, landing_url=""), "landing_url", "landing_missing"),
        (replace(WECHAT, body="您好 {unsubscribe}"), "landing_url", "landing_unused"),
        (replace(SMS, subject="主题"), "subject", "no_subject"),
        (replace(WECHAT, subject="主题"), "subject", "no_subject"),
        (replace(EMAIL, subject=""), "subject", "required"),
        (replace(EMAIL, subject="海" * 101), "subject", "too_long"),
        (replace(EMAIL, subject="海" * 91 + "{brand}"), "subject", "too_long"),
        (replace(PUSH, subject="海" * 41), "subject", "too_long"),
        (replace(EMAIL, subject="{unsubscribe}"), "subject", "link"),
        (replace(EMAIL, subject="a\nBcc: x"), "subject", "control"),
        (replace(EMAIL, subject="=x"), "subject", "formula"),
        (replace(EMAIL, subject="{email}"), "subject", "placeholder"),
        (replace(EMAIL, body=EMAIL.body + "海" * 5000), "body", "too_long"),
        (replace(PUSH, body=PUSH.body + "海" * 300), "body", "too_long"),
        (replace(WECHAT, body=WECHAT.body + "海" * 300), "body", "too_long"),
    ],
)
def test_a_fault_is_named_by_field_and_code(wording: Wording, field: str, code: str) -> None:
    assert (field, code) in faults(wording)


def test_the_place_is_told_and_nothing_of_the_text() -> None:
    found = next(found for found in check_template(body("您好{secret_name}")) if found.code == "placeholder")
    assert "3" in str(found.detail)
    assert "secret" not in str(found.detail)


def test_a_text_of_exactly_the_most_segments_is_good() -> None:
    short = Wording(Channel.SMS, "zh-hans", False, "", "{unsubscribe}拒收请回复R", "")
    room = MOST_SEGMENTS * 67 - 50 - 6
    longest = replace(short, body="海" * room + short.body)
    assert faults(longest) == set()
    assert segments_promised(longest) == MOST_SEGMENTS
    assert faults(replace(short, body="海" * (room + 1) + short.body)) == {("body", "too_long")}


@pytest.mark.parametrize(
    "price",
    [
        "1999-2999元",
        "2026年11月22日",
        "3.5公斤",
        "满3000减300",
        "HC-BC320A",
        "A+级",
        "加微波炉优惠价",
        "加VIP会员",
        "1999，2999，3999元",
        "微信支付立减",
    ],
)
def test_what_a_salesperson_usually_writes_is_good(price: str) -> None:
    assert check_edited(SMS, f"您好，{price}，欢迎到店。" + SMS.ending) == []


def test_the_ending_begins_with_the_first_link() -> None:
    assert SMS.ending == "{link} 退订{unsubscribe} 拒收请回复R"
    assert ENGLISH.ending == "{link} Stop: {unsubscribe} Reply R to opt out"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("您好", "ending"),
        ("您好" + SMS.ending.replace("{unsubscribe}", ""), "ending"),
        ("您好" + SMS.ending + "谢谢", "ending"),
        (SMS.ending, "required"),
        ("{store}您好" + SMS.ending, "no_braces"),
        ("{link}" + SMS.ending, "no_braces"),
        ("加我微信 wang.fang@example" + SMS.ending, "address"),
        ("看 shop.cn/a " + SMS.ending, "link"),
        ("电话15400001234" + SMS.ending, "number"),
        ("电话154 0000 1234" + SMS.ending, "number"),
        ("电话154-0000-1234" + SMS.ending, "number"),
        ("电话１５４００００１２３４" + SMS.ending, "number"),
        ("电话一五四零零零零一二三四" + SMS.ending, "number"),
        ("电话400-600-1234" + SMS.ending, "number"),
        ("微信号1234567" + SMS.ending, "number"),
        ("电话154，0000，1234" + SMS.ending, "number"),
        ("电话154·0000/1234" + SMS.ending, "number"),
        ("电话壹伍肆零零零零壹贰叁肆" + SMS.ending, "number"),
        ("加V:haicheng" + SMS.ending, "other_app"),
        ("加微信详聊" + SMS.ending, "other_app"),
        ("我的ＶＸ haicheng7" + SMS.ending, "other_app"),
        ("=cmd" + SMS.ending, "formula"),
        ("好😀" + SMS.ending, "emoji"),
        ("好\u0007" + SMS.ending, "control"),
        ("海" * 10_000 + SMS.ending, "too_long"),
        ("海" * 165 + SMS.ending, "too_long"),
    ],
)
def test_an_edited_text_is_refused(text: str, code: str) -> None:
    assert code in {found.code for found in check_edited(SMS, text)}
    assert {found.field for found in check_edited(SMS, text)} == {"text"}
