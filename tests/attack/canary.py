"""Forty planted numbers go through every flow and through forced errors; then everything that is kept is searched.

The run has a PostgreSQL, a Redis and folders of its own. The web's process and the workers' write their standard output
and errors into files, as services do. PostgreSQL logs as the README asks for. Numbers come in by imports, in the admin,
at the look-up, with registration codes, messages, a provider's refusals and replies; keys are taken twice, statements
are cut off, a view crashes, the database and Redis go away in the middle. Afterwards no log, dump, report, export,
static or temporary file may hold one of the numbers in any spelling.
"""

import argparse
import contextlib
import json
import logging
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest import mock

from tests.attack.crawl import spellings
from tests.attack.scene import PASSWORD, Person, build_scene, no_limits, number, people, usual_settings
from tests.attack.verdict import NotHeld, demand, line, verdict
from tests.chaos.cluster import Cluster, private_cluster
from tests.chaos.scratch import CHECKOUT, GENERATION, REAL, Database, checkouts_database, scratch
from tests.servers.mail_relay import MailRelay
from tests.servers.web_provider import Aliyun, Call, Said

MEMBERS, STRANGERS = 30, 10
BRIEFLY = 4  # of each kind, in the short form


AS_STARTED = dict(os.environ)  # the web drops the workers' keys for itself and for all that it starts


def planted_numbers() -> list[str]:
    return [number(n) for n in range(MEMBERS + STRANGERS)]


def strangers() -> list[str]:
    return planted_numbers()[MEMBERS:]


# --- The search -----------------------------------------------------------------------------------------------------


class Search:
    """Files of the places where something is kept, and how often one of the numbers stands in them."""

    def __init__(self) -> None:
        texts = {text for phone in planted_numbers() for text in spellings(phone)}
        # As PostgreSQL writes bytes, and as some write Chinese
        spelt = {text.encode() for text in texts} | {phone.encode().hex().encode() for phone in planted_numbers()}
        spelt |= {phone.encode("utf-16-le") for phone in planted_numbers()}
        self._any = re.compile(b"|".join(re.escape(text) for text in sorted(spelt, key=len, reverse=True)))

    def hits(self, place: Path) -> int:
        return sum(self._where(place).values())

    def where(self, place: Path) -> str:
        """The files, or the tables of the database's text, that hold one."""
        return ", ".join(self._where(place))

    def _where(self, place: Path) -> Counter[str]:
        found: Counter[str] = Counter()
        for path in files_of(place):
            # As text a database is one part for each table
            for part in re.split(rb"\n(?=COPY )", path.read_bytes()) if path.suffix == ".sql" else [path.read_bytes()]:
                name = part[5:80].split(b" ")[0].decode() if part.startswith(b"COPY ") else path.suffix
                found[name] += len(self._any.findall(part))
        return +found


def files_of(place: Path) -> list[Path]:
    if place.is_dir():
        return [path for path in sorted(place.rglob("*")) if path.is_file() and not path.is_symlink()]
    return [place] if place.is_file() else []


# --- Servers and processes ------------------------------------------------------------------------------------------


class Redis:
    """Of the run's own."""

    def __init__(self, home: Path) -> None:
        self.home, self.socket = home, home / "redis.sock"

    def start(self) -> None:
        subprocess.run(
            ["redis-server", "--port", "0", "--unixsocket", str(self.socket), "--dir", str(self.home), "--save", "",
             "--rdbcompression", "no", "--daemonize", "yes", "--pidfile", str(self.home / "redis.pid"),
             "--logfile", str(self.home / "redis.log")],
            check=True, capture_output=True,
        )  # fmt: skip
        for _ in range(200):
            if self.socket.exists():
                return
            time.sleep(0.05)
        raise NotHeld("Redis did not start")

    def stop(self) -> None:
        import redis

        with contextlib.suppress(redis.RedisError, OSError):
            redis.Redis(unix_socket_path=str(self.socket)).shutdown(nosave=True)
        for _ in range(200):
            if not self.socket.exists():
                return
            time.sleep(0.05)

    def dump(self) -> int:
        """Written to dump.rdb; how many keys there are."""
        import redis

        client = redis.Redis(unix_socket_path=str(self.socket))
        client.save()
        return sum(client.info("keyspace")[name]["keys"] for name in client.info("keyspace"))


