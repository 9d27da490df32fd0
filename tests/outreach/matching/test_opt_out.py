import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.matching.opt_out import is_opt_out, means_every_channel

OPT_OUTS = [
    "停止", "停发", "停", "\u0422", "TD\n发自我的手机", "R\n王\n业务部", "你好\nR",
    "退订", "退 订", " 退订 ", "退订!", "退订。", "【退订】", "“退订”", "退订退订", "退訂", "退定", "退订，谢谢",
    "TD", "td", "Td", "T D", "ＴＤ", "ｔｄ", "TD.", "TD！", "TDTD", "td td", "\tTD\n", "TD🙏", "\u200bTD\u200b", "T-D",
    "T", "t", "Ｔ", "t.", "T!", "“T”", " T ",
    "TT",
    "R", "r", "Ｒ", "R。", "ｒ！", "[R]", "R\r\n", "回R", "回复R", "回复 R", "回复“R”", "回覆R", "回复R退订",
    "拒收请回复R",
    "拒收", "拒绝", "拒收回R", "回T退订", "回TD退订", "退订回T", "退订回复TD", "请回复TD退订", "发送TD", "发T",
    "N", "n", "Ｎ", "No", "NO!", "0000", "００００", "0000。", "回复0000",
    "STOP", "stop", "Stop.", "ＳＴＯＰ", "stop please", "Please stop!", "STOP ALL", "STOPALL", "unsubscribe", "opt-out",
    "opt out", "CANCEL", "quit", "END", "Please stop SMS", "stop messages, thanks", "stop promotions",
    "全部退订", "退订全部", "退订所有短信", "取消", "取消订阅", "取消关注", "勿扰", "我要退订", "我想退订",
    "请退订谢谢",
    "帮我退订一下", "麻烦退订", "退订你们的短信", "退订了", "退订吧", "怎么退订", "如何退订？", "不要再发了",
    "别发了", "别再发短信了",
    "请不要再发广告了，谢谢", "不要给我发短信", "停止发送", "不要再打扰我", "别再联系我", "你好，退订",
]  # fmt: skip

NOT_OPT_OUTS = [
    "停车方便吗",
    "", " ", "。", "🙏", "T恤有货吗", "T恤", "R2-D2", "TNT", "NT", "RTN", "T1", "N95", "R9000P", "Rolex",
    "TDR-500型多少钱",
    "TDS是多少", "NBA", "N号店在哪", "000", "00000", "10000", "0", "1", "Y", "YES", "是", "好的", "好", "谢谢", "收到",
    "退货", "我要退货", "退款", "退换货怎么弄", "不退订", "不要退订", "别退订", "取消订单", "取消预约", "取消安装",
    "停电了", "停车场在哪", "什么时候停止活动", "拒绝涨价", "STOPPED", "nonstop", "stop by the store?", "Notebook",
    "Node",
    "ENDLESS", "Trend", "END OF LIFE", "cancel my order", "不要冰箱", "不要红色的", "发我看看", "给我发一份", "别克",
    "冰箱多少钱", "周末有活动吗", "短信收到了", "你好", "请问地址", "回复", "全部", "所有", "广告", "退", "订",
    "T" * 70,
    "退订" * 40, "我不想退订，想问一下价格", "请告诉我怎么走", "我要订购", "T恤退订货吗", "=cmd|'/c calc'!A1",
    "1540000123",
]  # fmt: skip


@pytest.mark.parametrize("text", OPT_OUTS)
def test_a_wish_to_be_left_alone_is_understood(text: str) -> None:
    assert is_opt_out(text)


@pytest.mark.parametrize("text", NOT_OPT_OUTS)
def test_anything_else_is_none(text: str) -> None:
    assert not is_opt_out(text)


@pytest.mark.parametrize("text", ["全部退订", "退订所有短信", "STOP ALL", "stopall", "ＡＬＬ　ＳＴＯＰ", "退订全部"])
def test_all_means_every_channel(text: str) -> None:
    assert is_opt_out(text)
    assert means_every_channel(text)


@pytest.mark.parametrize("text", ["退订", "TD", "R", "STOP", "我要退订"])
def test_a_word_alone_means_this_channel(text: str) -> None:
    assert not means_every_channel(text)


@given(
    st.sampled_from(["退订", "TD", "T", "R", "N", "STOP", "0000", "拒收"]),
    st.text("  \t\r\n　。，,.!！?？、\u200b【】()（）\"'“”~-", max_size=8),
    st.text("  \t\r\n　。，,.!！?？、\u200b【】()（）\"'“”~-", max_size=8),
    st.booleans(),
    st.booleans(),
)
def test_padding_case_and_width_change_nothing(word: str, before: str, after: str, small: bool, wide: bool) -> None:
    word = word.lower() if small else word
    if wide:
        word = "".join(chr(ord(sign) + 0xFEE0) if "!" <= sign <= "~" else sign for sign in word)
    assert is_opt_out(before + word + after)


@pytest.mark.parametrize("padding", [" ", "　", "\n", "\u200b", ".", "🙏"])
def test_any_length_of_padding_changes_nothing(padding: str) -> None:
    assert is_opt_out(padding * 2000 + "TD" + padding * 2000)


@given(st.text(max_size=300))
def test_any_text_has_an_answer(text: str) -> None:
    assert is_opt_out(text) in (True, False)
