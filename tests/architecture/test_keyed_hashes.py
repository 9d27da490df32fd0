"""Every column that may hold a keyed hash is changed with the index key, or it is written here why it stays."""

from django.apps import apps
from django.db.models import BinaryField

from members.encrypted_columns import ENCRYPTED_COLUMNS
from members.keyed_columns import KEYED_COLUMNS
from members.vault import BIDX_BYTES

STAYS = {
    "staff.AccessEntry.address_hash": "the log of reads only grows; searches ask for hashes_of_all_generations",
    "outreach.RequestKey.digest": "gone after two days, and compared with all generations",
    "members.Verification.key": "of the first key: lives for hours",
    "members.Verification.bidx": "of the first key: lives for hours, and is led on to the one on file when it is used",
    "members.Verification.code_hash": "of the first key: lives for minutes",
    "members.MemberSession.key": "of the first key: lives for hours",
    "members.MemberSession.bidx": "of the first key: as that of Verification",
    "members.SealingKey.tag": "of the first key: vouches for a public key, leads to no address",
    "members.IndexKey.fingerprint": "of its own generation by purpose",
}


def binary_columns() -> dict[str, int | None]:
    ours = ("geo", "staff", "members", "outreach")
    return {
        f"{model._meta.label}.{field.name}": field.max_length
        for model in apps.get_models()
        if model._meta.app_label in ours
        for field in model._meta.concrete_fields
        if isinstance(field, BinaryField)
    }


def test_every_hash_is_changed_or_said_to_stay() -> None:
    changed = {f"{declared.model._meta.label}.{declared.column}" for declared in KEYED_COLUMNS}
    hashes = {name for name, length in binary_columns().items() if length == BIDX_BYTES}
    assert len(hashes) >= 5
    assert hashes - changed == set(STAYS)


def test_every_ciphertext_is_encrypted_anew_with_another_data_key() -> None:
    declared = {f"{column.model._meta.label}.{column.column}" for column in ENCRYPTED_COLUMNS}
    assert {name for name, length in binary_columns().items() if length is None} == declared
