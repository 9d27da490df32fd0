"""People on file, and what is counted of them."""

from geo.policy import ALWAYS, REBUILT, SWEPT, WHILE_ON_FILE, FieldPolicy, Kind, OnErase, OnMerge, Policy, each

_PUBLIC = Policy(Kind.PUBLIC)
_INTERNAL = Policy(Kind.INTERNAL)
_FIGURES = Policy(Kind.PUBLIC, keep=REBUILT)  # protected counts: members/sql/build_community_stats.sql


def _held(kind: Kind, on_erase: OnErase, on_merge: OnMerge, because: str = "") -> Policy:
    return Policy(kind, WHILE_ON_FILE, on_erase, on_merge, because)


_MOVED = _held(Kind.PERSONAL, OnErase.DELETE, OnMerge.MOVE)
_MOVED_SECRET = _held(Kind.SECRET, OnErase.DELETE, OnMerge.MOVE)
_RECORD = _held(Kind.PERSONAL, OnErase.DELETE, OnMerge.NONE)  # it follows its link
_CLEARED = _held(Kind.PERSONAL, OnErase.CLEAR, OnMerge.NONE)
_NEED = Policy(Kind.INTERNAL, REBUILT, OnErase.DELETE, OnMerge.GO)
_LEDGER = Policy(
    Kind.INTERNAL, ALWAYS, OnErase.KEEP, OnMerge.STRICTER,
    "what was said about being written to has to be provable; of the erased it is said by a number that leads nowhere",
)  # fmt: skip
_LEDGER_MEMBER = Policy(Kind.PERSONAL, ALWAYS, OnErase.KEEP, OnMerge.STRICTER, _LEDGER.because)
_MERGE = _held(Kind.INTERNAL, OnErase.KEEP, OnMerge.NONE, "that two numbers were one person; neither leads anywhere")


def _passing(kind: Kind, on_merge: OnMerge) -> Policy:
    """Of a code or a session of a member's own: gone within a day."""
    return Policy(kind, SWEPT, OnErase.DELETE, on_merge)


_ERASED = "the proof that it was done; the number leads nowhere"

