"""Why a member is not written to, in the salesperson's words. Never what another message was, nor by whom."""

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from outreach.errors import NotWritable
from outreach.models.channel import Channel
from outreach.models.refusal import Refusal

_NO_ADDRESS = {
    Channel.SMS: gettext_lazy("There is no phone number of this customer on file."),
    Channel.EMAIL: gettext_lazy("There is no e-mail address of this customer on file."),
    Channel.PUSH: gettext_lazy("This customer does not use the app."),
    Channel.WECHAT: gettext_lazy("This customer does not follow us on WeChat."),
}
_NO_CONSENT = {
    Channel.SMS: gettext_lazy("The customer has not agreed to messages by SMS."),
    Channel.EMAIL: gettext_lazy("The customer has not agreed to messages by e-mail."),
    Channel.PUSH: gettext_lazy("The customer has not agreed to messages in the app."),
    Channel.WECHAT: gettext_lazy("The customer has not agreed to messages on WeChat."),
}


def in_words(refused: NotWritable) -> str | Promise:
    """One sentence, with the dates of the reader's place and language."""
    match refused.refusal:
        case Refusal.NO_ADDRESS:
            return _NO_ADDRESS[Channel(refused.channel)]
        case Refusal.NO_CONSENT:
            return _NO_CONSENT[Channel(refused.channel)]
        case Refusal.MONTH_USED if refused.free_at is None:
            return _("Somebody has just written to this customer.")
        case Refusal.MONTH_USED:
            free = date_format(timezone.localtime(refused.free_at), "MONTH_DAY_FORMAT")
            if refused.under_way:
                return _("A message to this customer is under way. The next is possible after %(free)s.") % {
                    "free": free
                }
            if refused.contacted_at is None:
                return _("This customer cannot be written to yet. It is possible after %(free)s.") % {"free": free}
            contacted = date_format(timezone.localtime(refused.contacted_at), "MONTH_DAY_FORMAT")
            return _("Already contacted on %(contacted)s. The next message is possible after %(free)s.") % {
                "contacted": contacted,
                "free": free,
            }
        case Refusal.QUIET_HOURS:
            hour = timezone.localtime().hour
            return (
                _("Customers are not disturbed at this hour. Send it after 8:00 in the morning.")
                if hour < 12
                else _("Customers are not disturbed at this hour. Send it after 8:00 tomorrow.")
            )
    return _("Messages cannot be sent at the moment. Try again later.")
