"""The templates a deployment may start with, as data. An administrator changes them in the admin afterwards."""

from dataclasses import dataclass

from outreach.models.channel import Channel


@dataclass(frozen=True, slots=True)
class DefaultTemplate:
    """``category`` is a category's code, empty for every category; ``page`` is the path of the landing page, if any."""

    code: str
    name: str
    channel: Channel
    language: str
    body: str
    category: str = ""
    subject: str = ""
    page: str = ""
    service: bool = False


_SMS = "您好，我是{store}的{salesperson}。"
_SMS_END = "{link} 退订{unsubscribe} 拒收请回复R"
_SMS_EN = "Hello, this is {salesperson} of {store}. "
_SMS_EN_END = " {link} Stop: {unsubscribe} Reply R to opt out"

# The template that a code leaves by, in each language
CODE_TEMPLATES = {"zh-hans": "verification-code", "en": "verification-code-en"}

DEFAULT_TEMPLATES = (
    DefaultTemplate(
        CODE_TEMPLATES["zh-hans"], "验证码（短信）", Channel.SMS, "zh-hans",
        "{brand}验证码：{code}，10分钟内有效。请勿告诉他人，我们的员工也不会向您索要。", service=True,
    ),
    DefaultTemplate(
        CODE_TEMPLATES["en"], "Verification code (SMS)", Channel.SMS, "en",
        "{code} is your code for {brand}, valid for 10 minutes. Give it to nobody; our staff never asks for it.",
        service=True,
    ),
    DefaultTemplate(
        "neighbours-sms", "邻居常选（短信）", Channel.SMS, "zh-hans",
        _SMS + "您家附近的邻居选{category}时，常选{neighbour_product}，欢迎到店看看样机。" + _SMS_END,
        page="neighbours",
    ),
    DefaultTemplate(
        "favourite-sms", "热销机型（短信）", Channel.SMS, "zh-hans",
        _SMS + "{category}到新货了，{product}最受欢迎，欢迎到店试用。" + _SMS_END, page="favourites",
    ),
    DefaultTemplate(
        "category-sms", "品类到店（短信）", Channel.SMS, "zh-hans",
        _SMS + "近期{category}有以旧换新，欢迎到店了解。" + _SMS_END, page="trade-in",
    ),
    DefaultTemplate(
        "fridge-sms", "冰箱换新（短信）", Channel.SMS, "zh-hans",
        _SMS + "冰箱用久了费电又伤食材，邻居换新常选{neighbour_product}，到店可量尺寸。" + _SMS_END,
        "fridge", page="fridge",
    ),
    DefaultTemplate(
        "water-purifier-sms", "净水器（短信）", Channel.SMS, "zh-hans",
        _SMS + "净水器滤芯到期会影响水质，到店免费测水，也可看看{product}。" + _SMS_END,
        "water_purifier", page="purifier",
    ),
    DefaultTemplate(
        "area-sms", "小区活动（短信）", Channel.SMS, "zh-hans",
        "{brand}：{category}以旧换新正在进行，附近门店可看样机。" + _SMS_END, page="trade-in",
    ),
    DefaultTemplate(
        "neighbours-sms-en", "Neighbours' choice (SMS)", Channel.SMS, "en",
        _SMS_EN + "Your neighbours like {neighbour_product}. Come and see it." + _SMS_EN_END, page="neighbours",
    ),
    DefaultTemplate(
        "category-sms-en", "New in store (SMS)", Channel.SMS, "en",
        _SMS_EN + "Trade in your {category} this month." + _SMS_EN_END, page="trade-in",
    ),
    DefaultTemplate(
        "category-wechat", "品类到店（微信）", Channel.WECHAT, "zh-hans",
        _SMS + "近期{category}有以旧换新，欢迎到店了解。{link} 退订：{unsubscribe}", page="trade-in",
    ),
    DefaultTemplate(
        "category-email", "品类到店（邮件）", Channel.EMAIL, "zh-hans",
        "您好：\n\n我是{store}的{salesperson}。近期{category}有以旧换新，{product}最受欢迎，欢迎到店了解。\n\n"
        "{brand}\n\n详情：{link}\n不想再收到此类邮件，请点这里退订：{unsubscribe}",
        subject="{category}以旧换新", page="trade-in",
    ),
    DefaultTemplate(
        "category-email-en", "New in store (e-mail)", Channel.EMAIL, "en",
        "Hello,\n\nthis is {salesperson} of {store}. Trade in your {category} this month; most people choose {product}."
        "\n\n{brand}\n\nMore: {link}\nYou can unsubscribe at any time: {unsubscribe}",
        subject="Trade in your {category}", page="trade-in",
    ),
    DefaultTemplate(
        "category-push", "品类到店（推送）", Channel.PUSH, "zh-hans",
        "附近门店{category}以旧换新正在进行。{link} 退订：{unsubscribe}", subject="{category}以旧换新", page="trade-in",
    ),
)  # fmt: skip
