from django.db import connection

from geo.sql import load
from salesapp.staff.models import Employee


def record_read(
    *, by: Employee, reason: str, member_id: int | None = None, address_hash: bytes = b"", thousand: int | None = None,
    search: str = "",
) -> None:  # fmt: skip
    """Write to the access log that ``by`` reads personal data, in the caller's transaction. See AccessEntry."""
    with connection.cursor() as cursor:
        cursor.execute(
            load("salesapp.staff", "record_read"),
            {
                "employee": by.pk, "store": by.store_id, "reason": reason, "hash": address_hash, "thousand": thousand,
                "member": member_id, "search": search,
            },
        )  # fmt: skip
