"""The application in an environment of its own: a copy of the code without .local, processes as in production."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings

PARTS = ("manage.py", "salesapp", "geo", "members", "outreach", "templates")


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("checkout")
    for part in PARTS:
        source = settings.BASE_DIR / part
        if source.is_dir():
            shutil.copytree(source, folder / part, ignore=shutil.ignore_patterns("__pycache__"))
        elif source.exists():
            shutil.copy(source, folder)
    return folder


def run(checkout: Path, environment: dict[str, str], *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *words],
        cwd=checkout,
        env={"PATH": os.environ["PATH"], **environment},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.fixture(scope="module")
def production(checkout: Path) -> dict[str, str]:
    """A complete environment: fresh keys as make_keys prints them, the test run's own servers."""
    printed = run(checkout, {}, "manage.py", "make_keys")
    assert printed.returncode == 0, printed.stderr
    lines = [line for line in printed.stdout.splitlines() if line and not line.startswith("#")]
    return dict(line.split("=", 1) for line in lines) | {
        "DATABASE_URL": settings.DATABASE_URL,
        "REDIS_URL": settings.REDIS_URL,
        "ALLOWED_HOSTS": "sales.example.com",
        "BRAND": "海澄",
        "PUBLIC_ADDRESS": "https://m.example.com",
        "RESPONSIBLE_NAME": "海澄电器有限公司",
        "RESPONSIBLE_CONTACT": "privacy@example.com",
        "PRIVACY_NOTICE": "https://shop.example.com/privacy",
        "AUDIT_HEAD_FILE": str(checkout / "heads"),
        "STATIC_ROOT": str(checkout / "static"),
    }


@pytest.mark.parametrize("command", ["check", "migrate"])
def test_with_everything_missing_the_findings_are_told_and_no_traceback(checkout: Path, command: str) -> None:
    done = run(checkout, {}, "manage.py", command)
    assert done.returncode == 1
    for number in range(1, 7):
        assert f"salesapp.E00{number}" in done.stderr
    assert "Traceback" not in done.stdout + done.stderr


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        ({"DATABASE_URL": "postgis://u:canary@host:port/x"}, "salesapp.E004"),
        ({"DATABASE_URL": "postgis://u:canary@127.0.0.1:1/x"}, "salesapp.E004"),
        ({"REDIS_URL": "unix:///nowhere.sock"}, "salesapp.E005"),
        ({"TRUSTED_PROXY_HOPS": "two"}, "salesapp.E010"),
        ({"LOG_LEVEL": "loud"}, "salesapp.E011"),
    ],
    ids=["unreadable database", "no database", "no Redis", "no number", "no level"],
)
def test_a_wrong_value_is_told_and_no_traceback(
    checkout: Path, production: dict[str, str], fault: dict[str, str], expected: str
) -> None:
    done = run(checkout, production | fault, "manage.py", "check", "--database", "default")
    assert done.returncode == 1
    assert expected in done.stderr
    assert "Traceback" not in done.stderr
    assert "canary" not in done.stderr


def test_the_production_environment_is_clean(checkout: Path, production: dict[str, str]) -> None:
    collected = run(checkout, production, "manage.py", "collectstatic", "--noinput")
    assert collected.returncode == 0, collected.stderr
    words = ["manage.py", "check", "--deploy", "--fail-level", "WARNING", "--database", "default"]
    done = run(checkout, production, *words)
    assert done.returncode == 0, done.stderr
    assert "no issues" in done.stdout
    done = run(checkout, production | {"TWO_FACTOR_ROLES": ""}, *words)
    assert done.returncode == 1
    assert "salesapp.W006" in done.stderr
    assert "administrator" in done.stderr


@pytest.mark.parametrize("preload", [[], ["--preload"]], ids=["", "preload"])
def test_the_web_server_stops_with_the_findings_instead_of_trying_for_ever(
    checkout: Path, production: dict[str, str], preload: list[str]
) -> None:
    words = ["-m", "gunicorn", "--bind", f"unix:{checkout}/web.sock", "--no-control-socket", "salesapp.wsgi", *preload]
    done = run(checkout, production | {"JWT_KEY": ""}, *words)
    assert done.returncode == 3
    assert "salesapp.E002" in done.stderr
    assert "Traceback" not in done.stderr
