from collections.abc import Callable
from pathlib import Path

import pytest

from salesapp.staff.hr_feed import Feed

HEADER = "employee_no,name,role,region,store,state"


@pytest.fixture
def hr_list(tmp_path: Path) -> Callable[..., Feed]:
    """HR's list as a file: rows of HEADER unless told otherwise."""

    def write(*rows: str, header: str = HEADER, roles: dict[str, str] | None = None, **columns: str) -> Feed:
        path = tmp_path / "staff.csv"
        path.write_text("\n".join([header, *rows, ""]), encoding="utf-8")
        return Feed(str(path), columns, roles or {})

    return write
