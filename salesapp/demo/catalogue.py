"""The town's catalogue: eleven categories and the models of five invented brands."""

from dataclasses import dataclass
from functools import cache


@dataclass(frozen=True)
class CategoryPlan:
    code: str
    name: str
    name_en: str
    lifetime_years: int
    letters: str  # in model numbers
    size: str  # what the model's name counts, with {} for the figure
    sizes: tuple[int, ...]
    prices: tuple[int, int]  # list price of the smallest and the largest, yuan
    premium_of: str = ""


@dataclass(frozen=True)
class ModelPlan:
    model: str
    category: str
    brand: str
    name: str
    price: int


CATEGORIES = (
    CategoryPlan("fridge", "冰箱", "Fridge", 12, "BC", "{} 升", (178, 215, 258, 320), (1_299, 3_999)),
    CategoryPlan(
        "premium_fridge", "高端冰箱", "Premium fridge", 12, "BX", "{} 升", (420, 480, 520, 620), (8_999, 24_999),
        "fridge",
    ),
    CategoryPlan("washer", "洗衣机", "Washing machine", 10, "XQ", "{} 公斤", (6, 7, 8, 10), (899, 3_299)),
    CategoryPlan(
        "premium_washer", "高端洗衣机", "Premium washing machine", 10, "XD", "{} 公斤", (10, 11, 12, 13),
        (7_999, 18_999), "washer",
    ),
    CategoryPlan("air_conditioner", "空调", "Air conditioner", 10, "KF", "{} 匹", (1, 2, 3, 5), (2_199, 8_999)),
    CategoryPlan("water_heater", "热水器", "Water heater", 8, "ES", "{} 升", (40, 50, 60, 80), (799, 3_499)),
    CategoryPlan("tv", "电视", "Television", 8, "LS", "{} 英寸", (43, 55, 65, 75), (1_499, 7_999)),
    CategoryPlan("freezer", "冷柜", "Freezer", 12, "BD", "{} 升", (100, 143, 200, 300), (899, 2_499)),
    CategoryPlan("hood", "油烟机", "Range hood", 10, "CY", "{} 立方", (17, 19, 21, 23), (1_299, 4_999)),
    CategoryPlan("stove", "燃气灶", "Gas stove", 8, "JZ", "{} 千瓦", (4, 5, 6, 7), (599, 2_499)),
    CategoryPlan(
        "water_purifier", "净水器", "Water purifier", 6, "RO", "{} 加仑", (400, 600, 800, 1000), (1_299, 4_599)
    ),
)  # fmt: skip
# Brand, letters, price relative to the list; the first three carry the usual categories, the last two premium
_BRANDS = (("海澄", "HC", 1.0), ("统立", "TL", 0.82), ("澜宁", "LN", 0.93), ("卡岚", "KA", 1.0), ("云玺", "YX", 1.15))
# How much of a category's sales the n-th model of its list has, before favourites
POPULARITY_FALL = 0.6


def models_of(category: str) -> list[ModelPlan]:
    return [model for model in models() if model.category == category]


@cache
def models() -> tuple[ModelPlan, ...]:
    """All models, category after category in the order of CATEGORIES, twelve each."""
    return tuple(model for plan in CATEGORIES for model in _models(plan))


def _models(plan: CategoryPlan) -> list[ModelPlan]:
    brands = _BRANDS[3:] if plan.premium_of else _BRANDS[:3]
    variants = 12 // (len(brands) * len(plan.sizes)) + (12 % (len(brands) * len(plan.sizes)) > 0)
    low, high = plan.prices
    made = []
    for variant in range(variants):
        for step, size in enumerate(plan.sizes):
            for brand, letters, factor in brands:
                price = low * (high / low) ** (step / (len(plan.sizes) - 1)) * factor * (1 + 0.12 * variant)
                number = f"{letters}-{plan.letters}{size}{'AB'[variant]}"
                name = f"{brand} {number} {plan.size.format(size)}{plan.name}"
                made.append(ModelPlan(number, plan.code, brand, name, int(round(price, -2)) - 1))
    return made[:12]
