"""Raw SQL lives in ``<app>/sql/*.sql``: named, commented files with bound parameters."""

from collections.abc import Callable, Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from django.db.backends.utils import CursorWrapper


@cache
def load(app: str, name: str) -> str:
    """The text of ``<app>/sql/<name>.sql``, read once a process. Raises FileNotFoundError."""
    return files(f"{app}.sql").joinpath(f"{name}.sql").read_text(encoding="utf-8")


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
    for statement in load(app, name).split(";\n"):
        paragraph = statement.strip().rsplit("\n\n", 1)[-1]
        if not paragraph:
            continue
        if paragraph.startswith("--"):
            tell(paragraph.partition("\n")[0].removeprefix("--").strip())
        cursor.execute(statement, parameters)