class Home:
    """Where everything of a run lies."""

    def __init__(self, root: Path) -> None:
        self.root = root
        for name in ("logs", "tmp", "reports", "imports", "static", "exports", "input", "redis"):
            (root / name).mkdir(exist_ok=True)

    def __truediv__(self, name: str) -> Path:
        return self.root / name

    def run(self, name: str, words: Sequence[str], *, may_fail: bool = False) -> int:
        """A process of the product's, with its output in a file."""
        environment = AS_STARTED if "WEB" in os.environ else os.environ
        with (self / "logs" / f"{name}.log").open("ab") as log:
            done = subprocess.run(
                [sys.executable, *words], cwd=CHECKOUT, env=environment, stdout=log, stderr=log, check=False
            )
        demand(f"{name} ended with {done.returncode}", may_fail or done.returncode == 0)
        return done.returncode

    def step(self, name: str, task: Mapping[str, Any]) -> None:
        self.run(name, ["-m", "tests.attack.canary", "--step", name, "--task", json.dumps(task)])


class Chatty(Aliyun):
    """A provider that repeats the number in what it refuses. Codes it takes, and keeps for who types them in."""

    codes: Path
    lock = threading.Lock()

    def answer(self, call: Call) -> Said:
        with self.lock:
            return self._answer(call)

    def _answer(self, call: Call) -> Said:
        phone, told = call.query["PhoneNumbers"], json.loads(call.query.get("TemplateParam") or "{}")
        if code := told.get("code"):
            known = json.loads(self.codes.read_text()) if self.codes.exists() else {}
            self.codes.write_text(json.dumps(known | {phone[-11:]: code}))
            return Said(200, {"Code": "OK", "Message": f"OK {phone}", "RequestId": "R", "BizId": "B1"})
        kind = ("isv.MOBILE_NUMBER_ILLEGAL", "isp.SYSTEM_ERROR", f"isv.NEW_{phone}")[len(self.calls) % 3]
        return Said(400, {"Code": kind, "Message": f"{phone} cannot be reached", "RequestId": phone})


# --- Steps, each in a process of its own ----------------------------------------------------------------------------


def seed(task: Mapping[str, Any]) -> None:
    """What a worker's machine does: imports, good files and bad ones, figures, roles."""
    import django

    django.setup()
    usual_settings()
    from django.core.management import CommandError, call_command

    folder = Path(task["input"])
    scene = build_scene(folder=folder, broadcasts=1)
    call_command("grant_web_role")
    refused = 0
    for name, content in bad_files(scene.people).items():
        path = folder / name
        path.write_bytes(content)
        for command in ("import_members", "import_purchases", "import_consents"):
            try:
                call_command(command, str(path), "--system", "crm")
            except CommandError as error:
                refused += 1
                sys.stderr.write(f"CommandError: {error}\n")
    demand("bad files were taken", refused >= 6)
    Path(task["known"]).write_text(json.dumps(dict(scene.known)))


def bad_files(crowd: Sequence[Person]) -> dict[str, bytes]:
    head = "key,phone,name,address,house,email,model,bought_on,channel,given,said_at\n"
    rows = "".join(
        f"{who.key},{who.phone},{who.name},{who.address},{who.house},{who.email},HC-218,2020-05-06,sms,yes,2026-03-08\n"
        for who in crowd
    )
    wrong = "".join(
        f"{who.phone},{who.phone}{n},{who.phone},{who.phone},{who.phone},{who.phone},{who.phone},{who.phone},"
        f"{who.phone},{who.phone},{who.phone}\n"
        for n, who in enumerate(crowd)
    )
    return {
        "wrong.csv": (head + wrong).encode(),
        "twice.csv": (head + rows + rows).encode(),
        "headless.csv": rows.encode(),
        "broken.csv": (head + f'"{crowd[0].phone}\n' * 3).encode(),
        "bytes.csv": head.encode() + b"\xff\xfe" + rows.encode("utf-16-le") + b"\x80\x81" + crowd[1].phone.encode(),
        "nul.csv": (head + rows.replace(",", "\0,", 1)).encode(),
        "long.csv": (head + "9," + crowd[2].phone * 200_000).encode(),
        "nothing.xlsx": rows.encode(),
        "nothing.parquet": rows.encode(),
        "nothing.csv.gz": rows.encode(),
    }