FIELD_POLICY: FieldPolicy = {
    "Member": {
        "id": _held(Kind.PERSONAL, OnErase.KEEP, OnMerge.NONE, "the ledgers' entries stand on it"),
        **each("surname title community", _CLEARED),
        "household": _held(Kind.SECRET, OnErase.CLEAR, OnMerge.NONE),
        "member_since": _held(Kind.INTERNAL, OnErase.CLEAR, OnMerge.NONE),
        "refuses_profiling": _held(Kind.INTERNAL, OnErase.KEEP, OnMerge.STRICTER, "a no stays a no"),
        "erased_at": _held(Kind.INTERNAL, OnErase.KEEP, OnMerge.NONE, "says that they are erased"),
        "merged_into": _held(Kind.PERSONAL, OnErase.KEEP, OnMerge.NONE, "so that a copy of a link finds nobody"),
    },
    "ContactPoint": {
        "channel": _held(Kind.INTERNAL, OnErase.DELETE, OnMerge.MOVE),
        "member_id": _MOVED,
        **each("bidx ciphertext", _MOVED_SECRET),
    },
    "SourceRecord": {
        **each("id system received_at", _held(Kind.INTERNAL, OnErase.DELETE, OnMerge.NONE)),
        "record_key": _RECORD,
        **each("digest payload", _held(Kind.SECRET, OnErase.DELETE, OnMerge.NONE)),
    },
    "IdentityLink": each("member_id record score reason linked_at unlinked_at", _MOVED),
    "MemberMerge": {
        **each("loser_id winner_id", _held(Kind.PERSONAL, OnErase.KEEP, OnMerge.NONE, _MERGE.because)),
        **each("merged_at by undone_at undone_by", _MERGE),
        **each("reason undone_reason moved", _CLEARED),
    },
    "Purchase": {
        **each("member_id system record_key product category store channel bought_on price community_id", _MOVED),
        "household": _MOVED_SECRET,
    },
    "ServiceEvent": each("member_id system record_key kind category happened_on", _MOVED),
    "Need": each("category level", _NEED)
    | each("member_id score reasons", Policy(Kind.PERSONAL, REBUILT, OnErase.DELETE, OnMerge.GO)),
    "Consent": {
        **each("id channel purpose given wording source said_at recorded_at by_employee", _LEDGER),
        "member_id": _LEDGER_MEMBER,
        "evidence": Policy(
            Kind.PERSONAL, ALWAYS, OnErase.KEEP, OnMerge.STRICTER,
            "opaque names of forms and messages; network address and record are struck out",
        ),
    },
    "ConsentState": {
        **each("channel purpose given_at withdrawn_at given", _LEDGER),
        "member_id": _LEDGER_MEMBER,
    },
    "Verification": {
        **each(
            "id purpose language store asked_at expires_at handed_over_at tries",
            _passing(Kind.INTERNAL, OnMerge.NONE),
        ),
        **each("member_id masked told", _passing(Kind.PERSONAL, OnMerge.NONE)),
        **each("key bidx ciphertext code_hash", _passing(Kind.SECRET, OnMerge.NONE)),
    },
    "MemberSession": {
        **each("begun_at seen_at", _passing(Kind.INTERNAL, OnMerge.GO)),
        **each("member_id masked", _passing(Kind.PERSONAL, OnMerge.GO)),
        **each("key bidx", _passing(Kind.SECRET, OnMerge.GO)),
    },
    "CommunityRequest": each("member_id community", _MOVED)
    | each("id asked_at settled_at settled_by granted", _held(Kind.INTERNAL, OnErase.DELETE, OnMerge.MOVE)),
    "Erasure": {
        "member_id": Policy(Kind.PERSONAL, ALWAYS, OnErase.KEEP, OnMerge.NONE, _ERASED),
        **each(
            "id requested_at by reason done_at", Policy(Kind.INTERNAL, ALWAYS, OnErase.KEEP, OnMerge.NONE, _ERASED)
        ),
    },
    # Leads to nobody on file; keeps imports from filing the person anew
    "Tombstone": {"bidx": Policy(Kind.SECRET), "erased_at": _INTERNAL},
    "SealingKey": {**each("key_id published_at", _INTERNAL), "public": _PUBLIC, "tag": Policy(Kind.SECRET)},
    "FileImport": each(
        "id kind source file_name path options columns fields state step rows_done rows_total checked reason sentence"
        " run by created_at begun_at changed_at",
        Policy(Kind.INTERNAL, keep="file_imports"),
    ),
    "ConsentWording": each("id version channel purpose language text valid_from used_at", _PUBLIC),
    "IndexKey": {**each("generation used_since", _INTERNAL), "fingerprint": Policy(Kind.SECRET)},
    "Category": each("id code name name_en lifetime_years premium_of glyph position", _PUBLIC),
    "Product": each("id model category brand name price is_sold", _PUBLIC),
    "NeedRule": each(
        "id code kind category other low high months points reason reason_en is_active", _INTERNAL
    ),
    "CommunityCount": {
        **each("community_id category", Policy(Kind.INTERNAL, keep=REBUILT)),
        **each("members owning_households potential_buyers", Policy(Kind.SECRET, keep=REBUILT)),
    },
    "CommunityStat": each(
        "community_id category members owning_households potential_buyers coverage", _FIGURES
    ),
    "RegionStat": each(
        "region_id category communities households members owning_households potential_buyers coverage", _FIGURES
    ),
    "NeighbourList": each(
        "place_id category as_of half_life_years shrink totals products levels households weights",
        Policy(Kind.INTERNAL, keep=REBUILT),
    ),
    "PublishedFigures": each("kind build as_of", _PUBLIC),
}  # fmt: skip
