from collections.abc import Mapping

from django.db import transaction

from members.actions.defer_import import defer_import
from members.errors import ImportMovedOn
from members.models import FileImport
from members.uploads import forget

State = FileImport.State
_FRESH = {"begun_at": None, "step": "", "rows_done": 0, "reason": "", "sentence": ""}
# From which states each is reached
_FROM = {
    State.LOOKING: (State.REFUSED, State.BROKEN_OFF),
    State.NAMING: (State.CHECKED, State.REFUSED, State.BROKEN_OFF),
    State.CHECKING: (State.NAMING, State.CHECKED, State.REFUSED, State.BROKEN_OFF),
    State.LOADING: (State.CHECKED,),
    State.DISCARDED: (State.NAMING, State.CHECKED, State.REFUSED, State.BROKEN_OFF),
}


@transaction.atomic
def move_import(
    *, import_id: int, to: FileImport.State, fields: Mapping[str, str] | None = None, leavers: int = 0
) -> FileImport:
    """What the administrator decides: to look again, to name the columns again, to check, to load, to discard.

    ``fields`` says which column is what, ``leavers`` how many employees may be disabled. A file is deleted with its
    discarding. Raises ImportMovedOn where its state does not allow that, because somebody else was quicker.
    """
    found = FileImport.objects.select_for_update(of=("self",)).get(pk=import_id)
    if found.state not in _FROM[to] or (to == State.NAMING and not found.columns):
        raise ImportMovedOn
    for name, value in _FRESH.items():
        setattr(found, name, value)
    found.state = to
    if fields is not None:
        found.fields = dict(fields)
    if to == State.LOADING:
        found.options |= {"leavers": leavers}
    if to == State.DISCARDED:
        path, found.path = found.path, ""
        transaction.on_commit(lambda: forget(path))
    found.save()
    if found.is_worked_on:
        defer_import(file_import=found)
    return found
