"""A table's rows in batches, in the order of its primary key: SQL parts for statements that are written once."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import Model
from psycopg import sql


@dataclass(frozen=True, slots=True)
class Walk:
    """``{keys}`` are the columns of the primary key; ``{same}`` holds where the rows kept and new have the same."""

    table: str
    keys: Sequence[str]
    key_types: Sequence[str]

    @classmethod
    def over(cls, model: type[Model]) -> "Walk":
        fields = model._meta.pk_fields
        return cls(
            model._meta.db_table,
            [str(field.column) for field in fields],
            [str(field.rel_db_type(connection)) for field in fields],
        )

    def names(self) -> dict[str, sql.Composable]:
        pairs = (sql.SQL("kept.{0} = new.{0}").format(sql.Identifier(key)) for key in self.keys)
        return {
            "table": sql.Identifier(self.table),
            "keys": sql.SQL(", ").join(map(sql.Identifier, self.keys)),
            "same": sql.SQL(" and ").join(pairs),
        }

    def beyond(self, last: Sequence[Any] | None) -> sql.Composable:
        """The condition that a row comes after the one with these keys, with a placeholder for each."""
        if not last:
            return sql.SQL("true")
        marks = sql.SQL(", ").join([sql.Placeholder()] * len(last))
        return sql.SQL("({keys}) > ({marks})").format(marks=marks, keys=self.names()["keys"])

    def arrays(self, *more: str) -> sql.Composable:
        """Placeholders of arrays, one for each key and for each further type."""
        return sql.SQL(", ").join(sql.SQL(f"%s::{type_}[]") for type_ in (*self.key_types, *more))


def plain(row: Sequence[Any]) -> tuple[Any, ...]:
    """With bytes for bytea, which comes as memoryview: psycopg does not put that into arrays."""
    return tuple(bytes(value) if isinstance(value, memoryview) else value for value in row)
