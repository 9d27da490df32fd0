"""The code at the counter by which a customer becomes a member on their own phone."""

from dataclasses import dataclass
from functools import lru_cache

import segno
from django.conf import settings
from django.utils.safestring import SafeString

from salesapp.staff.models import Employee


@dataclass(frozen=True, slots=True)
class JoinCode:
    """Where customers of the store register; ``svg`` is the QR code of ``address``."""

    address: str
    svg: SafeString
    store: str


def join_code(employee: Employee) -> JoinCode | None:
    """None for an employee without a store."""
    store = employee.store
    if store is None:
        return None
    address = f"{settings.PUBLIC_ADDRESS}/join/{store.join_code}/"
    return JoinCode(address, _svg(address), store.name)


@lru_cache(maxsize=64)
def _svg(address: str) -> SafeString:
    """Dark on light also at night, with the four modules of quiet around it that scanners ask for."""
    code = segno.make_qr(address, error="m")
    return SafeString(code.svg_inline(dark="#000", light="#fff", border=4, omitsize=True, svgclass="qr", lineclass=""))
