"""The ledger of messages as an administrator reads it."""

import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from geo.admin_lists import _read
from members.public_id import public_id
from outreach.models import MessageEntry
from salesapp.staff.models import Employee
from tests.admin_rows import fill

LIST = "/admin/outreach/messageentry/"


@pytest.fixture
def client(root: Employee) -> Client:
    client = Client(headers={"Accept-Language": "en"})
    client.force_login(root)
    return client


def members_of(client: Client, **asked: str) -> list[str]:
    return re.findall(r'field-member">([^<]+)<', client.get(LIST, asked).content.decode())


def test_messages_are_found_by_member_or_sender(client: Client) -> None:
    fill(MessageEntry, 30)
    assert len(members_of(client)) == 30
    assert members_of(client, q=public_id(3)) == [public_id(3)] * 3
    for unknown in ("3", "nobody", public_id(99)):
        assert members_of(client, q=unknown) == []
    own = members_of(client, q="clerk-1")
    assert len(own) == 15
    # The latest first
    assert own[0] == public_id(1)


def test_a_member_is_an_opaque_id_also_in_the_address_of_the_next_page(client: Client) -> None:
    fill(MessageEntry, 120)
    page = client.get(LIST, {"q": "clerk-2"}).content.decode()
    following = re.search(r'href="(\?p=after-[^"]+)"', page)
    assert following
    mark = _read(following[1].replace("&amp;", "&").split("p=")[1].split("&")[0])[1]
    shown = members_of(client, q="clerk-2")
    assert mark[1] == shown[-1]
    assert len(mark[1]) == len(public_id(1))


def test_a_single_message_has_no_page_and_none_is_looked_for(client: Client) -> None:
    fill(MessageEntry, 3)
    with CaptureQueriesContext(connection) as queries:
        answer = client.get(f"{LIST}1/change/", follow=True)
    assert answer.redirect_chain
    assert not any('FROM "outreach_message"' in query["sql"] for query in queries)
