"""Employees, and their reads of members' data."""

from geo.policy import FieldPolicy, Kind, OnErase, OnMerge, Policy, each

_INTERNAL = Policy(Kind.INTERNAL)
_SIGN_IN = Policy(Kind.INTERNAL, keep="sign_ins")
_READ = Policy(
    Kind.INTERNAL, keep="access_entries", on_erase=OnErase.KEEP, on_merge=OnMerge.NONE,
    because="who read what stays provable after the member is gone",
)  # fmt: skip

FIELD_POLICY: FieldPolicy = {
    "Employee": each(
        "id employee_no role region store disabled_at session_version look_ups_held_at created_at last_login", _INTERNAL
    )
    | {"name": Policy(Kind.INTERNAL, keep="leavers"), "password": Policy(Kind.SECRET, keep="leavers")},
    "Store": each("id code name region address point join_code is_open", Policy(Kind.PUBLIC)),
    "SignInFamily": each("id employee started_at expires_at second_step revoked_at revoked_because", _SIGN_IN),
    "SpentRefresh": each("jti family spent_at", _SIGN_IN),
    "SecondFactor": each("employee confirmed_at last_step", _INTERNAL) | {"sealed": Policy(Kind.SECRET)},
    # Evidence: triggers refuse to change or delete these
    "HarvestAlarm": each("id employee at rule figures", _INTERNAL),
    "HarvestDecision": each("id alarm by at outcome reason", _INTERNAL),
    "AccessBlock": each("number after_id last_id entries first_at sealed_at forgets key_id digest seal", _INTERNAL),
    "AccessEntry": each("id employee store at reason search", _READ)
    | {
        "member_id": Policy(
            Kind.PERSONAL, _READ.keep, OnErase.KEEP, OnMerge.NONE, "a number that leads to nobody once they are erased"
        ),
        "thousand": Policy(Kind.SECRET, _READ.keep, OnErase.KEEP, OnMerge.NONE, "a hash that a thousand numbers share"),
        "address_hash": Policy(
            Kind.SECRET, _READ.keep, OnErase.KEEP, OnMerge.NONE, "opens to nobody who has not the number itself"
        ),
    },
}
