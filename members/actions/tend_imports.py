from datetime import timedelta

from django.db.models import Q
from django.utils import timezone

from members.models import FileImport
from members.queries.import_locks import is_lost
from members.uploads import forget

KEPT = timedelta(days=7)
State = FileImport.State


def tend_imports() -> int:
    """Say of the imports whose worker died that they are broken off, and delete files that nobody came back for.

    How many were broken off.
    """
    open_ones = FileImport.objects.filter(~Q(state__in=FileImport.ENDED))
    lost = [found.pk for found in open_ones.filter(state__in=FileImport.WORK, begun_at__isnull=False) if is_lost(found)]
    broken_off = FileImport.objects.filter(pk__in=lost, state__in=FileImport.WORK).update(
        state=State.BROKEN_OFF, changed_at=timezone.now()
    )
    forgotten = open_ones.filter(changed_at__lt=timezone.now() - KEPT)
    for found in forgotten.exclude(state__in=FileImport.WORK, begun_at__isnull=False):
        FileImport.objects.filter(pk=found.pk).update(state=State.DISCARDED, path="", changed_at=timezone.now())
        forget(found.path)
    return broken_off
