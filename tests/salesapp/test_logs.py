import io
import json
import logging

import pytest
from django.test import Client

NUMBER = "15400001234"


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    """What the application's own handler writes."""
    (handler,) = [
        handler
        for handler in logging.getLogger().handlers
        if isinstance(handler, logging.StreamHandler) and "ProcessorFormatter" in type(handler.formatter).__name__
    ]
    stream = io.StringIO()
    monkeypatch.setattr(handler, "stream", stream)
    return stream


@pytest.mark.usefixtures("db")
@pytest.mark.parametrize(
    "address",
    [
        f"/nowhere/{NUMBER}/",
        f"/nowhere/?phone={NUMBER}",
        "/nowhere/?phone=154%200000%201234",
        "/nowhere/?q=154+0000+1234",
        "/nowhere/008615400001234/",
        "/nowhere/015400001234/",
        "/nowhere/154.0000.1234/",
        "/nowhere/154/0000/1234/",
        "/nowhere/１５４００００１２３４/",
        "/nowhere/154\u200b0000\u200b1234/",
        "/nowhere/154%C2%A00000%C2%A01234/",
    ],
)
def test_a_number_in_an_address_is_not_logged(address: str, written: io.StringIO) -> None:
    assert Client().get(address).status_code == 404
    line = json.loads(written.getvalue())
    assert line["event"].startswith("Not Found: /nowhere/")
    del line["timestamp"]  # its millionths hold any four digits now and then
    assert "0000" not in str(line)
    assert "uff10" not in written.getvalue()


@pytest.mark.parametrize("value", [int(NUMBER), [NUMBER], {"phone": NUMBER}, (f"+86 {NUMBER}",)])
def test_a_number_inside_another_value_is_not_logged(value: object, written: io.StringIO) -> None:
    logging.getLogger("test").warning("said", extra={"told": value})
    assert "[number]" in json.loads(written.getvalue())["told"]
    assert NUMBER not in written.getvalue()


def test_a_job_s_arguments_are_not_written_out(written: io.StringIO) -> None:
    job = {"id": 7, "task_kwargs": {"pairs": [[4711, 1]] * 500}}
    text = f"Job send_messages[7](pairs={job['task_kwargs']}) ended with status: Error"
    logging.getLogger("procrastinate.worker").error(text, extra={"job": job, "action": "job_error"})
    line = json.loads(written.getvalue())
    assert line["event"].startswith("Job send_messages[7]")
    assert len(line["event"]) == 200
    assert "job" not in line
