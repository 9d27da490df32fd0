"""Where the links of messages may lead."""

from urllib.parse import urlsplit

from django.conf import settings


def is_landing_page(url: str) -> bool:
    """Whether it is https on one of LANDING_HOSTS, with nothing in front of the host and no port."""
    if not url.isascii() or not url.isprintable() or set(url) & set(' \\"<>'):
        return False
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme == "https" and parts.netloc in settings.LANDING_HOSTS
