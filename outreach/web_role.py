"""What the web's database role may do, as it is granted and as it is checked."""

# The ledgers: the web reads them and writes them through functions alone
LEDGERS = (
    "members_consent",
    "members_consentstate",
    "members_tombstone",
    "outreach_contactpolicy",
    "outreach_contactguard",
    "outreach_message",
    "outreach_contactmerge",
    "outreach_providerpace",
    "staff_accessblock",
)
# Tables to which the web adds rows, and chooses of them no more than these columns
GROWING = {
    # Were it to take a number from one member and give it to another, the number would have another month
    "members_contactpoint": ("channel", "bidx", "member_id", "ciphertext"),
    "staff_accessentry": (
        "employee_id", "store_id", "reason", "address_hash", "thousand", "member_id", "search",
    ),
    "staff_harvestalarm": ("employee_id", "at", "rule", "figures"),
    "staff_harvestdecision": ("alarm_id", "by_id", "at", "outcome", "reason"),
}  # fmt: skip
# What an administrator sets in them; the floor of the month is a check of the table
SETTABLE = {"outreach_contactpolicy": ("month_hours", "approval_above")}
# Not among them: hand-over, settling, reaping, opening, and service messages, which ask for no consent and no month.
# Those belong to the senders.
FUNCTIONS = (
    "members_record_consent",
    "outreach_claim",
    "outreach_accept",
    "outreach_cancel_broadcast",
    "outreach_set_sending",
    "outreach_hold_after_erasure",
)
# With the caller's own rights, and of no row but the policy's
QUESTIONS = ("outreach_is_quiet", "outreach_month", "outreach_lease", "outreach_call_max")
