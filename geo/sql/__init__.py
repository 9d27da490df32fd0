"""Raw SQL lives in ``<app>/sql/*.sql``: named, commented files with bound parameters."""

import re
from collections.abc import Callable, Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from django.db.backends.utils import CursorWrapper

_comment = re.compile(r"^\s*--.*\n", re.MULTILINE)


@cache
def _text(app: str, name: str) -> str:
    return files(f"{app}.sql").joinpath(f"{name}.sql").read_text(encoding="utf-8")


@cache
def load(app: str, name: str) -> str:
    """The statement in ``<app>/sql/<name>.sql``, read once a process. Raises FileNotFoundError.

    Lines of comment are left out: psycopg keeps what it parsed of a statement of up to 4,096 characters only.
    """
    return _comment.sub("", _text(app, name))


def run(
    cursor: CursorWrapper,
    app: str,
    name: str,
    parameters: Mapping[str, Any],
    tell: Callable[[str], object] = lambda step: None,
) -> None:
    """Run a file of several statements, each closed by a semicolon at the end of a line.

    Server-side binding takes one statement at a time. ``tell`` hears the first comment line right above a
    statement before it runs.
    """
    for statement in _text(app, name).split(";\n"):
        paragraph = statement.strip().rsplit("\n\n", 1)[-1]
        if not paragraph:
            continue
        if paragraph.startswith("--"):
            tell(paragraph.partition("\n")[0].removeprefix("--").strip())
        cursor.execute(statement, parameters)
