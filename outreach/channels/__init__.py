"""The way out: one provider for each channel, named by its setting (docs/channels.md)."""

from functools import cache

from django.conf import settings
from django.utils.module_loading import import_string

from outreach.channels.protocol import MessageChannel
from outreach.channels.url import ChannelUrl
from outreach.errors import BadChannelUrl, ChannelNotSetUp
from outreach.models import Channel

# Named, not imported: only the providers in use are loaded, and with them their libraries
PROVIDERS = {
    Channel.SMS: {
        "smpp": "outreach.channels.smpp.SmppChannel",
        "aliyun": "outreach.channels.aliyun.AliyunChannel",
    },
    Channel.EMAIL: {"smtp": "outreach.channels.smtp.SmtpChannel"},
    Channel.PUSH: {"jpush": "outreach.channels.jpush.JPushChannel"},
    Channel.WECHAT: {"wechat": "outreach.channels.wechat.WeChatChannel"},
}
CONSOLE = "outreach.channels.console.ConsoleChannel"
# These send only texts that they hold themselves, by the id of their template
HOLD_TEXTS = {"aliyun", "wechat"}


def open_channel(channel: Channel, text: str) -> MessageChannel:
    """The channel of an address such as smpp://… Connects nowhere. Raises BadChannelUrl."""
    url = ChannelUrl.parse(text)
    providers = PROVIDERS[channel] | {"console": CONSOLE}
    if url.scheme not in providers:
        raise BadChannelUrl(f"it begins with none of {', '.join(f'{name}:' for name in sorted(providers))}")
    try:
        made: MessageChannel = import_string(providers[url.scheme])(url)
    except ImportError:
        raise BadChannelUrl(
            f"the package of {url.scheme} is not installed: pip install salesapp[{url.scheme}]"
        ) from None
    return made


def channel_for(channel: int) -> MessageChannel:
    """The process's channel. The demo prints what has no provider. Raises ChannelNotSetUp, BadChannelUrl."""
    return _opened(Channel(channel))


def holds_texts(channel: int) -> bool:
    """Does a template of the channel need its provider's id? Where the address is not known here, by what there is."""
    name = Channel(channel)
    if text := settings.CHANNEL_URLS[name.name]:
        return ChannelUrl.parse(text).scheme in HOLD_TEXTS
    return not settings.DEMO and PROVIDERS[name].keys() <= HOLD_TEXTS


@cache
def _opened(channel: Channel) -> MessageChannel:
    text = settings.CHANNEL_URLS[channel.name] or ("console:" if settings.DEMO else "")
    if not text:
        raise ChannelNotSetUp(channel.name)
    return open_channel(channel, text)
