import json
import tomllib
from importlib.metadata import version
from pathlib import Path

import pytest

from tests.audit.__main__ import CHECKOUT, FLOORS, NotAudited, faults, floors
from tests.audit.locks import Version, locked

PINS = {"django": "5.2.19", "pyjwt": "2.15.0", "djangorestframework-simplejwt": "5.5.1"}
PACKAGES = {"htmx.org": "2.0.11", "maplibre-gl": "5.22.0"}


def checkout(folder: Path, **changed: str | None) -> Path:
    """Lock files at the floors, but for these packages; None leaves one out."""
    pins, packages = (
        {name: now for name, was in table.items() if (now := changed.get(name, was)) is not None}
        for table in (PINS, PACKAGES)
    )
    text = "".join(f"{name}=={pin} \\\n    --hash=sha256:00\n    # via x\n" for name, pin in pins.items())
    for name in ("requirements.txt", "requirements-dev.txt"):
        (folder / name).write_text(text)
    lock = {"packages": {"": {"name": "x", "version": "0"}}
            | {f"node_modules/{name}": {"version": pin} for name, pin in packages.items()}}  # fmt: skip
    (folder / "package-lock.json").write_text(json.dumps(lock))
    return folder


def test_the_lock_files_hold_every_floor() -> None:
    assert faults() == []
    known = floors()
    assert len(known) >= 5
    assert sum(len(floor.advisories) for floor in known) >= 18


def test_django_keeps_its_floor_in_the_project_the_locks_and_as_installed() -> None:
    project = tomllib.loads((CHECKOUT / "pyproject.toml").read_text())["project"]
    assert [pin for pin in project["dependencies"] if pin.lower().startswith("django>")] == ["Django>=5.2.19,<5.3"]
    (django,) = (floor for floor in floors() if floor.package == "django")
    assert (django.at_least, django.below) == ("5.2.19", "5.3")
    found = [*(pin for name in django.locks for pin in locked(CHECKOUT / name)["django"]), Version(version("django"))]
    assert len(found) == 3
    assert all(Version("5.2.19") <= one < Version("5.3") for one in found)


def test_versions_at_the_floors_are_no_faults(tmp_path: Path) -> None:
    assert faults(checkout=checkout(tmp_path)) == []


@pytest.mark.parametrize(
    ("package", "pin", "times"),
    [
        ("django", "5.2.18", 2), ("django", "5.2.9", 2), ("django", "5.2.19rc1", 2), ("django", "5.3", 2),
        ("django", "6.0", 2), ("pyjwt", "2.14.9", 2), ("pyjwt", "2.9", 2),
        ("djangorestframework-simplejwt", "5.5.0", 2),
        ("htmx.org", "1.9.12", 1), ("htmx.org", "4.0.1", 1), ("htmx.org", "2.0.0-beta4", 1),
        ("maplibre-gl", "5.23.0", 1),
    ],
)  # fmt: skip
def test_a_version_out_of_bounds_is_a_fault(package: str, pin: str, times: int, tmp_path: Path) -> None:
    found = faults(checkout=checkout(tmp_path, **{package: pin}))
    assert len(found) == times
    assert all(fault.startswith(f"{package} {pin} in ") for fault in found)


@pytest.mark.parametrize("package", [*PINS, *PACKAGES])
def test_a_package_that_is_not_where_it_should_be_is_a_fault(package: str, tmp_path: Path) -> None:
    found = faults(checkout=checkout(tmp_path, **{package: None}))
    assert found
    assert all(fault.startswith(f"{package} is not in ") for fault in found)


def test_an_older_copy_deeper_in_the_tree_is_a_fault(tmp_path: Path) -> None:
    folder = checkout(tmp_path)
    lock = json.loads((folder / "package-lock.json").read_text())
    lock["packages"]["node_modules/x/node_modules/htmx.org"] = {"version": "1.9.0"}
    (folder / "package-lock.json").write_text(json.dumps(lock))
    (fault,) = faults(checkout=folder)
    assert fault.startswith("htmx.org 1.9.0 in package-lock.json is below 2.0.0: ")


@pytest.mark.parametrize(
    "text",
    ["", "# nothing\n", "floor = []\n", '[[floor]]\npackage = "django"\n',
     '[[floor]]\npackage = "django"\nat_least = "1"\nlocks = []\nwhy = "x"\nsource = "x"\n'],
)  # fmt: skip
def test_nothing_passes_without_floors(text: str, tmp_path: Path) -> None:
    path = tmp_path / "floors.toml"
    path.write_text(text)
    with pytest.raises(NotAudited):
        faults(path)


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt", "package-lock.json"])
def test_nothing_passes_without_pins(name: str, tmp_path: Path) -> None:
    folder = checkout(tmp_path)
    (folder / name).write_text('{"packages": {}}' if name.endswith("json") else "# nothing\n")
    with pytest.raises(ValueError, match="pins nothing"):
        faults(checkout=folder)
    (folder / name).unlink()
    with pytest.raises(OSError, match=name):
        faults(checkout=folder)


def test_every_entry_says_where_it_was_read() -> None:
    for floor in floors(FLOORS):
        assert floor.source
        assert floor.why
        assert all(advisory.startswith("CVE-") for advisory in floor.advisories)
