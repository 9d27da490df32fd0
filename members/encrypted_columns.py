"""The columns that hold ciphertexts, and what each row's is bound to."""

from collections.abc import Callable
from dataclasses import dataclass

from django.db.models import Model

from members.models import ContactPoint, SourceRecord, Verification
from members.vault import contact_place


@dataclass(frozen=True, slots=True)
class EncryptedColumn:
    """``place`` makes of the values of ``bound_to`` what the ciphertext of their row is bound to."""

    model: type[Model]
    column: str
    bound_to: tuple[str, ...]
    place: Callable[..., str]


def record_place(system: str, record_key: str) -> str:
    return f"{system}:{record_key}:source_record.payload"


ENCRYPTED_COLUMNS = (
    EncryptedColumn(ContactPoint, "ciphertext", ("member_id",), contact_place),
    EncryptedColumn(Verification, "ciphertext", ("member_id",), contact_place),
    EncryptedColumn(SourceRecord, "payload", ("system", "record_key"), record_place),
)
