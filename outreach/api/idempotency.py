"""The header Idempotency-Key: the same request sent twice has one effect and one answer."""

from collections.abc import Callable
from typing import Any

from drf_spectacular.utils import OpenApiParameter
from rest_framework.request import Request

from outreach.actions.act_once import act_once
from salesapp.staff.access import caller

HEADER = "Idempotency-Key"
# For a view's extend_schema: ``parameters=[IDEMPOTENCY_KEY]`` and the problems
IDEMPOTENCY_KEY = OpenApiParameter(
    HEADER,
    str,
    OpenApiParameter.HEADER,
    required=True,
    description="1 to 100 visible ASCII characters that the client makes up, kept for a day. The same key with the"
    " same body gets the first answer again; a request that was refused or failed leaves its key free.",
)
IDEMPOTENCY_PROBLEMS = ["bad_idempotency_key", "idempotency_key_reused"]


def once(request: Request, effect: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """The body of the answer: made by ``effect``, in one transaction with it, the first time the key is seen.

    Call it after the input was validated. Raises BadRequestKey, RequestKeyReused and what the effect raises.
    """
    asked = [request.method, request.path, request.data]
    return act_once(by=caller(request), key=request.headers.get(HEADER, ""), asked=asked, effect=effect)
