"""Channels of messages by name: sms, email, push, wechat."""

from typing import Any

from rest_framework import serializers

from outreach.models import Channel


class ChannelField(serializers.ChoiceField):
    """A Channel inside, its name in lower case outside."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(choices=[channel.name.lower() for channel in Channel], **kwargs)

    def to_internal_value(self, data: Any) -> Channel:  # type: ignore[override]
        return Channel[super().to_internal_value(data).upper()]

    def to_representation(self, value: Channel) -> str:  # type: ignore[override]
        return Channel(value).name.lower()
