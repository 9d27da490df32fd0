"""Every column of every table is declared, and the declarations hold: what staff see, what erasure and merge do."""

import inspect
import pkgutil
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from importlib import import_module, util
from itertools import count
from typing import Any

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.postgres.fields import ArrayField
from django.db import connection, models
from django.db.models import Field, Model
from django.utils import timezone
from rest_framework import serializers

import geo.field_policy
import members.field_policy
import outreach.field_policy
import salesapp.field_policy
import salesapp.staff.field_policy
from geo.policy import ALWAYS, REBUILT, SWEPT, WHILE_ON_FILE, Kind, OnErase, OnMerge, Policy
from geo.retention import RULES
from members.actions.merge_members import merge_members
from members.models import ContactPoint, Member
from tests.builders import make_broadcast, make_category, make_member, make_product, make_version
from tests.conftest import Town

DECLARED = {
    **{f"geo.{name}": fields for name, fields in geo.field_policy.FIELD_POLICY.items()},
    **{f"staff.{name}": fields for name, fields in salesapp.staff.field_policy.FIELD_POLICY.items()},
    **{f"members.{name}": fields for name, fields in members.field_policy.FIELD_POLICY.items()},
    **{f"outreach.{name}": fields for name, fields in outreach.field_policy.FIELD_POLICY.items()},
    **salesapp.field_policy.FIELD_POLICY,
}
MODELS = {model._meta.label: model for model in apps.get_models(include_auto_created=True)}
HIDDEN = {Kind.PERSONAL, Kind.SECRET}
# How columns that lead to a member are called; none has a foreign key, so that tables can be distributed
_leads_to_a_member = re.compile(r"(member|loser|winner|merged_into|person)(_id)?").fullmatch
MEMBER_ERASED = util.find_spec("members.actions.erase_member") is not None


def policies() -> Iterator[tuple[str, str, Policy]]:
    for label, fields in DECLARED.items():
        for name, policy in fields.items():
            yield label, name, policy


def person_columns(label: str) -> list[str]:
    return [field.name for field in MODELS[label]._meta.concrete_fields if leads_to_a_member(field)]


def leads_to_a_member(field: "Field[Any, Any]") -> bool:
    return field.related_model is Member or bool(_leads_to_a_member(field.name))


ABOUT_MEMBERS = [label for label in DECLARED if label == "members.Member" or person_columns(label)]


@pytest.mark.parametrize("label", MODELS)
def test_every_column_is_declared(label: str) -> None:
    columns = {field.name for field in (*MODELS[label]._meta.concrete_fields, *MODELS[label]._meta.many_to_many)}
    assert set(DECLARED.get(label, {})) == columns


def test_nothing_is_declared_that_is_not_there() -> None:
    assert set(DECLARED) == set(MODELS)


def test_everything_is_kept_by_a_rule_or_for_a_reason() -> None:
    known = {rule.name for rule in RULES} | {ALWAYS, WHILE_ON_FILE, REBUILT, SWEPT}
    assert {policy.keep for _, _, policy in policies()} <= known
    used = {policy.keep for _, _, policy in policies()}
    assert {rule.name for rule in RULES} <= used, "a rule that no column is kept by"


def test_every_rule_reaches_the_tables_that_are_kept_by_it() -> None:
    reached = {rule.name: {table.model._meta.label for table in rule.tables} for rule in RULES}
    cascades = {"staff.SpentRefresh", "procrastinate.ProcrastinateEvent", "procrastinate.ProcrastinatePeriodicDefer"}
    cascades |= {"outreach.MessageEntry", "outreach.Outcome"}  # readings of outreach.Message
    for label, name, policy in policies():
        if policy.keep in reached and label not in cascades:
            assert label in reached[policy.keep], f"{label}.{name}"


@pytest.mark.parametrize("label", ABOUT_MEMBERS)
def test_what_is_about_a_member_says_what_becomes_of_it(label: str) -> None:
    for name, policy in DECLARED[label].items():
        assert policy.on_erase, name
        assert policy.on_merge, name
        if policy.on_erase == OnErase.KEEP:
            assert policy.because, name
    assert all(DECLARED[label][name].kind == Kind.PERSONAL for name in person_columns(label))
    # a row goes as a whole
    assert len({policy.on_erase == OnErase.DELETE for policy in DECLARED[label].values()}) == 1


def test_nothing_else_does() -> None:
    assert len(ABOUT_MEMBERS) >= 18
    joined = {"members.SourceRecord"}  # found through its links
    others = {label for label, _, policy in policies() if policy.on_erase or policy.on_merge}
    assert others == {*ABOUT_MEMBERS, *joined}


# --- What staff see -------------------------------------------------------------------------------------


