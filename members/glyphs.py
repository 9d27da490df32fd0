"""Which line drawing stands for a category: a first guess from its code and names, changed in the admin."""

from members.models import Category

Glyph = Category.Glyph

# In this order: a dishwasher is no washer, and a fridge freezer is a fridge
_WORDS = (
    (Glyph.DISHWASHER, ("dishwasher", "dish washer", "洗碗机")),
    (Glyph.DRYER, ("clothes dryer", "tumble dryer", "heat pump dryer", "干衣机", "烘干机")),
    (Glyph.WASHER, ("washer", "washing machine", "laundry", "洗衣机", "洗烘")),
    (Glyph.WATER_HEATER, ("water heater", "热水器")),
    (Glyph.WATER_PURIFIER, ("water purifier", "water filter", "净水", "净饮")),
    (Glyph.AIR_CONDITIONER, ("air conditioner", "air conditioning", "aircon", "空调")),
    (Glyph.FRIDGE, ("fridge", "refrigerator", "冰箱")),
    (Glyph.FREEZER, ("freezer", "冷柜", "冰柜")),
    (Glyph.TV, ("television", "tv", "电视")),
    (Glyph.HOOD, ("hood", "油烟机", "烟机")),
    (Glyph.STOVE, ("stove", "cooktop", "燃气灶", "灶具")),
    (Glyph.OVEN, ("oven", "microwave", "烤箱", "蒸箱", "微波炉")),
    (Glyph.CLEANER, ("vacuum", "sweeper", "吸尘器", "扫地", "洗地机")),
)


def guessed_glyph(code: str, *names: str) -> Category.Glyph:
    """By the first of the texts that holds a known word; OTHER where none does."""
    for text in (code, *names):
        # A word in Latin letters begins one, so that an atv is no tv
        spaced = f" {text.lower().replace('_', ' ').replace('-', ' ')}"
        for glyph, words in _WORDS:
            if any((f" {word}" if word.isascii() else word) in spaced for word in words):
                return glyph
    return Glyph.OTHER
