from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from time import monotonic
from typing import Any

import structlog
from django.conf import settings
from django.db import Error, connection, transaction
from django.db.backends.utils import CursorWrapper
from django.utils import timezone
from psycopg.errors import QueryCanceled

from geo.actions.import_communities import import_communities
from geo.actions.import_regions import import_regions
from geo.first_look import about_rows, read_columns
from geo.intake import Doing, Progress, Step, UnreadableFile
from geo.models import ImportRun
from members.actions.import_consents import import_consents
from members.actions.import_members import import_members
from members.actions.import_products import import_products
from members.actions.import_purchases import import_purchases
from members.actions.import_service_events import import_service_events
from members.errors import ImportCannotStart
from members.import_kinds import KINDS
from members.models import FileImport
from members.uploads import forget, private_folder
from members.vault import NoDataKey
from salesapp.staff.actions.import_employees import Told, What, import_employees
from salesapp.staff.errors import EmployeesNotImported
from salesapp.staff.hr_feed import Feed

log = structlog.get_logger(__name__)

SHOWN = 50  # employees of each What; the report has all
_TELLS_EVERY = 0.5  # seconds
State = FileImport.State


@dataclass(frozen=True, slots=True)
class _Found:
    """What came of the rows. ``further`` counts what only this kind knows; ``told`` is who joins, moves, leaves."""

    run: ImportRun
    further: Mapping[str, int] = field(default_factory=dict)
    told: Sequence[Told] = ()
    nameless: int = 0
    untold: int = 0
    is_refused: bool = False


def work_on_import(*, import_id: int) -> bool:
    """Do what the import's state says: look at the columns, check, or load; a worker's job, not the web's.

    Checking is loading without a commit. Everything but consents is loaded in one transaction, together with the
    change to DONE. A file that cannot be read or loaded is REFUSED; after any other error the import is BROKEN_OFF.
    Gives False, with nothing done, while another import of its kind, or another worker, is at it.
    """
    file_import = FileImport.objects.get(pk=import_id)
    with _alone(file_import) as tell:
        if tell is None:
            return False
        file_import.refresh_from_db()
        if not file_import.is_worked_on:
            return True
        FileImport.objects.filter(pk=import_id).update(begun_at=timezone.now(), step="", rows_done=0)
        try:
            with _statements_end():
                {State.LOOKING: _look, State.CHECKING: _check, State.LOADING: _load}[State(file_import.state)](
                    file_import, tell
                )
        except (UnreadableFile, ImportCannotStart, EmployeesNotImported) as error:
            _refuse(file_import, error.reason, str(error))
        except NoDataKey:
            _refuse(file_import, "no_data_key")
        except Error as error:
            if isinstance(error.__cause__, QueryCanceled):
                _refuse(file_import, "too_slow")
            else:
                # The server's own text may quote a row
                _refuse(file_import, "database", type(error).__name__)
        except BaseException:
            _end(file_import, State.BROKEN_OFF)
            raise
    return True


@contextmanager
def _alone(file_import: FileImport) -> Iterator[Progress | None]:
    """How to tell how far it is, while this session alone is at imports of the kind; None where another one is.

    On a connection of its own: what it tells must be seen before the import commits, and a lock of the session must
    not go with a transaction.
    """
    own = connection.copy()
    try:
        with own.cursor() as cursor:
            locks = (f"file imports of {file_import.kind}", file_import.lock)
            yield _teller(cursor, file_import) if all(_try_lock(cursor, lock) for lock in locks) else None
    finally:
        own.close()


def _try_lock(cursor: CursorWrapper, name: str) -> bool:
    cursor.execute("select pg_try_advisory_lock(hashtextextended(%s, 0))", [name])
    (is_locked,) = cursor.fetchone()
    return bool(is_locked)


@contextmanager
def _statements_end() -> Iterator[None]:
    """No statement takes longer than the whole file may."""
    most = f"{settings.IMPORT_MINUTES}min"
    with connection.cursor() as cursor:
        cursor.execute("select current_setting('statement_timeout')")
        (before,) = cursor.fetchone()
        cursor.execute("select set_config('statement_timeout', %s, false)", [most])
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("select set_config('statement_timeout', %s, false)", [before])


def _teller(cursor: CursorWrapper, file_import: FileImport) -> Progress:
    """Says how far the import is, and ends one that takes too long."""
    told_at, told = float("-inf"), None
    until = monotonic() + settings.IMPORT_MINUTES * 60

    def tell(step: Step) -> None:
        nonlocal told_at, told
        if monotonic() > until:
            raise UnreadableFile("too_slow", f"it took longer than {settings.IMPORT_MINUTES} minutes")
        if step.doing is told and monotonic() - told_at < _TELLS_EVERY:
            return
        told_at, told = monotonic(), step.doing
        cursor.execute(
            "update members_fileimport set step = %s, rows_done = %s where id = %s",
            [step.doing.name, step.rows, file_import.pk],
        )

    return tell


def _end(file_import: FileImport, state: FileImport.State, **fields: Any) -> None:
    FileImport.objects.filter(pk=file_import.pk).update(state=state, changed_at=timezone.now(), **fields)
    log.info("file import", file_import=file_import.pk, kind=file_import.kind, state=state.value)


def _refuse(file_import: FileImport, reason: str, sentence: str = "") -> None:
    _end(file_import, State.REFUSED, reason=reason, sentence=sentence)


def _path(file_import: FileImport) -> Path:
    path = private_folder() / file_import.path
    if not path.is_file():
        raise UnreadableFile("no_file", "the file is not on this machine")
    return path


