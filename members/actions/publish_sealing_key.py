from django.db.models.functions import Now

from members.models import SealingKey
from members.queries.sealing import sealing_tag
from members.vault import sealing_key


def publish_sealing_key() -> None:
    """Let the web seal to the data key that this process writes with; nothing to do where it does already.

    Raises NoDataKey.
    """
    key_id, public = sealing_key()
    latest = SealingKey.objects.order_by("-published_at").first()
    if latest and latest.key_id == key_id and bytes(latest.public) == public:
        return
    told = {"public": public, "tag": sealing_tag(key_id, public), "published_at": Now()}
    SealingKey.objects.update_or_create(key_id=key_id, defaults=told)
