"""The hours in which marketing may be sent, as the database's outreach_is_quiet has them: for planning only."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Asia/Shanghai")
OPENS, CLOSES = 8, 20


def seconds_open(moment: datetime) -> int:
    """Until sending closes for the night; 0 at night."""
    local = moment.astimezone(ZONE)
    closing = local.replace(hour=CLOSES, minute=0, second=0, microsecond=0)
    return max(0, int((closing - local).total_seconds())) if local.hour >= OPENS else 0


def next_opening(moment: datetime) -> datetime:
    """The moment itself where sending is open, else when it opens next."""
    local = moment.astimezone(ZONE)
    if OPENS <= local.hour < CLOSES:
        return moment
    day = local + timedelta(days=local.hour >= CLOSES)
    return day.replace(hour=OPENS, minute=0, second=0, microsecond=0)
