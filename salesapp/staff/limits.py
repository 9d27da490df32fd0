"""Limits per employee and per address: django-ratelimit's rates, windows and keys, counted in one round trip.

The library's own count takes three round trips a rate and turns an unreachable Redis into whatever exception
the driver has. Here all rates of a request are counted by one script, and a counter that cannot be reached is
LimiterUnavailable: what must be limited stays closed.
"""

import ipaddress
import math
import re
import time
from collections.abc import Sequence
from functools import cache

import redis
from django.conf import settings
from django.core.cache import caches
from django.http import HttpRequest
from django_ratelimit.core import ALL, EXPIRATION_FUDGE, _get_window, _make_cache_key, _split_rate
from redis.backoff import NoBackoff
from redis.retry import Retry

from salesapp.staff.errors import LimiterUnavailable, TooManyRequests

# INCR and EXPIRE as one step: a counter never stays behind without an end
_COUNT = """
local counts = {}
for i, key in ipairs(KEYS) do
  counts[i] = redis.call('INCR', key)
  if counts[i] == 1 then redis.call('EXPIRE', key, ARGV[i]) end
end
return counts
"""

_with_port = re.compile(r"\[(?P<v6>[^\[\]]+)\](:[0-9]{1,5})?|(?P<v4>[0-9.]+):[0-9]{1,5}").fullmatch


@cache
def _count(location: str) -> "redis.commands.core.Script":
    # One second at most, one retry: a connection left over from before a restart of Redis is replaced
    client = redis.Redis.from_url(
        location,
        socket_timeout=1,
        socket_connect_timeout=1,
        retry=Retry(NoBackoff(), 1),
    )
    return client.register_script(_COUNT)


def consume(*, group: str, key: str, rates: Sequence[str]) -> list[int]:
    """Count one request of ``key`` in ``group`` against every rate ("20/10s", "200/d"); the counts, this one included.

    Raises TooManyRequests when one is exceeded, with the seconds until all would let through again, and
    LimiterUnavailable when Redis does not answer. A refused request is counted as well.
    """
    if not rates:
        return []
    now = time.time()
    limits, keys, lives, ends = [], [], [], []
    for rate in rates:
        limit, period = _split_rate(rate)
        window = _get_window(key, period)
        limits.append(limit)
        ends.append(window)
        keys.append(caches["limits"].make_key(_make_cache_key(group, window, rate, key, ALL)))
        lives.append(period + EXPIRATION_FUDGE)
    try:
        counts: list[int] = _count(settings.CACHES["limits"]["LOCATION"])(keys=keys, args=lives)
    except (redis.RedisError, OSError) as error:
        raise LimiterUnavailable from error
    waits = [end - now for count, limit, end in zip(counts, limits, ends, strict=True) if count > limit]
    if waits:
        raise TooManyRequests(max(1, math.ceil(max(waits))))
    return counts


def client_address(request: HttpRequest) -> str:
    """The address a request came from, as a limiter's key: an IPv4 address or an IPv6 /64.

    Behind TRUSTED_PROXY_HOPS proxies of one's own it is the entry of X-Forwarded-For that the outermost of
    them wrote (the n-th from the right), with or without the port; what stands left of it is the client's own
    invention.
    """
    peer: str = request.META.get("REMOTE_ADDR") or "local"
    hops = settings.TRUSTED_PROXY_HOPS
    forwarded = [part.strip() for part in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")]
    address = forwarded[-hops] if 0 < hops <= len(forwarded) else peer
    try:
        parsed = ipaddress.ip_address(_without_port(address))
    except ValueError:
        return peer
    parsed = getattr(parsed, "ipv4_mapped", None) or parsed
    if parsed.version == 4:
        return str(parsed)
    return str(ipaddress.ip_network((parsed, 64), strict=False).network_address)


def _without_port(address: str) -> str:
    """192.0.2.1 of 192.0.2.1:5555, and 2001:db8::1 of [2001:db8::1]:443, as some proxies write them."""
    found = _with_port(address)
    return (found["v6"] or found["v4"]) if found else address
