import json
import queue
import subprocess
import threading
from pathlib import Path
from typing import Any

SCRIPT = Path(__file__).with_name("smpp_server.js")
PATIENCE = 20


class SmppCentre:
    """The server of smpp_server.js: told how to behave, and telling what it saw."""

    def __init__(self, *certificate_and_key: Path) -> None:
        self._process = subprocess.Popen(
            ["node", str(SCRIPT), *map(str, certificate_and_key)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._told: queue.Queue[dict[str, Any]] = queue.Queue()
        self._kept: list[dict[str, Any]] = []
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        self.port = self._told.get(timeout=PATIENCE)["port"]

    @property
    def url(self) -> str:
        return f"smpp://shop:secret@127.0.0.1:{self.port}/?source=1069&tls=off"

    def _read(self) -> None:
        assert self._process.stdout
        for line in self._process.stdout:
            self._told.put(json.loads(line))

    def _do(self, what: str, **arguments: Any) -> None:
        assert self._process.stdin
        self._process.stdin.write(json.dumps({"do": what, **arguments}) + "\n")
        self._process.stdin.flush()
        self.wait("done")

    def behave(self, mode: str, **arguments: Any) -> None:
        self._do("behave", mode=mode, **arguments)

    def deliver(self, **pdu: Any) -> None:
        self._do("deliver", pdu=pdu)

    def raw(self, octets: bytes) -> None:
        self._do("raw", hex=octets.hex())

    def cut(self) -> None:
        self._do("cut")

    def wait(self, name: str) -> dict[str, Any]:
        """The next event of that name; others are kept."""
        for event in self._kept:
            if event["event"] == name:
                self._kept.remove(event)
                return event
        while True:
            event = self._told.get(timeout=PATIENCE)
            if event["event"] == name:
                return event
            self._kept.append(event)

    def seen(self, name: str) -> list[dict[str, Any]]:
        """All events of that name so far; asks the server, so that nothing is on its way."""
        self._do("nothing")
        while not self._told.empty():
            self._kept.append(self._told.get())
        return [event for event in self._kept if event["event"] == name]

    def close(self) -> None:
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.close()
        self._process.wait(PATIENCE)
        self._reader.join(PATIENCE)
        self._process.stdout.close()
