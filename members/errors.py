"""What can go wrong with people on file. Status codes are in salesapp/errors.py."""


class NotAPhoneNumber(Exception):
    """The text cannot be read as a mobile number. Carries no value: it may be somebody's number."""


class TooManyRules(Exception):
    """More need rules apply to one category than the scoring can hold apart."""


class ImportCannotStart(Exception):
    """The import was not begun; the sentence says how to mend it and holds nothing from the file's rows."""


class UnknownMember(Exception):
    """There is no such member, or one who was erased said yes."""


class BadConsent(Exception):
    """The ledger does not take this; ``reason`` is the name of the check that refused it."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class CannotMerge(Exception):
    """The two members cannot be merged or parted; the sentence says why. Nothing was changed."""


class CannotRotate(Exception):
    """The index key cannot be changed now; the text says why and holds no key."""
