"""Raw SQL lives in ``<app>/sql/*.sql``: named, commented files with bound parameters."""

from functools import cache
from importlib.resources import files


@cache
def load(app: str, name: str) -> str:
    """The text of ``<app>/sql/<name>.sql``, read once a process. Raises FileNotFoundError."""
    return files(f"{app}.sql").joinpath(f"{name}.sql").read_text(encoding="utf-8")
