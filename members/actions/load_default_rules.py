from dataclasses import dataclass

from django.db import transaction

from members.models import Category, NeedRule
from members.scoring.default_rules import DEFAULT_RULES


@dataclass(frozen=True, slots=True)
class LoadedRules:
    """``kept`` were there already; ``left_out`` are codes of rules whose category the catalogue lacks."""

    created: int
    kept: int
    left_out: tuple[str, ...]


@transaction.atomic
def load_default_rules() -> LoadedRules:
    """Add the default need rules that are missing, by code. A rule that is there stays as its administrator left it."""
    categories = dict(Category.objects.values_list("code", "pk"))
    known = set(NeedRule.objects.values_list("code", flat=True))
    rules, left_out = [], []
    for rule in DEFAULT_RULES:
        if rule.code in known:
            continue
        if any(code and code not in categories for code in (rule.category, rule.other)):
            left_out.append(rule.code)
            continue
        rules.append(
            NeedRule(
                code=rule.code, kind=rule.kind, points=rule.points, reason=rule.reason, reason_en=rule.reason_en,
                category_id=categories.get(rule.category), other_id=categories.get(rule.other),
                low=rule.low, high=rule.high, months=rule.months,
            )
        )  # fmt: skip
    NeedRule.objects.bulk_create(rules)
    return LoadedRules(len(rules), len(DEFAULT_RULES) - len(rules) - len(left_out), tuple(left_out))
