"""What is planted in the demo town, as data. The generators read it, and so do the tests.

Everything here is invented: the city, the brands, the people. The figures are chosen to be recognisable,
not taken from a market.
"""

from dataclasses import dataclass
from enum import IntEnum

# --- Phones ---------------------------------------------------------------------------------------------
# Prefixes that no operator has been given. The first ten thousand numbers are kept for the people below.
PHONE_PREFIXES = (154, 160, 161, 163, 164, 168, 169)
RESERVED_PHONES = 10_000
NOT_A_MEMBER = "15400009999"


# --- Communities ----------------------------------------------------------------------------------------
class Kind(IntEnum):
    """What sort of community: decides its age, price, and what its households own."""

    ORDINARY = 0
    OLD = 1
    NEW = 2
    PREMIUM = 3


KIND_SHARES = {Kind.ORDINARY: 0.50, Kind.OLD: 0.22, Kind.NEW: 0.13, Kind.PREMIUM: 0.15}
# Core communities are small, and two thirds of their households are members; planted coverage is exact there.
CORE_SHARE = 0.10
CORE_HOUSEHOLDS = (200, 320)
CORE_MEMBER_HOUSEHOLDS = 0.66
SECOND_MEMBER_SHARE = 0.25  # households with a second member

# --- Ownership ------------------------------------------------------------------------------------------
# Share of the member households that bought one from us within the last 15 years, by kind of community in
# the order of Kind. A stove goes with the hood: its figure is the share among hood owners.
IDLE_HOUSEHOLDS = 0.08  # bought nothing, whatever is said below
OWNERSHIP = {
    "fridge": (0.57, 0.61, 0.47, 0.29),
    "premium_fridge": (0.05, 0.01, 0.08, 0.41),
    "washer": (0.50, 0.54, 0.45, 0.29),
    "premium_washer": (0.04, 0.01, 0.06, 0.29),
    "air_conditioner": (0.45, 0.38, 0.53, 0.59),
    "water_heater": (0.33, 0.33, 0.35, 0.35),
    "tv": (0.35, 0.40, 0.29, 0.33),
    "freezer": (0.07, 0.09, 0.05, 0.09),
    "hood": (0.26, 0.21, 0.33, 0.33),
    "stove": (0.94, 0.94, 0.94, 0.94),
    "water_purifier": (0.12, 0.06, 0.19, 0.33),
}
REPEAT_SHARE = 0.12  # of purchases that replaced an earlier one of the same category
PURCHASE_YEARS = 15


@dataclass(frozen=True)
class Coverage:
    """In core communities of the kind, exactly this share of *all* households owns the category."""

    kind: Kind
    category: str
    share: float


COVERAGE = (
    Coverage(Kind.PREMIUM, "premium_fridge", 0.40),
    Coverage(Kind.PREMIUM, "premium_washer", 0.25),
    Coverage(Kind.OLD, "washer", 0.45),
    Coverage(Kind.NEW, "air_conditioner", 0.50),
    Coverage(Kind.ORDINARY, "fridge", 0.30),
)

# --- Favourites -----------------------------------------------------------------------------------------
# The share of a category's purchases that go to the district's favourite; a fifth of the communities has a
# favourite of its own in a category. Every other model takes its part of the rest by catalogue popularity.
DISTRICT_FAVOURITE_SHARE = 0.45
OWN_FAVOURITE_COMMUNITIES = 0.20
OWN_FAVOURITE_SHARE = 0.80


def district_favourite(district: int, category: int, models: int) -> int:
    """Index of the favourite among the category's models. Neighbouring districts never share one."""
    return (3 * district + 5 * category + 2) % models


