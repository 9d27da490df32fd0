"""One import of places at a time."""

from django.db import connection

_KEY = 0x67656F  # "geo"; any number that nothing else in this database locks


def lock_places() -> None:
    """Wait until no other import of regions or communities runs; held to the end of the transaction."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(%s)", [_KEY])
