"""What Django's own formats of Chinese have otherwise: 09月3日."""

MONTH_DAY_FORMAT = "n月j日"