def _look(file_import: FileImport, tell: Progress) -> None:
    path = _path(file_import)
    columns = read_columns(path)
    _end(
        file_import, State.NAMING, columns=columns, rows_total=about_rows(path),
        fields=_named_before(file_import, columns) or KINDS[file_import.kind].guess(columns),
    )  # fmt: skip


def _named_before(file_import: FileImport, columns: Sequence[str]) -> dict[str, str]:
    """What was said of the columns of the last such file that was loaded, if this one has the same."""
    same = FileImport.objects.filter(
        kind=file_import.kind, source=file_import.source, state=State.DONE, columns=list(columns)
    )
    return dict(same.order_by("-id").values_list("fields", flat=True).first() or {})


def _check(file_import: FileImport, tell: Progress) -> None:
    with transaction.atomic():
        found = _LOADERS[ImportRun.Kind(file_import.kind)](file_import, tell, dry_run=True)
        transaction.set_rollback(True)
    _end(file_import, State.CHECKED, checked=_in_json(found), rows_total=found.run.rows)


def _load(file_import: FileImport, tell: Progress) -> None:
    path = file_import.path
    if file_import.kind == ImportRun.Kind.CONSENTS:
        # By steps: whoever unsubscribes meanwhile must not wait for all of them
        found = _LOADERS[ImportRun.Kind.CONSENTS](file_import, tell, dry_run=False)
        _end(file_import, State.DONE, run=found.run, checked=_in_json(found), path="")
    else:
        with transaction.atomic():
            found = _LOADERS[ImportRun.Kind(file_import.kind)](file_import, tell, dry_run=False)
            _end(file_import, State.DONE, run=found.run, checked=_in_json(found), path="")
    forget(path)


def _in_json(found: _Found) -> dict[str, Any]:
    run = found.run
    told = {
        what.value: {
            "count": sum(line.what == what for line in found.told),
            "shown": [
                [line.employee_no, line.detail if what == What.LEAVES else "", list(map(list, line.changes))]
                for line in found.told if line.what == what
            ][:SHOWN],
        }
        for what in What
    }  # fmt: skip
    return {
        "rows": run.rows, "created": run.created, "merged": run.merged, "unchanged": run.unchanged,
        "refused": run.refused, "reasons": run.reasons, "notes": dict(found.further) or run.notes,
        "report": run.report, "told": told if run.kind == ImportRun.Kind.EMPLOYEES else {},
        "nameless": found.nameless, "untold": found.untold, "many_leavers": found.is_refused,
    }  # fmt: skip


# --- the kinds ----------------------------------------------------------------------------------------------


def _regions(file_import: FileImport, tell: Progress, *, dry_run: bool) -> _Found:
    said = file_import.options
    run, notes = import_regions(
        path=_path(file_import), crs=said["crs"], level=said.get("level", ""), columns=file_import.fields, progress=tell
    )
    return _Found(run, notes)


def _communities(file_import: FileImport, tell: Progress, *, dry_run: bool) -> _Found:
    said = file_import.options
    done = import_communities(
        path=_path(file_import), source=file_import.source, crs=said["crs"], columns=file_import.fields,
        facts_only=said.get("facts_only", False), rank=said.get("rank"), progress=tell,
    )  # fmt: skip
    return _Found(done.run, done.notes)


def _products(file_import: FileImport, tell: Progress, *, dry_run: bool) -> _Found:
    return _Found(import_products(path=_path(file_import), columns=file_import.fields, progress=tell))


def _members(file_import: FileImport, tell: Progress, *, dry_run: bool) -> _Found:
    done = import_members(path=_path(file_import), system=file_import.source, columns=file_import.fields, progress=tell)
    return _Found(done.run, done.addresses + done.emails)


def _purchases(file_import: FileImport, tell: Progress, *, dry_run: bool) -> _Found:
    return _Found(
        import_purchases(path=_path(file_import), system=file_import.source, columns=file_import.fields, progress=tell)
    )


def _service_events(file_import: FileImport, tell: Progress, *, dry_run: bool) -> _Found:
    return _Found(
        import_service_events(
            path=_path(file_import), system=file_import.source, columns=file_import.fields, progress=tell
        )
    )


def _consents(file_import: FileImport, tell: Progress, *, dry_run: bool) -> _Found:
    return _Found(
        import_consents(
            path=_path(file_import), system=file_import.source, columns=file_import.fields, progress=tell,
            dry_run=dry_run,
        )
    )  # fmt: skip


def _employees(file_import: FileImport, tell: Progress, *, dry_run: bool) -> _Found:
    said = file_import.options
    if file_import.path:
        feed = Feed(str(_path(file_import)), file_import.fields, said.get("roles", {}))
    else:
        feed = Feed.of_settings()
    day = said.get("as_of")
    done = import_employees(
        feed=feed, partial=said.get("partial", False), dry_run=dry_run, allow_leavers=said.get("leavers", 0),
        as_of=date.fromisoformat(day) if day else None,
    )  # fmt: skip
    tell(Step(Doing.STORING, done.run.rows))
    return _Found(done.run, {}, done.told, done.nameless, done.untold, bool(done.refusal))


_LOADERS: Mapping[ImportRun.Kind, Callable[..., _Found]] = {
    ImportRun.Kind.REGIONS: _regions,
    ImportRun.Kind.COMMUNITIES: _communities,
    ImportRun.Kind.PRODUCTS: _products,
    ImportRun.Kind.MEMBERS: _members,
    ImportRun.Kind.PURCHASES: _purchases,
    ImportRun.Kind.SERVICE_EVENTS: _service_events,
    ImportRun.Kind.CONSENTS: _consents,
    ImportRun.Kind.EMPLOYEES: _employees,
}
