"""`python -m tests.audit`: the lock files against the floors of tests/audit/floors.toml."""

import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.audit.locks import locked

CHECKOUT = Path(__file__).resolve().parents[2]
FLOORS = Path(__file__).with_name("floors.toml")


class NotAudited(Exception):
    """The floors cannot be read, or there are none: nothing was audited."""


@dataclass(frozen=True, slots=True)
class Floor:
    package: str
    at_least: str
    below: str
    locks: tuple[str, ...]
    advisories: tuple[str, ...]
    why: str
    source: str


def floors(path: Path = FLOORS) -> list[Floor]:
    """Raises NotAudited for a file that is empty, or an entry that says too little."""
    found = tomllib.loads(path.read_text(encoding="utf-8")).get("floor", [])
    if not found:
        raise NotAudited(f"{path.name} has no floor")
    return [_floor(entry) for entry in found]


def _floor(entry: dict[str, Any]) -> Floor:
    if missing := [name for name in ("package", "at_least", "locks", "why", "source") if not entry.get(name)]:
        raise NotAudited(f"the floor of {entry.get('package', 'a package')} does not say: {', '.join(missing)}")
    return Floor(
        entry["package"], entry["at_least"], entry.get("below", ""), tuple(entry["locks"]),
        tuple(entry.get("advisories", ())), entry["why"], entry["source"],
    )  # fmt: skip


def faults(path: Path = FLOORS, checkout: Path = CHECKOUT) -> list[str]:
    """A sentence for each package that is below its floor, or not where it should be. Raises NotAudited."""
    found = []
    for floor in floors(path):
        for name in floor.locks:
            versions = locked(checkout / name).get(floor.package, [])
            if not versions:
                found.append(f"{floor.package} is not in {name}")
            for version in versions:
                known = ", ".join(floor.advisories) or floor.why
                if version < (least := version.of(floor.at_least)):
                    found.append(f"{floor.package} {version} in {name} is below {least}: {known}")
                elif floor.below and not version < version.of(floor.below):
                    found.append(f"{floor.package} {version} in {name} is not below {floor.below}: {floor.why}")
    return found


def main() -> int:
    try:
        found = faults()
    except (NotAudited, OSError, tomllib.TOMLDecodeError, ValueError) as error:
        found = [f"not audited: {error}"]
    for fault in found:
        print(fault)
    known = floors() if not found else []
    advisories = sum(len(floor.advisories) for floor in known)
    print("FAILED" if found else f"{len(known)} packages hold their floors, {advisories} advisories")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
