"""The product's web server as `make demo` and a production machine run it, on a port of its own."""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path
from types import TracebackType

from tests.bench.database import CHECKOUT, BenchFailed, manage


class Server:
    """gunicorn with two workers, four threads each. Its environment is this process's."""

    def __init__(self) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = int(free.getsockname()[1])
        self._folder = tempfile.TemporaryDirectory(prefix="budgets-")
        os.environ["STATIC_ROOT"] = str(Path(self._folder.name) / "static")
        manage("collectstatic", "--no-input", "--verbosity", "0")
        self._log = Path(self._folder.name) / "web.log"
        command = [
            *(str(Path(sys.executable).parent / "gunicorn"), "salesapp.wsgi", "--bind", f"127.0.0.1:{self.port}"),
            *("--workers", "2", "--threads", "4", "--worker-class", "gthread", "--preload", "--no-control-socket"),
        ]
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(command, cwd=CHECKOUT, stdout=log, stderr=log)

    def __enter__(self) -> "Server":
        for _ in range(600):
            if self._process.poll() is not None:
                break
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/healthz", timeout=5):
                    return self
            except (urllib.error.URLError, OSError):
                time.sleep(0.1)
        raise BenchFailed(f"the web server did not start:\n{self._log.read_text()[-4000:]}")

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.send_signal(signal.SIGTERM)
        self._process.wait()
        self._folder.cleanup()
