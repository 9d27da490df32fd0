from collections.abc import Callable

import pytest
from django.test import Client

from salesapp.staff.models import Employee

PagesOf = Callable[[Employee], Client]


@pytest.mark.parametrize(
    ("who", "where"), [("alice", "/counter/"), ("mei", "/map/"), ("root", "/map/"), ("dana", "/privacy/consents/")]
)
def test_everybody_starts_on_the_page_they_work_on(
    request: pytest.FixtureRequest, pages_of: PagesOf, who: str, where: str
) -> None:
    answer = pages_of(request.getfixturevalue(who)).get("/")
    assert (answer.status_code, answer["Location"]) == (302, where)


def test_the_tabs_are_the_pages_one_may_open(root: Employee, alice: Employee, pages_of: PagesOf) -> None:
    assert 'href="/counter/"' not in pages_of(root).get("/me/").content.decode()
    assert 'href="/counter/"' in pages_of(alice).get("/me/").content.decode()
