import json
import re
from collections.abc import Callable
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, transaction

from geo.sql import load
from members.vault import hashes_of_all_generations
from outreach.errors import BadRequestKey, RequestKeyReused
from outreach.models import RequestKey
from salesapp.staff.models import Employee

_key = re.compile(r"[!-~]{1,100}")


@transaction.atomic
def act_once(*, by: Employee, key: str, asked: object, effect: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """The answer of ``effect``, which runs at most once for this employee's key; later calls get the stored answer.

    Key, effect and answer are one transaction: when the effect raises, the key is as if it had never been used.
    Of two calls at the same time the second waits for the first. ``asked`` is what the key stands for, as JSON.

    Raises BadRequestKey, RequestKeyReused when the key came with something else, and whatever the effect raises.
    """
    if not _key.fullmatch(key):
        raise BadRequestKey
    digests = hashes_of_all_generations("request", json.dumps(asked, sort_keys=True, cls=DjangoJSONEncoder))
    with connection.cursor() as cursor:
        cursor.execute(load("outreach", "keep_request_key"), {"employee": by.pk, "key": key, "digest": digests[-1]})
        row, known, stored = cursor.fetchone()
    if bytes(known) not in digests:
        raise RequestKeyReused
    if stored is not None:
        answer: dict[str, Any] = json.loads(stored)
        return answer
    answer = effect()
    RequestKey.objects.filter(pk=row).update(answer=answer)
    return answer
