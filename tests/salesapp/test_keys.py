import base64
import io
from pathlib import Path

import pytest
from django.core.management import call_command
from pytest_django.fixtures import Settings

from salesapp import checks
from salesapp.keys import read_data_keys, wrap

KEK = base64.b64encode(b"k" * 32).decode()
KEY = base64.b64encode(b"d" * 32).decode()


def test_keys_in_clear_stay_as_they_are() -> None:
    assert read_data_keys(f"a:{KEY},b:{KEY}", file="", wrapped_under="") == f"a:{KEY},b:{KEY}"
    assert read_data_keys("", file="", wrapped_under=KEK) == ""


def test_wrapped_keys_open_under_their_key_alone(settings: Settings) -> None:
    wrapped = wrap(KEY, under=KEK)
    assert len(base64.b64decode(wrapped)) == 40
    assert read_data_keys(f"a:{wrapped},b:{KEY}", file="", wrapped_under=KEK) == f"a:{KEY},b:{KEY}"
    for other in ("", KEY, "nonsense"):
        settings.DATA_KEYS = read_data_keys(f"a:{wrapped}", file="", wrapped_under=other)
        assert settings.DATA_KEYS.endswith(wrapped)
        assert [finding.id for finding in checks._data_keys()] == ["salesapp.E003"]


def test_keys_may_lie_in_a_file_of_the_sender(tmp_path: Path, settings: Settings) -> None:
    file = tmp_path / "keys"
    file.write_text(f"a:{wrap(KEY, under=KEK)}\n")
    assert read_data_keys("", file=str(file), wrapped_under=KEK) == f"a:{KEY}"
    assert read_data_keys(f"b:{KEY}", file=str(file), wrapped_under=KEK) == f"b:{KEY}"
    settings.DATA_KEYS_FILE = str(file)
    file.chmod(0o600)
    assert checks.the_key_file_is_ours_alone() == []
    file.chmod(0o640)
    assert [finding.id for finding in checks.the_key_file_is_ours_alone()] == ["salesapp.E026"]


def test_a_file_that_cannot_be_read_is_told(tmp_path: Path, settings: Settings) -> None:
    settings.DATA_KEYS = read_data_keys("", file=str(tmp_path / "none"), wrapped_under="")
    assert [finding.id for finding in checks._data_keys()] == ["salesapp.E003"]


@pytest.mark.parametrize("kek", ["", KEK])
def test_a_fresh_data_key_comes_wrapped_where_there_is_a_key_for_that(kek: str, settings: Settings) -> None:
    settings.KEY_ENCRYPTION_KEY = kek
    out = io.StringIO()
    call_command("make_keys", stdout=out)
    (line,) = (line for line in out.getvalue().splitlines() if line.startswith("DATA_KEYS="))
    assert len(base64.b64decode(line.partition(":")[2])) == (40 if kek else 32)
    settings.DATA_KEYS = read_data_keys(line.removeprefix("DATA_KEYS="), file="", wrapped_under=kek)
    assert list(checks._data_keys()) == []


def test_a_web_server_started_with_keys_of_workers_is_warned(settings: Settings) -> None:
    assert checks.the_web_has_no_keys_of_workers() == []
    settings.DEMO, settings.WORKERS_KEYS_NEAR_WEB = False, True
    assert [finding.id for finding in checks.the_web_has_no_keys_of_workers()] == ["salesapp.W002"]


def test_a_worker_that_keeps_no_heads_of_the_log_is_warned(settings: Settings, tmp_path: Path) -> None:
    settings.DEMO, settings.AUDIT_HEAD_FILE = False, ""
    assert [finding.id for finding in checks.a_cut_of_the_log_would_be_seen()] == ["salesapp.W003"]
    for change in ({"AUDIT_HEAD_FILE": str(tmp_path / "heads")}, {"AUDIT_KEYS": ""}, {"DEMO": True}):
        for name, value in {"DEMO": False, "AUDIT_HEAD_FILE": "", **change}.items():
            setattr(settings, name, value)
        assert checks.a_cut_of_the_log_would_be_seen() == []
