"""What every attack says of itself, and how it ends."""

from collections.abc import Callable

from django.conf import settings
from django.db import connections


class NotHeld(Exception):
    """The attack got further than it may, or too little was tried to say."""


def line(what: str, figure: object) -> None:
    print(f"{what:<72} {figure}", flush=True)


def demand(what: str, held: bool) -> None:
    if not held:
        raise NotHeld(what)


def verdict(attack: Callable[[], object], *, held: str = "held") -> int:
    """Run it and say how it ended; the exit status. Connections that it left open are closed."""
    try:
        attack()
    except NotHeld as error:
        print(f"NOT HELD: {error}")
        return 1
    finally:
        if settings.configured:
            connections.close_all()
    if held:
        print(held)
    return 0