def web(task: Mapping[str, Any]) -> None:
    """What the web's process does, with the workers it depends on beside it."""
    # As salesapp/wsgi.py does, but before what a proof sets otherwise: that asks for the static files' names
    os.environ |= {"WEB": "1", "STATEMENT_TIMEOUT_MS": "5000"}
    usual_settings()
    no_limits()
    from salesapp.wsgi import application

    demand("this is not the web's process", application is not None)
    visits = Visits(task)
    visits.look_ups()
    visits.messages()
    visits.registrations()
    visits.privacy()
    visits.admin()
    visits.callbacks()
    visits.wrong_requests()
    visits.forced_errors()
    Path(task["came"]).write_text(json.dumps(visits.came))


class Visits:
    """Browsers of the cast. All answers are counted by what was done."""

    def __init__(self, task: Mapping[str, Any]) -> None:
        self.task = task
        self.home = Home(Path(task["home"]))
        self.known = json.loads(Path(task["known"]).read_text())
        self.crowd = people()
        self.few = BRIEFLY if task["short"] else 10
        self.came: Counter[str] = Counter()
        self.clients = {name: self._client(name) for name in ("anonymous", "alice", "mei", "dana", "root")}

    def _client(self, name: str) -> Any:
        from django.test import Client

        client = Client(raise_request_exception=False, SERVER_NAME="127.0.0.1")
        if name != "anonymous":
            answer = client.post("/sign-in/", {"employee_no": name, "password": PASSWORD})
            demand(f"{name} cannot sign in: {answer.status_code}", answer.status_code == 302)
        return client

    def ask(self, what: str, who: str, method: str, address: str, data: Any = None, **more: Any) -> Any:
        from django.db import close_old_connections

        close_old_connections()  # as every request of a server begins; the test client's do not
        client = self.clients[who]
        call = getattr(client, method.lower())
        answer = call(address, **more) if data is None else call(address, data, **more)
        self.came[f"{what} {answer.status_code}"] += 1
        return answer

    def worker(self, *, may_fail: bool = False) -> None:
        from django.db import connections

        connections.close_all()
        self.home.run("worker", ["manage.py", "run_worker", "--one-pass"], may_fail=may_fail)

    def look_ups(self) -> None:
        for n, phone in enumerate(planted_numbers()):
            told = (phone, f"+86{phone}", f"{phone[:3]} {phone[3:7]} {phone[7:]}", f"0086-{phone}")[n % 4]
            self.ask("look-up", "alice", "POST", "/counter/", {"phone": told, "reason": "counter"})
            if n < 2 * self.few:
                asked = {"phone": told, "reason": "counter"}
                self.ask("look-up", "alice", "POST", "/api/lookups/", asked, content_type="application/json")

    def messages(self) -> None:
        as_json: dict[str, Any] = {"content_type": "application/json"}
        for n, who in enumerate(self.crowd[: 2 * self.few]):
            asked = {"phone": who.phone, "reason": "counter"}
            found = self.ask("look-up", "alice", "POST", "/api/lookups/", asked, **as_json).json()
            draft = self.ask(
                "draft", "alice", "POST", "/api/drafts/",
                {"member": found["member"]["id"], "channel": ("sms", "email")[n % 2]}, **as_json,
            )  # fmt: skip
            if draft.status_code != 200:
                continue
            told = {name: draft.json()[name] for name in ("version", "channel", "category", "text")}
            # Somebody writes the customer's number into the text
            own = told["text"].removesuffix(draft.json()["ending"])
            told["text"] = f"{own}您的号码是{who.phone}。{draft.json()['ending']}" if n % 4 == 0 else told["text"]
            self.ask("message", "alice", "POST", "/api/messages/", {**told, "member": found["member"]["id"]},
                     HTTP_IDEMPOTENCY_KEY=f"canary-{n}", **as_json)  # fmt: skip
        self.worker()

    def registrations(self) -> None:
        """Strangers register, members sign in at their own page: codes wrong and right."""
        join = f"/join/{self.known['join_code']}/"
        visitors = [(join, phone) for phone in strangers()[: self.few]]
        visitors += [("/mine/sign-in/", who.phone) for who in self.crowd[20 : 20 + self.few]]
        browsers = []
        for n, (address, phone) in enumerate(visitors):
            self.clients["visitor"] = browser = self._client("anonymous")
            self.ask("code", "visitor", "POST", address, {"surname": "孙", "title": "m", "phone": phone})
            browsers.append((f"{join}code/" if address == join else "/mine/code/", phone, browser, n))
        self.worker()
        codes = json.loads(Path(self.task["codes"]).read_text())
        for address, phone, browser, _n in browsers:
            self.clients["visitor"] = browser
            self.ask("wrong code", "visitor", "POST", address, {"code": "000000"})
            self.ask("right code", "visitor", "POST", address, {"code": codes.get(phone, "")})
            for page in ("", "my-data.json", "my-data.html", "details/"):
                self.ask("own page", "visitor", "GET", f"/mine/{page}")

    def privacy(self) -> None:
        for n, who in enumerate(self.crowd[: self.few]):
            for typed in (who.phone, who.email):
                self.ask("privacy", "dana", "POST", "/privacy/consents/", {"who": typed, "reason": "request"})
                self.ask("privacy", "dana", "POST", "/privacy/reads/", {"who": typed, "why": "request"})
            for shape in ("csv", "json"):
                asked = {"member": self.known["members"][n], "why": "request", "copy": "full", "format": shape}
                answer = self.ask("export", "dana", "POST", "/privacy/reads/export/", asked)
                (self.home / "exports" / f"{n}.{shape}").write_bytes(answer.content)
            for_member = {"member": self.known["members"][n], "reason": "request"}
            answer = self.ask("export", "dana", "POST", "/privacy/copy/", for_member)
            (self.home / "exports" / f"{n}-copy.json").write_bytes(answer.content)
            corrected = {**for_member, "surname": who.name, "title": "m", "key": f"canary-{n}"}
            self.ask("privacy", "dana", "POST", "/privacy/correct/", corrected)
            # A number in the place of an id, and in that of a surname
            self.ask("privacy", "dana", "POST", "/privacy/object/", {"member": who.phone, "reason": "request"})
            self.ask("privacy", "dana", "POST", "/privacy/correct/", {**corrected, "surname": who.phone})

    def admin(self) -> None:
        from django.core.files.uploadedfile import SimpleUploadedFile

        head = "会员号,手机,姓名,地址,门牌,邮箱\n"
        good = "".join(f"{w.key},{w.phone},{w.name},{w.address},{w.house},{w.email}\n" for w in self.crowd)
        uploads = {"members.csv": (head + good).encode(), **bad_files(self.crowd)}
        for name, content in uploads.items():
            upload = {"file": SimpleUploadedFile(f"{self.crowd[0].phone} {name}", content), "system": "crm"}
            self.ask("upload", "root", "POST", "/admin/members/fileimport/add/?kind=members", upload)
        for do in ("check", "load", *["discard"] * 10):
            if not self._imports():
                break
            if do == "discard":
                time.sleep(5)  # so long a file waits while another one of its kind is being read
            self.worker()
            for address in self._imports():
                page = self.ask("import", "root", "GET", address)
                form = (page.context or {}).get("form")
                fields = {field: form[field].value() or "" for field in form.fields} if form else {}
                self.ask(f"import {do}", "root", "POST", address, fields | {"do": do})
        from members.models import FileImport

        kept = FileImport.objects.exclude(path="").values_list("state", "reason", "step")
        demand(f"files were not ended: {list(kept)}", not kept)

    def _imports(self) -> list[str]:
        from members.models import FileImport

        ids = FileImport.objects.exclude(state__in=FileImport.ENDED).values_list("pk", flat=True)
        return [f"/admin/members/fileimport/{each}/change/" for each in ids]

    def callbacks(self) -> None:
        for who in self.crowd[: self.few]:
            reply = [
                {"content": "退订", "phone_number": who.phone, "send_time": "2026-11-22 10:00:00"},
                {"success": True, "phone_number": who.phone, "biz_id": who.phone, "out_id": who.phone},
                who.phone,
            ]
            for secret in ("a" * 32, "wrong"):
                self.ask("callback", "anonymous", "POST", "/api/webhooks/aliyun/", json.dumps(reply),
                         content_type="application/json", HTTP_X_WEBHOOK_SECRET=secret)  # fmt: skip

    def wrong_requests(self) -> None:
        for phone in planted_numbers()[: self.few]:
            grouped = f"{phone[:3]}-{phone[3:7]}-{phone[7:]}"
            wide = phone.translate({ord("0") + n: ord("０") + n for n in range(10)})
            for address in (f"/counter/?phone={phone}", f"/api/lookups/?phone={grouped}", f"/members/{phone}/",
                            f"/map/search/?q={phone}", f"/api/communities/?after={phone}@example.com",
                            f"/members/0086{phone}/", f"/members/0{phone}/", f"/members/{grouped.replace('-', '.')}/",
                            f"/members/{grouped.replace('-', '/')}/", f"/members/{wide}/"):  # fmt: skip
                self.ask("wrong", "alice", "GET", address)
            self.ask("wrong", "anonymous", "POST", "/sign-in/", {"employee_no": phone, "password": grouped})
            for body in (
                f'{{"phone": "{phone}"',
                f'{{"phone": {phone}}}',
                f'{{"phone": "{phone}", "reason": "{phone}"}}',
            ):
                self.ask("wrong", "alice", "POST", "/api/lookups/", body, content_type="application/json")
            self.ask("wrong", "alice", "GET", "/map/", HTTP_HOST=f"{phone}.example.com")

    def forced_errors(self) -> None:
        from django.db import connection, transaction

        from geo.models import PlaceSource

        def crash(*, phone: str, **more: Any) -> Any:
            said = {"phone": phone, "as": [phone, f"+86{phone}"]}
            raise ZeroDivisionError(f"nothing to divide for {phone}", said)

        def take_twice(*, phone: str, **more: Any) -> Any:
            with transaction.atomic():
                for _ in range(2):
                    PlaceSource.objects.create(name=phone)

        def wait_too_long(*, phone: str, **more: Any) -> Any:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute("set local statement_timeout = 100")
                cursor.execute("select pg_sleep(5), %s::text, 'nothing'", [phone])

        for name, fault in (("crash", crash), ("duplicate key", take_twice), ("time-out", wait_too_long)):
            for phone in planted_numbers()[: self.few]:
                with self._look_up_by(fault):
                    self._both(name, phone)
        cluster = Cluster(Database(self.task["server"]), Path(self.task["data"]))
        redis = Redis(self.home / "redis")
        # It keeps nothing where it ends: what was in it is looked at before
        self.came["keys in Redis"] = redis.dump()
        (redis.home / "dump.rdb").rename(redis.home / "before.rdb")
        for name, away, back in (
            ("database down", cluster.stop, cluster.start),
            ("Redis down", redis.stop, redis.start),
        ):
            away()
            try:
                for phone in planted_numbers()[: self.few]:
                    self._both(name, phone)
                    self.ask(name, "anonymous", "POST", "/sign-in/", {"employee_no": phone, "password": phone})
                    self.ask(name, "anonymous", "POST", "/mine/sign-in/", {"phone": phone})
            finally:
                back()
            self._both("afterwards", planted_numbers()[0])

    @contextmanager
    def _look_up_by(self, fault: Callable[..., Any]) -> Iterator[None]:
        with (
            mock.patch("outreach.pages.counter.look_up_member", fault),
            mock.patch("outreach.api.lookups.look_up_member", fault),
        ):
            yield

    def _both(self, name: str, phone: str) -> None:
        asked = {"phone": phone, "reason": "counter"}
        self.ask(name, "alice", "POST", "/counter/", asked)
        self.ask(name, "alice", "POST", "/api/lookups/", asked, content_type="application/json")


