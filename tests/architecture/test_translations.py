"""Every text that a reader can meet has its Chinese words."""

import re
import shutil
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command

APPS = ("geo", "members", "outreach", "salesapp", "templates")
ENTRY = re.compile(r'^msgid (?P<key>"(?:.|\n)*?)^msgstr(?:\[0\])? (?P<value>"(?:.|\n)*?)(?=\n\n|\Z)', re.MULTILINE)


def _joined(quoted: str) -> str:
    return "".join(re.findall(r'"((?:[^"\\]|\\.)*)"', quoted.split("\nmsgid_plural")[0]))


@pytest.fixture
def catalogue(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The Chinese catalogue brought up to date with the sources, in a copy of them."""
    if not shutil.which("xgettext"):
        pytest.skip("xgettext is not installed (package gettext)")
    for name in APPS:
        shutil.copytree(settings.BASE_DIR / name, tmp_path / name, ignore=shutil.ignore_patterns("static", "*.pyc"))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(settings, "LOCALE_PATHS", [tmp_path / "salesapp" / "locale"])
    call_command("makemessages", locale=["zh_Hans"], verbosity=0)
    return (tmp_path / "salesapp/locale/zh_Hans/LC_MESSAGES/django.po").read_text(encoding="utf-8")


def test_every_text_has_its_chinese_words(catalogue: str) -> None:
    current = "\n".join(line for line in catalogue.splitlines() if not line.startswith("#~"))
    entries = {_joined(entry["key"]): entry["value"] for entry in ENTRY.finditer(current)}
    entries.pop("", None)  # the header
    assert len(entries) > 150
    assert [key for key, value in entries.items() if not _joined(value)] == []
    assert [block for block in current.split("\n\n") if re.search("^#,.*fuzzy", block, re.MULTILINE)] == []


def test_no_chinese_words_are_kept_for_texts_that_are_gone(catalogue: str) -> None:
    assert [line for line in catalogue.splitlines() if line.startswith("#~ msgid")] == []