def own_favourite(community: int, category: int, models: int) -> int | None:
    """Index of the community's own favourite, or None where the district's holds. ``community`` is its number."""
    mixed = (community * 2_654_435_761 + category * 40_503) % 2**32
    if mixed / 2**32 >= OWN_FAVOURITE_COMMUNITIES:
        return None
    return (mixed // 7) % models


# --- Needs ----------------------------------------------------------------------------------------------
class Cohort(IntEnum):
    """What happened in a household. A household belongs to one.

    A worn fridge needs a community that is older than the fridge: in the others the share falls to no cohort.
    """

    NONE = 0
    WORN_FRIDGE = 1  # the fridge is past its lifetime and was repaired
    HOOD_WITHOUT_STOVE = 2
    MOVED = 3
    RENOVATING = 4


COHORT_SHARES = {
    Cohort.WORN_FRIDGE: 0.06,
    Cohort.HOOD_WITHOUT_STOVE: 0.05,
    Cohort.MOVED: 0.03,
    Cohort.RENOVATING: 0.03,
}
WORN_AT = (1.05, 1.22)  # age of a worn fridge as a share of its lifetime
REPAIRED_WITHIN_DAYS = 300  # the last repair of a worn fridge
EVENT_WITHIN_DAYS = 80  # a planted move or renovation
USUAL_REPAIRS = 0.06  # of all appliances, at any time in their life
NEW_COMMUNITY_RENOVATING = 0.18  # instead of the share above, where the community is new
COHORT_NEEDS = {
    # the category in which the cohort's members must come out as potential buyers
    Cohort.WORN_FRIDGE: "fridge",
    Cohort.HOOD_WITHOUT_STOVE: "stove",
}
REFUSING_SHARE = 0.02
ERASED_SHARE = 0.01  # of the members who bought nothing


# --- Consents -------------------------------------------------------------------------------------------
class Said(IntEnum):
    """What a member said about advertising by SMS."""

    NOTHING = 0
    YES = 1
    YES_THEN_NO = 2


SAID_SHARES = {Said.NOTHING: 0.35, Said.YES: 0.60, Said.YES_THEN_NO: 0.05}
WORDING = "我同意海澄通过短信、电子邮件等方式向我发送产品与优惠信息。我可以随时退订。"


@dataclass(frozen=True)
class Wording:
    version: str
    channel: int
    purpose: int
    language: str
    text: str


# What who registers in a store is asked
WORDINGS = (
    Wording(
        "demo-sms-1", 1, 1, "zh-hans",
        "我同意海澄通过短信向我发送产品与优惠信息，每月最多一次。我可以随时撤回：回复R、点短信中的退订链接，或在“我的数据”页面撤回。",
    ),
    Wording(
        "demo-sms-1-en", 1, 1, "en",
        "I agree that Haicheng sends me news of products and offers by SMS, at most once a month. I can withdraw at any"
        " time: by replying R, by the link in each message, or on the page “My data”.",
    ),
    Wording(
        "demo-wechat-1", 4, 1, "zh-hans",
        "我同意海澄通过微信服务号向我发送产品与优惠信息，每月最多一次。我可以随时取消关注，或在“我的数据”页面撤回。",
    ),
    Wording(
        "demo-wechat-1-en", 4, 1, "en",
        "I agree that Haicheng sends me news of products and offers by its WeChat account, at most once a month. I can"
        " withdraw at any time: by unfollowing the account, or on the page “My data”.",
    ),
    Wording(
        "demo-profiling-1", 0, 2, "zh-hans",
        "海澄会根据您的购买和维修记录推算您可能需要哪类电器，供门店为您服务时参考。这不影响价格，也不会提供给其他公司。"
        "您可以反对，反对后仍是会员。",
    ),
    Wording(
        "demo-profiling-1-en", 0, 2, "en",
        "From what you bought and had repaired, Haicheng works out which appliances you may need, so that the store can"
        " advise you. It does not change prices, and no other company gets it. You can object and stay a member.",
    ),
)  # fmt: skip
EMAIL_SHARE = 0.2  # of members gave an address, and with it consent to e-mail


# --- The people of the story ----------------------------------------------------------------------------
STORY_DISTRICT = "990101"
STORY_COMMUNITY = "垂柳新村"


@dataclass(frozen=True)
class StoryPerson:
    """A person of docs, tests and screenshots. ``bought``: (category, years ago); ``repairs``: months ago."""

    surname: str
    title: str
    phone: str
    bought: tuple[tuple[str, float], ...] = ()
    repairs: tuple[tuple[str, int], ...] = ()
    refuses_profiling: bool = False
    erased: bool = False
    said: Said = Said.NOTHING


STORY = (
    # A fridge near its end that was repaired, nothing premium in the house
    StoryPerson(
        "孙", "m", "15400001234",
        (("fridge", 11.2), ("washer", 6.1), ("tv", 4.5), ("hood", 7.3), ("stove", 7.3)), (("fridge", 4),),
        said=Said.YES,
    ),
    # A hood and no stove
    StoryPerson("李", "f", "15400003456", (("hood", 2.4), ("fridge", 5.0)), said=Said.YES_THEN_NO),
    StoryPerson("周", "f", "15400005678", (("fridge", 13.5),), (("fridge", 2),), refuses_profiling=True, said=Said.YES),
    StoryPerson("", "", "15400007890", erased=True),
)  # fmt: skip

# --- Staff ----------------------------------------------------------------------------------------------
DEMO_PASSWORD = "haicheng-demo-7"  # noqa: S105 - of the demo alone; the command refuses to run elsewhere


@dataclass(frozen=True)
class StaffMember:
    """``region``: code of the own region, empty for none; ``store``: code of the store, empty for none."""

    employee_no: str
    name: str
    role: str
    region: str = ""
    store: str = ""
    has_left: bool = False


STAFF = (
    StaffMember("alice", "艾莉", "salesperson", "990101", "990101-S1"),
    StaffMember("bob", "鲍波", "salesperson", "990101", "990101-S1"),
    StaffMember("charlie", "查理", "salesperson", "990102", "990102-S1"),
    StaffMember("dana", "戴娜", "privacy_officer"),
    StaffMember("erin", "叶琳", "salesperson", "990101", "990101-S1", has_left=True),
    StaffMember("mei", "梅姐", "manager", "990101"),
    StaffMember("lin", "林经理", "manager", "990100"),
    StaffMember("root", "管理员", "administrator"),
)