def leak(task: Mapping[str, Any]) -> None:
    """The planted leaks of logs: what no filter of the application's sees."""
    import django

    django.setup()
    phone = planted_numbers()[7]
    if task["where"] == "log":
        logging.getLogger("salesapp").warning("dialled %s", phone.encode().hex())
    else:
        print("dialled", phone)


# --- All of it ------------------------------------------------------------------------------------------------------


def run(*, short: bool) -> None:
    checkouts_database()
    os.environ["DJANGO_SETTINGS_MODULE"] = "salesapp.settings"
    # A socket's path holds 107 bytes
    root = Path(tempfile.mkdtemp(prefix="canary-", dir="/tmp"))
    root.chmod(0o755)
    redis = Redis(root / "redis")
    try:
        home = Home(root)
        redis.start()
        with private_cluster() as cluster, scratch("canary", REAL, server=cluster.database) as database:
            _environment(home, database)
            task = {
                "home": str(root), "input": str(home / "input"), "known": str(root / "known.json"), "short": short,
                "codes": str(root / "codes.json"), "came": str(root / "came.json"),
                "server": cluster.database.url, "data": str(cluster.data),
            }  # fmt: skip
            provider, relay = (
                Chatty(),
                MailRelay(refuse={"rcpt": f"550 <{people()[5].email}> {people()[5].phone} away"}),
            )
            provider.codes = root / "codes.json"
            os.environ |= {"SMS_CHANNEL_URL": provider.url, "EMAIL_CHANNEL_URL": relay.url}
            try:
                home.run(
                    "collectstatic",
                    ["manage.py", "collectstatic", "--no-input", "--no-post-process", "--verbosity", "0"],
                )
                home.step("seed", task)
                home.step("web", task)
            except NotHeld:
                for log in files_of(home / "logs"):
                    print(f"--- the end of {log.name}\n{log.read_text('utf-8', 'replace')[-1500:]}")
                raise
            finally:
                provider.close()
                relay.close()
            _dump(database, root / "database.sql")
            places = _places(home, cluster.data.parent / "server.log", root / "database.sql")
            redis.dump()
            _demand_enough(places, json.loads((root / "came.json").read_text()), len(provider.calls))
            search = Search()
            found = {name: search.hits(place) for name, place in places.items()}
            for name, place in places.items():
                size = sum(path.stat().st_size for path in files_of(place))
                what = f"{len(files_of(place))} files, {size:,} bytes" if size else "nothing was left behind"
                line(f"{name}: {what}; planted numbers found", found[name])
                if found[name]:
                    line("    in", search.where(place))
            demand("a planted number was kept", not any(found.values()))
            _planted(home, database, redis, places, search)
    finally:
        redis.stop()
        shutil.rmtree(root)


