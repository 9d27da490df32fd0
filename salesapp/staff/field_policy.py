"""Employees, and their reads of members' data."""

from geo.policy import FieldPolicy, Kind, OnErase, OnMerge, Policy, each

_INTERNAL = Policy(Kind.INTERNAL)
_SIGN_IN = Policy(Kind.INTERNAL, keep="sign_ins")
_READ = Policy(
    Kind.INTERNAL, keep="access_entries", on_erase=OnErase.KEEP, on_merge=OnMerge.NONE,
    because="who read what stays provable after the member is gone",
)  # fmt: skip

FIELD_POLICY: FieldPolicy = {
    "Employee": each("id employee_no role region store disabled_at session_version created_at last_login", _INTERNAL)
    | {"name": Policy(Kind.INTERNAL, keep="leavers"), "password": Policy(Kind.SECRET, keep="leavers")},
    "Store": each("id code name region address point is_open", Policy(Kind.PUBLIC)),
    "SignInFamily": each("id employee started_at expires_at revoked_at revoked_because", _SIGN_IN),
    "SpentRefresh": each("jti family spent_at", _SIGN_IN),
    "AccessEntry": each("id employee store at reason", _READ)
    | {
        "member_id": Policy(
            Kind.PERSONAL, _READ.keep, OnErase.KEEP, OnMerge.NONE, "a number that leads to nobody once they are erased"
        ),
        "address_hash": Policy(
            Kind.SECRET, _READ.keep, OnErase.KEEP, OnMerge.NONE, "opens to nobody who has not the number itself"
        ),
    },
}
