"""What can go wrong with sign-in and scope. Status codes are in salesapp/errors.py."""


class SignInRefused(Exception):
    """Wrong number or password, or the employee has left; which one is not told."""


class StaffListStale(Exception):
    """HR's list is due and none of the last HR_FEED_HOURS was applied: nobody but administrators gets in."""


class SecondFactorRefused(Exception):
    """The code of the authenticator app is wrong, or was used before."""


class SecondFactorMissing(Exception):
    """The role asks for an authenticator app, and this employee has not set one up."""


class TokenRefused(Exception):
    """The token is unknown, expired, spent, revoked, or its employee has left."""


class StalePage(Exception):
    """A page's own request without its CSRF token, or with an old one."""


class TooManyRequests(Exception):
    """The limit is reached. ``retry_after`` is in seconds."""

    def __init__(self, retry_after: int) -> None:
        super().__init__(retry_after)
        self.retry_after = retry_after


class LimiterUnavailable(Exception):
    """The counter of requests cannot be reached; what must be limited stays closed."""


class EmployeesNotImported(Exception):
    """HR's list was not applied and nothing was changed; the sentence says why, and holds nothing from its rows.

    ``reason`` is a short code for who reads it on a screen.
    """

    def __init__(self, sentence: str, reason: str = "cannot_start") -> None:
        super().__init__(sentence)
        self.reason = reason


class NoAuditKey(Exception):
    """This process holds no key that seals the access log, or not the one that a block was sealed with."""


class LookUpsHeld(Exception):
    """The employee's look-ups are held after an alarm, until a privacy officer or an administrator decides."""


class AlarmDecided(Exception):
    """Somebody has decided about the alarm already."""


class OwnAlarm(Exception):
    """Nobody decides about an alarm of their own."""


class ReasonRefused(Exception):
    """The reason for a decision is empty, too long, or holds what may be somebody's number."""


class UnknownEmployee(Exception):
    """There is no employee with that number."""


class UnknownStore(Exception):
    """There is no store with that code."""


class NotSealed(Exception):
    """Entries of the access log that are not sealed are not forgotten."""


class NotAsSealed(Exception):
    """The access log is not as it was sealed, so nothing of it is forgotten: the block, and what is wrong with it."""

    def __init__(self, block: int, what: str) -> None:
        super().__init__(block, what)
        self.block, self.what = block, what