def _environment(home: Home, database: Database) -> None:
    os.environ |= {
        "DATABASE_URL": database.url, "REDIS_URL": f"unix://{home / 'redis' / 'redis.sock'}",
        "WEB_DATABASE_URL": database.url.replace("salesapp@", "salesapp_web@"), "TMPDIR": str(home / "tmp"),
        "REPORT_DIR": str(home / "reports"), "IMPORT_DIR": str(home / "imports"),
        "STATIC_ROOT": str(home / "static"), "SENDING_GENERATION": str(GENERATION), "PYTHONDONTWRITEBYTECODE": "1",
        "BRAND": "海澄", "PUBLIC_ADDRESS": "https://m.example.com", "LANDING_HOSTS": "shop.example.com",
        "RESPONSIBLE_NAME": "海澄电器有限公司", "RESPONSIBLE_CONTACT": "privacy@example.com",
        "PRIVACY_NOTICE": "https://shop.example.com/privacy",
    }  # fmt: skip


def _places(home: Home, server_log: Path, dump: Path) -> dict[str, Path]:
    return {
        "logs of the application": home / "logs",
        "log of PostgreSQL": server_log,
        "dump of Redis": home / "redis",
        "the database as text": dump,
        "reports of imports": home / "reports",
        "files brought": home / "imports",
        "exports": home / "exports",
        "static files": home / "static",
        "temporary files": home / "tmp",
    }


