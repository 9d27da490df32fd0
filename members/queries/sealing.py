"""Values of members on their way from the web, which cannot read them again, to who can."""

import base64
import hmac

from members.errors import NotSealable
from members.models import SealingKey
from members.vault import first_hash, seal


def sealing_tag(key_id: str, public: bytes) -> bytes:
    """What vouches for a published key: only who has the index key can make it."""
    return first_hash("sealing_key", f"{key_id}:{base64.b64encode(public).decode()}")


def sealed(value: bytes, associated: str) -> bytes:
    """The value for ``members.vault.decrypt``, bound to the place. Raises NotSealable."""
    key = SealingKey.objects.order_by("-published_at").first()
    if key is None:
        raise NotSealable
    public = bytes(key.public)
    if not hmac.compare_digest(bytes(key.tag), sealing_tag(key.key_id, public)):
        raise NotSealable
    return seal(value, associated, key_id=key.key_id, public=public)
