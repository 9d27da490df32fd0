"""What a log line may not carry."""

from structlog.typing import EventDict

from geo.phone_like import without_numbers


def drop_request(logger: object, method: str, event: EventDict) -> EventDict:
    """Django hands the whole request to its log lines. Its text has the query, where a number may stand."""
    event.pop("request", None)
    return event


def shorten_jobs(logger: object, method: str, event: EventDict) -> EventDict:
    """The queue writes a job's arguments into its lines, twice; a job of 500 messages is a page of numbers."""
    for name in ("job", "jobs", "worker"):
        event.pop(name, None)
    if str(event.get("logger", "")).startswith("procrastinate"):
        event["event"] = str(event["event"])[:200]
    return event


def drop_phone_like(logger: object, method: str, event: EventDict) -> EventDict:
    """Last line of defence: whatever looks like a mobile number never reaches a log."""
    for key, value in event.items():
        # Objects, lists and numbers are written as their text, so that is what is looked at
        text = value if isinstance(value, str) else str(value)
        if (told := without_numbers(text)) != text:
            event[key] = told
    return event