HAPPENED = (
    "look-up 200", "draft 200", "message 201", "code 302", "right code 302", "own page 200", "export 200", "upload 302",
    "import check 302", "import load 302", "callback 200", "callback 403", "crash 500", "duplicate key 500",
    "time-out 500", "database down 500", "Redis down 503", "afterwards 200",
)  # fmt: skip
SAID = (
    b"[number]", b"ZeroDivisionError", b"UniqueViolation", b"QueryCanceled", b"messages sent", b"code sent",
    b"CommandError", b"Internal Server Error",
)  # fmt: skip


def _dump(database: Database, path: Path) -> None:
    with path.open("wb") as file:
        config = database.connect()
        host = config.info.host
        config.close()
        subprocess.run(["pg_dump", "-h", host, "-U", "salesapp", database.name], stdout=file, check=True)


def _demand_enough(places: Mapping[str, Path], came: Mapping[str, int], sent: int) -> None:
    """What should have happened did; a search of nothing finds nothing."""
    line("numbers planted", len(planted_numbers()))
    line("requests of the web", f"{sum(came.values()):,}")
    line("    " + ", ".join(f"{what} {many}" for what, many in sorted(came.items())), "")
    for what in HAPPENED:
        demand(f"this did not happen: {what}", came.get(what, 0) >= 2)
    logs = b"".join(path.read_bytes() for path in files_of(places["logs of the application"]))
    for said in SAID:
        demand(f"no log says {said.decode()}", said in logs)
    server = files_of(places["log of PostgreSQL"])[0].read_bytes()
    for said in (b"duplicate key value", b"statement timeout", b"shut down"):
        demand(f"PostgreSQL's log does not say {said.decode()}", said in server)
    demand("nothing in Redis", came["keys in Redis"] >= 10)
    demand("the provider was not asked", sent >= 8)
    for name in ("reports of imports", "exports", "static files", "the database as text"):
        demand(f"nothing in {name}", bool(files_of(places[name])))
    line("calls of the provider", sent)


