"""The need rules a deployment starts with, as data. An administrator changes them in the admin afterwards.

The points are a first guess by reasoning, not fitted to sales: an appliance past its usual lifetime is a
fairly strong need by itself once anything else speaks for it, a missing complement is one alone, and where
people live never makes more than a weak need.
"""

from dataclasses import dataclass

from members.models import NeedRule

Kind = NeedRule.Kind


@dataclass(frozen=True, slots=True)
class DefaultRule:
    """A row of NeedRule; ``category`` and ``other`` are category codes, empty for every category."""

    code: str
    kind: str
    points: int
    reason: str
    reason_en: str
    category: str = ""
    other: str = ""
    low: float | None = None
    high: float | None = None
    months: int | None = None


DEFAULT_RULES = (
    DefaultRule(
        "past-lifetime", Kind.APPLIANCE_AGE, 50, "自家电器已过使用年限", "own appliance is past its lifetime", low=1.0
    ),
    DefaultRule(
        "near-lifetime", Kind.APPLIANCE_AGE, 30, "自家电器快到使用年限", "own appliance is near the end of its life",
        low=0.8, high=1.0,
    ),
    DefaultRule("repaired", Kind.REPAIRS, 15, "两年内修过", "repaired within two years", low=1, months=24),
    DefaultRule("repaired-often", Kind.REPAIRS, 25, "两年内修过多次", "repaired repeatedly", low=2, months=24),
    DefaultRule("moved", Kind.MOVING, 25, "刚搬家或将搬家", "moved or is moving", months=12),
    DefaultRule("renovating", Kind.RENOVATING, 30, "正在装修", "is renovating", months=12),
    DefaultRule("recent-purchase", Kind.RECENT_PURCHASE, -60, "三年内已购", "bought within three years", months=36),
    DefaultRule("first-fit-out", Kind.COMMUNITY_AGE, 10, "小区新交房", "community is new", low=0, high=3),
    DefaultRule(
        "first-replacement", Kind.COMMUNITY_AGE, 10, "小区进入首轮换新期", "community is due for replacements",
        low=10, high=16,
    ),
    DefaultRule("premium-owner", Kind.PREMIUM_OWNER, 30, "已有高端电器", "owns premium appliances"),
    DefaultRule(
        "stove-for-hood", Kind.COMPLEMENT, 60, "有油烟机，缺燃气灶", "has a hood and no stove", "stove", "hood"
    ),
    DefaultRule(
        "hood-for-stove", Kind.COMPLEMENT, 60, "有燃气灶，缺油烟机", "has a stove and no hood", "hood", "stove"
    ),
    DefaultRule("renovating-hood", Kind.RENOVATING, 10, "装修厨房", "renovating: kitchen", "hood", months=12),
    DefaultRule("renovating-stove", Kind.RENOVATING, 10, "装修厨房", "renovating: kitchen", "stove", months=12),
    DefaultRule(
        "premium-fridge-tier", Kind.PRICE_TIER, 20, "高价小区", "high price tier", "premium_fridge", low=4, high=5
    ),
    DefaultRule(
        "premium-washer-tier", Kind.PRICE_TIER, 20, "高价小区", "high price tier", "premium_washer", low=4, high=5
    ),
)  # fmt: skip
