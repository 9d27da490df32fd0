import os
import signal
import threading
from collections.abc import Iterator

import pytest
from django.core.management import CommandError, call_command
from pytest_django.fixtures import Settings

from members.models import ConsentState, Member
from outreach.channels import smpp
from outreach.models import Delivery, Message
from tests.builders import make_consent, make_member
from tests.outreach.messages import put_message
from tests.servers.smpp_centre import SmppCentre


@pytest.fixture
def centre() -> Iterator[SmppCentre]:
    made = SmppCentre()
    yield made
    made.close()


@pytest.fixture
def _signals() -> Iterator[None]:
    before = {name: signal.getsignal(name) for name in (signal.SIGTERM, signal.SIGINT)}
    yield
    for name, handler in before.items():
        signal.signal(name, handler)


@pytest.fixture
def sun(transactional_db: None) -> Member:
    member = make_member(phone="15400001234")
    make_consent(member)
    return member


@pytest.mark.usefixtures("_signals")
def test_receipts_and_replies_of_the_centre_are_recorded_until_it_is_asked_to_stop(
    sun: Member, centre: SmppCentre, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(smpp, "WAIT_SECONDS", 0.05)
    settings.CHANNEL_URLS = {"SMS": centre.url}
    put_message(sun.pk, state=Message.State.ACCEPTED, provider="smpp", reference="m1")

    def play() -> None:
        try:
            centre.wait("bound")
            centre.deliver(source_addr="8615400001234", esm_class=4, short_message="id:m1 stat:DELIVRD err:000 text:")
            centre.wait("delivered")
            centre.deliver(source_addr="8615400001234", data_coding=0, hex=b"TD".hex())
            centre.wait("delivered")
        finally:
            os.kill(os.getpid(), signal.SIGTERM)

    player = threading.Thread(target=play)
    player.start()
    call_command("listen_sms")
    player.join()
    assert Delivery.objects.get().state == Delivery.State.DELIVERED
    assert not ConsentState.objects.get(member_id=sun.pk, channel=1).given


@pytest.mark.parametrize(
    "url",
    ["", "console:", "aliyun://key:s3cret@h/?sign=x", "smpp://shop:s3cret@h/", "smpp://shop@h/?source=1", "s3cret"],
)
def test_anything_but_a_usable_address_of_a_centre_is_told(settings: Settings, url: str) -> None:
    settings.CHANNEL_URLS = {"SMS": url}
    with pytest.raises(CommandError) as error:
        call_command("listen_sms")
    assert "s3cret" not in str(error.value)