def _planted(home: Home, database: Database, redis: Redis, places: Mapping[str, Path], search: Search) -> None:
    """The same search with a leak in each of the places."""
    phone = planted_numbers()[7]

    def into(place: str, name: str) -> Callable[[], object]:
        return lambda: (places[place] / name).write_text(f"1,{phone}@example.com\n")

    def into_server_log() -> None:
        # Without the settings of the README, and with a value that the driver wrote into the statement
        with database.connect() as connection:
            connection.execute("alter system set log_min_error_statement = 'error'")
            connection.execute("select pg_reload_conf()")
            time.sleep(0.5)
            with contextlib.suppress(Exception):
                connection.execute(f"select '{phone}', 1 / 0")

    def into_redis() -> None:
        import redis as driver

        driver.Redis(unix_socket_path=str(redis.socket)).set("last", f"+86 {phone[:3]} {phone[3:7]} {phone[7:]}")
        redis.dump()

    def into_database() -> None:
        with database.connect() as connection:
            connection.execute("insert into geo_placesource values (default, %s, '', true, true, 1)", [phone])
        _dump(database, places["the database as text"])

    leaks: Mapping[str, Callable[[], object]] = {
        "reports of imports": into("reports of imports", "line.csv"),
        "files brought": into("files brought", "left.csv"),
        "exports": into("exports", "more.csv"),
        "static files": into("static files", "people.json"),
        "temporary files": into("temporary files", "upload"),
        "log of PostgreSQL": into_server_log,
        "dump of Redis": into_redis,
        "the database as text": into_database,
    }
    for place, plant in leaks.items():
        plant()
        demand(f"planted, and not seen: {place}", search.hits(places[place]) > 0)
        line(f"planted: {place}", "seen: a number")
    for where in ("log", "output"):
        home.step("leak", {"where": where})
        seen = search.hits(home / "logs" / "leak.log")
        demand(f"planted, and not seen: {where} of the application", seen > 0)
        (home / "logs" / "leak.log").unlink()
        line(f"planted: {where} of the application", "seen: a number")


STEPS: Mapping[str, Callable[[Mapping[str, Any]], None]] = {"seed": seed, "web": web, "leak": leak}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.attack.canary", description=__doc__)
    parser.add_argument("--short", action="store_true", help="the form that CI runs")
    parser.add_argument("--step", default="", help=argparse.SUPPRESS)
    parser.add_argument("--task", default="", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.step:
        return verdict(lambda: STEPS[asked.step](json.loads(asked.task)), held="")
    return verdict(lambda: run(short=asked.short))


if __name__ == "__main__":
    sys.exit(main())
