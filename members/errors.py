"""What can go wrong with people on file. Status codes are in salesapp/errors.py."""


class NotAPhoneNumber(Exception):
    """The text cannot be read as a mobile number. Carries no value: it may be somebody's number."""


class TooManyRules(Exception):
    """More need rules apply to one category than the scoring can hold apart."""


class ImportCannotStart(Exception):
    """The import was not begun; the sentence says how to mend it and holds nothing from the file's rows.

    ``reason`` is a short code for who reads it on a screen.
    """

    def __init__(self, sentence: str, reason: str = "cannot_start") -> None:
        super().__init__(sentence)
        self.reason = reason


class UnknownMember(Exception):
    """There is no such member, or one who was erased said yes."""


class BadConsent(Exception):
    """The ledger does not take this; ``reason`` is the name of the check that refused it."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Reworded(BadConsent):
    """The wording is not the one that the member read: it was edited, moved or deleted meanwhile."""


class CannotMerge(Exception):
    """The two members cannot be merged or parted; the sentence says why. Nothing was changed."""


class NotSealable(Exception):
    """No worker has published a key to seal a number to, so nobody can register or sign in now."""


class CodeRefused(Exception):
    """Not the code that was sent, or too late, or after too many tries; ``left`` is how many tries are left."""

    def __init__(self, left: int) -> None:
        super().__init__("code refused")
        self.left = left


class BeingErased(Exception):
    """The member of this number asked to be erased, and a worker has not done it yet."""


class ImportMovedOn(Exception):
    """The import is in another state than was thought: somebody else decided, or a worker is at it."""


class CannotRotate(Exception):
    """The index key cannot be changed now; the text says why and holds no key."""
