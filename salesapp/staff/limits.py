"""Limits per employee and per address: in no span of a rate's length more than its number, wherever the span begins.

Rates are written as django-ratelimit's ("20/10s"). Its windows have edges, across which twice the number goes through
within moments, its own count takes three round trips a rate, and it turns an unreachable Redis into whatever exception
the driver has. Here all rates of a request are counted by one script, and a counter that cannot be reached is
LimiterUnavailable: what must be limited stays closed.
"""

import ipaddress
import re
import time
from collections.abc import Sequence
from functools import cache

import redis
from django.conf import settings
from django.core.cache import caches
from django.http import HttpRequest
from django_ratelimit.core import ALL, _make_cache_key, _split_rate
from redis.backoff import NoBackoff
from redis.retry import Retry

from salesapp.staff.errors import LimiterUnavailable, TooManyRequests

# A rate's length is cut into so many parts, each with a counter. Counted are the part that runs and so many before it,
# which is the whole length and up to one part more: never too many, and let through again at most one part later
PARTS = 24

# One step: all rates are looked at, and only when each has room is the request counted against each.
# Arguments: the time, PARTS, then number and length of each key's rate. Answer: seconds to wait, 0 when it was let
# through; then of each rate how many were let through since the clock began its present length
_COUNT = """
local now, parts = tonumber(ARGV[1]), tonumber(ARGV[2])
local answer, running, past = {0}, {}, {}
for i, key in ipairs(KEYS) do
  local limit, length = tonumber(ARGV[2 * i + 1]), tonumber(ARGV[2 * i + 2])
  local part = math.floor(now * parts / length)
  local stored, total, lately = redis.call('HGETALL', key), 0, 0
  running[i], past[i] = string.format('%.0f', part), {}
  for n = 1, #stored, 2 do
    local at, count = tonumber(stored[n]), tonumber(stored[n + 1])
    if at < part - parts then
      table.insert(past[i], stored[n])
    else
      total = total + count
      if at >= part - part % parts then lately = lately + count end
    end
  end
  answer[i + 1] = lately
  if total >= limit then
    -- The oldest parts leave first, until there is room
    local taken, wait = {}, length
    for n = 1, #stored, 2 do
      local at = tonumber(stored[n])
      if at >= part - parts then table.insert(taken, {at, tonumber(stored[n + 1])}) end
    end
    table.sort(taken, function(one, other) return one[1] < other[1] end)
    for _, each in ipairs(taken) do
      total = total - each[2]
      if total < limit then
        wait = (each[1] + parts + 1) * length / parts - now
        break
      end
    end
    answer[1] = math.max(answer[1], 1, math.ceil(wait))
  end
end
if answer[1] > 0 then return answer end
for i, key in ipairs(KEYS) do
  redis.call('HINCRBY', key, running[i], 1)
  redis.call('EXPIRE', key, math.ceil(tonumber(ARGV[2 * i + 2]) * (parts + 1) / parts) + 1)
  if #past[i] > 0 then redis.call('HDEL', key, unpack(past[i])) end
  answer[i + 1] = answer[i + 1] + 1
end
return answer
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
    """Count one request of ``key`` in ``group`` against every rate ("20/10s", "200/d"), or refuse it.

    Gives how many each rate has let through since the clock began its present length (a day's: at 0:00 UTC), this one
    included: unlike what a rate looks at, that only grows until it begins anew. Raises TooManyRequests when a rate is
    used up, with the seconds until all would let through again, and LimiterUnavailable when Redis does not answer. A
    refused request is not counted: who goes on trying waits no longer for it.
    """
    if not rates:
        return []
    keys: list[str] = []
    arguments: list[float] = [time.time(), PARTS]
    for rate in rates:
        keys.append(caches["limits"].make_key(_make_cache_key(group, 0, rate, key, ALL)))
        arguments += _split_rate(rate)
    try:
        answer: list[int] = _count(settings.CACHES["limits"]["LOCATION"])(keys=keys, args=arguments)
    except (redis.RedisError, OSError) as error:
        raise LimiterUnavailable from error
    wait, *counts = answer
    if wait:
        raise TooManyRequests(wait)
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
