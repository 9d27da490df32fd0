"""Messages, and the promise about them."""

from geo.policy import ALWAYS, REBUILT, SWEPT, FieldPolicy, Kind, OnErase, OnMerge, Policy, each

_INTERNAL = Policy(Kind.INTERNAL)
_PUBLIC = Policy(Kind.PUBLIC)


def _told(keep: str, kind: Kind = Kind.PERSONAL) -> Policy:
    """Of one member, and gone with them. A message stays the one of whom it was sent to."""
    return Policy(kind, keep, OnErase.DELETE, OnMerge.NONE)


_SENT = "that something was sent, and when, has to be provable; the number leads nowhere"
_LEDGER = Policy(Kind.INTERNAL, "messages", OnErase.KEEP, OnMerge.NONE, _SENT)
_PROMISE = "who registers again is not written to twice in a month"
_GUARD = Policy(Kind.INTERNAL, ALWAYS, OnErase.KEEP, OnMerge.STRICTER, _PROMISE)
_MERGED = Policy(Kind.PERSONAL, ALWAYS, OnErase.KEEP, OnMerge.NONE, "the counts of an audience are corrected by it")

FIELD_POLICY: FieldPolicy = {
    "Message": {
        **each(
            "no state channel service version_id broadcast_id sender_id claimed_at send_by handover_at settled_at"
            " provider reason",
            _LEDGER,
        ),
        "member_id": Policy(Kind.PERSONAL, "messages", OnErase.KEEP, OnMerge.NONE, _SENT),
        "provider_ref": Policy(Kind.PERSONAL, "messages", OnErase.CLEAR, OnMerge.NONE),
    },
    # Readings of the ledger, with nothing stored of their own
    "MessageEntry": {
        **each("no state channel service version broadcast sender claimed_at handover_at reason", _LEDGER),
        "member_id": Policy(Kind.PERSONAL, "messages", OnErase.KEEP, OnMerge.NONE, _SENT),
    },
    "Outcome": {
        **each(
            "no sender_id channel state claimed_at handover_at template category_id delivery replied_at opted_out"
            " bought_on",
            _LEDGER,
        ),
        "member_id": Policy(Kind.PERSONAL, "messages", OnErase.KEEP, OnMerge.NONE, _SENT),
    },
    "TeamWeek": each("employee week messages replies opted_out sales", Policy(Kind.INTERNAL, keep=REBUILT)),
    "MessageText": each("no category", _told("message_texts", Kind.INTERNAL))
    | each("member_id subject text parameters", _told("message_texts")),
    "Delivery": {"member_id": _told("messages"), **each("no state reported_at", _told("messages", Kind.INTERNAL))},
    "Click": {"member_id": _told("messages"), **each("no first_at count", _told("messages", Kind.INTERNAL))},
    "SentCode": {
        "member_id": _told("messages"),
        **each("handed_over_at state", _told("messages", Kind.INTERNAL)),
    },
    "Reply": {
        "member_id": _told("replies"),
        **each("channel told_as at is_opt_out no", _told("replies", Kind.INTERNAL)),
    },
    "Recipient": {
        "member_id": _told("recipients"),
        **each("broadcast community_id batch state reason no", _told("recipients", Kind.INTERNAL)),
    },
    "EarlyReceipt": each("provider reference delivered arrived_at", Policy(Kind.INTERNAL, keep=SWEPT)),
    "ContactGuard": {
        "member_id": Policy(Kind.PERSONAL, ALWAYS, OnErase.KEEP, OnMerge.STRICTER, _PROMISE),
        "merged_into": Policy(Kind.PERSONAL, ALWAYS, OnErase.KEEP, OnMerge.STRICTER, _PROMISE),
        **each("blocked_until fence last_no", _GUARD),
    },
    "ContactMerge": {
        **each("id at undone", Policy(Kind.INTERNAL, ALWAYS, OnErase.KEEP, OnMerge.NONE, _MERGED.because)),
        **each("loser winner", _MERGED),
    },
    "AudienceMember": {
        "member_id": Policy(
            Kind.PERSONAL, REBUILT, OnErase.KEEP, OnMerge.NONE, "gone within the hour; claims refuse them at once"
        ),
        **each(
            "category region_path community_id level objecting addresses consents blocked_until",
            Policy(Kind.INTERNAL, REBUILT, OnErase.KEEP, OnMerge.NONE, "gone within the hour"),
        ),
    },
    # True counts, never shown as they are: docs/adr/0012
    "AudienceCell": {
        **each("category community_id region_path", Policy(Kind.INTERNAL, keep=REBUILT)),
        **each("noise lines", Policy(Kind.SECRET, keep=REBUILT)),
    },
    "RequestKey": {
        **each("id employee key created_at", Policy(Kind.INTERNAL, keep="request_keys")),
        **each("digest answer", Policy(Kind.SECRET, keep="request_keys")),
    },
    "Broadcast": each(
        "id name region communities category min_level channel version priority starts_at ends_at hold_out_percent"
        " attribution_days state reachable created_by created_at approved_by approved_at gathered_at launched_at"
        " results measured_at",
        _INTERNAL,
    ),
    "ContactPolicy": each(
        "id month_hours approval_above sending_on generation fingerprint closed_until", _INTERNAL
    ),
    "Template": each("id code name channel language service category is_active", _INTERNAL),
    "TemplateVersion": each(
        "id template number subject body landing_url provider_code created_by created_at approved_by approved_at",
        _INTERNAL,
    ),
}  # fmt: skip
