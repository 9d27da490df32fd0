from django.db import connection

from outreach.models import Click, Delivery, MessageText, Recipient, Reply, SentCode


def forget_member(member: int) -> None:
    """Of an erased member nothing that was written stays, nor what they did with it; what waits is taken back.

    The ledger keeps that something was sent and when, without the provider's name for it, and the hold on the month.
    Takes the locks of the member's recipients and then the guard's, as claims do, so it comes before everything else
    of an erasure. The audience is published anew within the hour.
    """
    Recipient.objects.filter(member_id=member).delete()
    with connection.cursor() as cursor:
        cursor.execute("select outreach_erase(%s)", [member])
    for model in (MessageText, Delivery, Click, Reply, SentCode):
        model._default_manager.filter(member_id=member).delete()
