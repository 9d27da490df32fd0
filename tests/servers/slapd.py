"""Debian's slapd as a private process: own folder, own certificate, a port of 127.0.0.1, ended by its id."""

import socket
import subprocess
import time
from base64 import b64encode
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.servers.certificate import write_certificate

Entry = Mapping[str, str | Sequence[str]]
BASE = "ou=people,dc=example,dc=com"
PASSWORD = "reader-horse-7"
READER, LIMITED = "cn=reader,dc=example,dc=com", "cn=limited,dc=example,dc=com"
_CONFIGURATION = """
include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/inetorgperson.schema
modulepath /usr/lib/ldap
moduleload back_mdb
pidfile {folder}/slapd.pid
{tls}
database mdb
suffix "dc=example,dc=com"
directory {folder}/data
access to attrs=userPassword by anonymous auth
access to * by users read
limits dn.exact="{reader}" size.soft=500 size.hard=500 size.prtotal=unlimited
"""
_TLS = """
TLSCertificateFile {folder}/certificate.pem
TLSCertificateKeyFile {folder}/key.pem
"""
_ENTRIES: Sequence[Entry] = [
    {"dn": "dc=example,dc=com", "objectClass": "domain", "dc": "example"},
    *(
        {
            "dn": dn, "objectClass": ["organizationalRole", "simpleSecurityObject"],
            "cn": dn.split(",")[0].removeprefix("cn="), "userPassword": PASSWORD,
        }
        for dn in (READER, LIMITED)
    ),
    {"dn": BASE, "objectClass": "organizationalUnit", "ou": "people"},
]  # fmt: skip


def person(number: str, **attributes: str | Sequence[str]) -> Entry:
    """An entry under BASE. A salesperson of store N1 unless told otherwise."""
    told: dict[str, str | Sequence[str]] = {
        "employeeNumber": number,
        "displayName": "孙一",
        "title": "salesperson",
        "departmentNumber": "N1",
    }
    entry = told | attributes
    return {"dn": f"uid={number},{BASE}", "objectClass": "inetOrgPerson", "uid": number, "cn": "x", "sn": "x", **entry}


@dataclass
class Slapd:
    folder: Path
    has_tls: bool = True
    process: subprocess.Popen[bytes] | None = None
    port: int = 0
    tls_port: int = 0
    certificate: Path = field(init=False)

    def __post_init__(self) -> None:
        self.folder.mkdir(exist_ok=True)
        self.certificate, _key = write_certificate(self.folder)
        tls = _TLS.format(folder=self.folder) if self.has_tls else ""
        (self.folder / "slapd.conf").write_text(_CONFIGURATION.format(folder=self.folder, tls=tls, reader=READER))

    def start(self, entries: Iterable[Entry]) -> None:
        """Serve these entries and no others."""
        self.stop()
        data = self.folder / "data"
        data.mkdir(exist_ok=True)
        for file in data.iterdir():
            file.unlink()
        ldif = "\n".join(_ldif(entry) for entry in [*_ENTRIES, *entries])
        self._run(["/usr/sbin/slapadd", "-q"], ldif)
        self.port, self.tls_port = _free_port(), _free_port()
        addresses = f"ldap://127.0.0.1:{self.port}"
        if self.has_tls:
            addresses += f" ldaps://127.0.0.1:{self.tls_port}"
        # With -d it stays in the foreground, so the process is the server
        command = ["/usr/sbin/slapd", "-d", "0", "-f", str(self.folder / "slapd.conf"), "-h", addresses]
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        self._wait()

    def stop(self) -> None:
        if self.process:
            self.process.terminate()
            self.process.wait(20)
            self.process = None

    def address(self, *, scheme: str = "ldaps", base: str = BASE, search: str = "(employeeNumber=*)") -> str:
        port = self.tls_port if scheme == "ldaps" else self.port
        return f"{scheme}://127.0.0.1:{port}/{base}??sub?{search}"

    def _run(self, command: list[str], text: str) -> None:
        done = subprocess.run(
            [*command, "-f", self.folder / "slapd.conf"], input=text, text=True, capture_output=True, check=False
        )
        assert done.returncode == 0, done.stderr

    def _wait(self) -> None:
        assert self.process
        for _ in range(400):
            assert self.process.poll() is None, "slapd did not start"
            try:
                socket.create_connection(("127.0.0.1", self.port)).close()
            except ConnectionRefusedError:
                time.sleep(0.05)
            else:
                return
        raise AssertionError("slapd does not listen")


def _free_port() -> int:
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        return int(trial.getsockname()[1])


def _ldif(entry: Entry) -> str:
    """Values in base64, as LDIF has what is not plain ASCII."""
    lines = []
    for name, told in entry.items():
        values = [told] if isinstance(told, str) else told
        lines += [f"{name}:: {b64encode(value.encode()).decode()}" for value in values]
    return "\n".join(lines) + "\n"
