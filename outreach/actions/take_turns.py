from django.db import connection

from outreach.channels.protocol import MessageChannel


def take_turns(*, channel: MessageChannel, wanted: int) -> float:
    """Reserve ``wanted`` turns at the channel's provider; seconds until the first of them (0 is now).

    All workers of all machines share one queue per provider, kept in the database: together they never exceed
    ``channel.per_second``, and Redis being away changes nothing.
    """
    with connection.cursor() as cursor:
        cursor.execute("select outreach_take_turns(%s, %s, %s)", [channel.provider, wanted, channel.per_second])
        return float(cursor.fetchone()[0])
