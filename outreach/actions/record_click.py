from django.db import connection

from geo.sql import load
from outreach.landing import is_landing_page
from outreach.message_token import NotAToken, read_token
from outreach.models import Message, TemplateVersion


def record_click(*, name: str, opened: bool) -> str:
    """The landing page of the message with this name; that its link was opened is counted, unless it only was asked.

    Raises Message.DoesNotExist for a name of none of ours, and where its page is no longer one that is allowed.
    """
    try:
        member_id, no = read_token(name)
    except NotAToken:
        raise Message.DoesNotExist from None
    version = Message.objects.values_list("version_id", flat=True).get(pk=(member_id, no))
    page = TemplateVersion.objects.values_list("landing_url", flat=True).filter(pk=version).first() or ""
    if not is_landing_page(page):
        raise Message.DoesNotExist
    if opened:
        with connection.cursor() as cursor:
            cursor.execute(load("outreach", "record_click"), {"member": member_id, "no": no})
    return page