@pytest.mark.parametrize("model", admin.site._registry, ids=lambda model: model._meta.label)
def test_the_admin_lists_searches_and_filters_by_nothing_hidden(model: type[Model]) -> None:
    model_admin = admin.site._registry[model]
    names = [*model_admin.list_display, *model_admin.search_fields, *model_admin.list_filter]
    for name in names:
        path = str(name[0] if isinstance(name, tuple) else name)
        if hasattr(model_admin, path):
            continue  # a method of the admin's own
        current: Any = model
        for part in path.lstrip("-=^@").split("__"):
            if part not in DECLARED[current._meta.label]:
                break  # how it is compared, or the row's name
            assert DECLARED[current._meta.label][part].kind not in HIDDEN, path
            current = current._meta.get_field(part).related_model or current


# Hidden columns whose name an answer carries, and what that is
ANSWERED = {"title": "先生 or 女士, for which members/masking.py has the words"}


def outputs() -> Iterator[tuple[str, type[serializers.BaseSerializer[Any]]]]:
    for package in ("outreach.api", "salesapp.staff.api", "members.api"):
        if util.find_spec(package) is None:
            continue
        for found in pkgutil.iter_modules(import_module(package).__path__):
            waiting = list(vars(import_module(f"{package}.{found.name}")).values())
            while waiting:
                thing = waiting.pop()
                if inspect.isclass(thing) and thing.__module__ == f"{package}.{found.name}":
                    waiting += [inner for name, inner in vars(thing).items() if not name.startswith("__")]
                    if issubclass(thing, serializers.BaseSerializer) and "Output" in thing.__qualname__:
                        yield f"{package}.{found.name}.{thing.__qualname__}", thing


def test_no_answer_of_the_api_has_a_hidden_column() -> None:
    hidden = {name for _, name, policy in policies() if policy.kind in HIDDEN}
    hidden -= {name for _, name, policy in policies() if policy.kind not in HIDDEN}
    seen = dict(outputs())
    assert len(seen) >= 10
    for where, output in seen.items():
        for name in getattr(output, "_declared_fields", {}):
            assert name not in hidden or name in ANSWERED, f"{where}.{name}"


class Values:
    """A value for any column, never the same twice."""

    numbers = count(7_000_001)

    def of(self, field: "Field[Any, Any]") -> Any:
        number = next(self.numbers)
        match field:
            case models.BooleanField():
                return True
            case models.GeneratedField():
                return None
            case ArrayField():
                return []
            case models.JSONField():
                return {}
            case models.DateTimeField():
                return datetime(2020, 1, 2, tzinfo=UTC)
            case models.DateField():
                return date(2020, 1, 2)
            case models.BinaryField():
                return number.to_bytes(16, "big")
            case models.DecimalField():
                return Decimal(1)
            case models.SmallIntegerField() | models.PositiveSmallIntegerField():
                return field.choices[0][0] if field.choices else 1
            case models.IntegerField():
                return number
            case models.FloatField():
                return 1.0
            case models.CharField() | models.TextField():
                if field.choices:
                    return next(value for value, _ in field.flatchoices if value)
                return f"v{number}"[: field.max_length]
            case _:
                return None


OURS = ("geo.", "staff.", "members.", "outreach.")
HOLDING = [
    label
    for label, fields in DECLARED.items()
    if label.startswith(OURS) and any(policy.kind in HIDDEN for policy in fields.values())
]


@pytest.mark.parametrize("label", HOLDING)
def test_no_row_says_its_hidden_values_when_it_is_printed(label: str) -> None:
    model = MODELS[label]
    values = Values()
    filled = {
        field.attname: values.of(field) if not field.is_relation else next(values.numbers)
        for field in model._meta.concrete_fields
        if not isinstance(field, models.GeneratedField)
    }
    row = model(**filled)
    text = f"{row} {row!r}"
    for name, policy in DECLARED[label].items():
        field = model._meta.get_field(name)
        value = filled.get(getattr(field, "attname", name))
        is_id = policy.kind == Kind.PERSONAL and isinstance(value, int)  # means nothing outside of the database
        if policy.kind in HIDDEN and not is_id and len(str(value)) > 3:
            assert str(value) not in text, name


# --- What merge and erasure do --------------------------------------------------------------------------


@pytest.fixture
def ground(town: Town, mei: object) -> dict[str, Any]:
    """What rows about members stand on."""
    fridge = make_category()
    broadcast = make_broadcast(mei, fridge, version=make_version())  # type: ignore[arg-type]
    return {
        "members.Category": fridge, "members.Product": make_product("HC-318", fridge), "staff.Store": town.north_store,
        "staff.Employee": mei, "geo.Community": town.willow, "outreach.Broadcast": broadcast,
    }  # fmt: skip


