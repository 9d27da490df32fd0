"""A provider in one setting: ``scheme://user:password@host:port/?option=value``. It holds secrets: never shown."""

from dataclasses import dataclass, field
from urllib.parse import parse_qsl, unquote, urlsplit

from outreach.errors import BadChannelUrl


@dataclass(frozen=True, slots=True, repr=False)
class ChannelUrl:
    scheme: str
    user: str
    password: str
    host: str
    port: int | None
    _options: dict[str, str] = field(default_factory=dict)

    @classmethod
    def parse(cls, text: str) -> "ChannelUrl":
        """Raises BadChannelUrl."""
        try:
            parts = urlsplit(text)
            options = dict(parse_qsl(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query)))
            port = parts.port
        except ValueError:
            raise BadChannelUrl("it is not an address; write special characters of a password as %40") from None
        user, password = unquote(parts.username or ""), unquote(parts.password or "")
        return cls(parts.scheme, user, password, parts.hostname or "", port, options)

    def needs(self, *names: str) -> None:
        """Raises BadChannelUrl where one of user, password, host is empty."""
        for name in names:
            if not getattr(self, name):
                raise BadChannelUrl(f"it names no {name}")

    def options(self, **defaults: str) -> dict[str, str]:
        """All options the provider knows; a default of "" is one that must be given. Raises BadChannelUrl."""
        if self._options.keys() - defaults.keys():
            raise BadChannelUrl(f"it has an option that is none of {', '.join(sorted(defaults))}")
        options = defaults | self._options
        for name, value in options.items():
            if not value:
                raise BadChannelUrl(f"its option {name} is missing")
        return options


def rate(text: str) -> float:
    """Messages a second. Raises BadChannelUrl."""
    try:
        per_second = float(text)
    except ValueError:
        per_second = 0
    if not 0 < per_second <= 10_000:
        raise BadChannelUrl("its rate is not a number of messages a second")
    return per_second


def is_on(text: str) -> bool:
    """Raises BadChannelUrl."""
    if text not in {"on", "off"}:
        raise BadChannelUrl("its option tls is neither on nor off")
    return text == "on"
