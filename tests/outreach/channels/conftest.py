from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from outreach.channels.protocol import STALE_SECONDS, Outgoing


def message(**fields: Any) -> Outgoing:
    """One that may leave now; the number is of a prefix that is not assigned."""
    defaults: dict[str, Any] = {
            "name": "q0Ro8zUa1bEw2XkZ5vYt7g", "address": "+8615400001234", "subject": "海澄冰箱",
            "text": "您的冰箱已用 11 年", "provider_code": "SMS_154950909", "parameters": {"store": "北岸一店"},
            "unsubscribe_url": "https://sales.example.com/u/q0Ro8zUa1bEw2XkZ5vYt7g", "handed_over_at": timezone.now(),
    }  # fmt: skip
    return Outgoing(**defaults | fields)


@pytest.fixture
def stale() -> Outgoing:
    return message(handed_over_at=timezone.now() - timedelta(seconds=STALE_SECONDS + 5))