LEDGERS = {
    # functions alone write these; tests/members and tests/outreach/guard have their merges
    "members.Consent", "members.ConsentState", "outreach.ContactGuard", "outreach.ContactMerge", "outreach.Message",
    # and these show them again
    "outreach.MessageEntry", "outreach.Outcome",
}  # fmt: skip
ROWS = [label for label in ABOUT_MEMBERS if label not in LEDGERS | {"members.Member", "members.MemberMerge"}]


def rows_of(member: Member, ground: dict[str, Any]) -> None:
    """A row in every table about members, and the records that are found through it."""
    values = Values()
    record = _row(MODELS["members.SourceRecord"], values, ground, member)
    for label in ROWS:
        if not MODELS[label].objects.filter(**{person_columns(label)[0]: member.pk}).exists():  # type: ignore[attr-defined]
            _row(MODELS[label], values, ground | {"members.SourceRecord": record}, member)


# What the checks of a table ask for
FIXED: dict[str, dict[str, Any]] = {
    "outreach.Recipient": {"state": 3, "reason": None, "no": None},
    "members.IdentityLink": {"unlinked_at": None},
}


def _row(model: type[Model], values: Values, ground: dict[str, Any], member: Member) -> Model:
    filled: dict[str, Any] = {}
    for field in model._meta.concrete_fields:
        if isinstance(field, models.GeneratedField | models.AutoField):
            continue
        related = field.related_model
        if leads_to_a_member(field):
            filled[field.name] = member.pk
        elif field.name == "bidx" and (own := ContactPoint.objects.filter(member_id=member.pk).first()):
            filled[field.name] = own.bidx
        elif related is not None:
            filled[field.name] = ground.get(related._meta.label)
        else:
            filled[field.name] = values.of(field)
    return model._base_manager.create(**(filled | FIXED.get(model._meta.label, {})))


def counted(label: str, member_id: int) -> int:
    found = MODELS[label]._base_manager
    return sum(found.filter(**{name: member_id}).count() for name in person_columns(label))


@pytest.mark.django_db
def test_a_merge_moves_what_is_declared_to_move_and_nothing_else(ground: dict[str, Any]) -> None:
    loser, winner = make_member(), make_member()
    rows_of(loser, ground)
    before = {label: counted(label, loser.pk) for label in ROWS}
    assert all(before.values())
    merge_members(loser=loser.pk, winner=winner.pk, by=None, reason="same")
    for label in ROWS:
        if label == "members.IdentityLink":  # closed and opened anew, so that it can be undone
            assert not MODELS[label]._base_manager.filter(member_id=loser.pk, unlinked_at=None).exists()
            continue
        fates = {DECLARED[label][name].on_merge for name in person_columns(label)}
        assert counted(label, loser.pk) == (before[label] if fates == {OnMerge.NONE} else 0), label
        if fates == {OnMerge.MOVE}:
            assert counted(label, winner.pk) >= before[label], label


@pytest.mark.django_db
@pytest.mark.skipif(not MEMBER_ERASED, reason="needs members.actions.erase_member")
def test_an_erasure_leaves_nothing_but_what_is_declared_to_stay(ground: dict[str, Any]) -> None:
    erase_member = import_module("members.actions.erase_member").erase_member
    member, other = make_member(surname="欧阳", title="f", community=ground["geo.Community"]), make_member()
    rows_of(other, ground)
    merged = make_member()
    merge_members(loser=merged.pk, winner=member.pk, by=None, reason="王小明")
    rows_of(member, ground)
    kept = {label: counted(label, other.pk) for label in ROWS}
    erase_member(member_id=member.pk)
    for label in [*ROWS, "members.MemberMerge"]:
        goes = all(policy.on_erase == OnErase.DELETE for policy in DECLARED[label].values())
        for erased in (member, merged):
            if goes:
                assert counted(label, erased.pk) == 0, label
        if label in kept:
            assert counted(label, other.pk) == kept[label], label
    assert not _records_of_nobody()
    for label in ("members.Member", "members.MemberMerge", *ROWS):
        nothing: list[object] = [None, "", {}, []]
        if label == "members.Member":  # alone in their household, a member since today
            nothing += [-member.pk, timezone.localdate()]
        for row in MODELS[label]._base_manager.filter(_of(label, member)):
            for name, policy in DECLARED[label].items():
                if policy.on_erase == OnErase.CLEAR:
                    assert getattr(row, name) in nothing, f"{label}.{name}"


def _of(label: str, member: Member) -> models.Q:
    if label == "members.Member":
        return models.Q(pk=member.pk)
    found = models.Q()
    for name in person_columns(label):
        found |= models.Q(**{name: member.pk})
    return found


def _records_of_nobody() -> bool:
    """Records that no link leads to any more."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select exists (select from members_sourcerecord r where not exists"
            " (select from members_identitylink l where l.record_id = r.id))"
        )
        return bool(cursor.fetchone()[0])
