import pytest
from django.db import connection
from django.test import Client
from pytest_django import Settings

from outreach.message_token import token
from outreach.models import Click, TemplateVersion
from tests.outreach.templates import LANDING, make_template, make_version

pytestmark = pytest.mark.django_db


@pytest.fixture
def version() -> TemplateVersion:
    return make_version(make_template())


def message(version: TemplateVersion, member_id: int = 7, no: int = 1) -> str:
    """The address of the link of a message."""
    with connection.cursor() as cursor:
        cursor.execute(
            "insert into outreach_message (member_id, no, channel, service, version_id, claimed_at, send_by)"
            " values (%s, %s, 1, false, %s, now(), now())",
            [member_id, no, version.pk],
        )
    return f"/l/{token(member_id, no)}"


def test_the_link_leads_to_the_landing_page_and_is_counted(client: Client, version: TemplateVersion) -> None:
    link = message(version)
    for times in (1, 2):
        answer = client.get(link)
        assert (answer.status_code, answer["Location"]) == (302, LANDING)
        assert "no-store" in answer["Cache-Control"]
        assert answer["Referrer-Policy"] == "no-referrer"
        click = Click.objects.get()
        assert (click.member_id, click.no, click.count) == (7, 1, times)
    assert not answer.cookies


def test_the_first_time_is_kept(client: Client, version: TemplateVersion) -> None:
    link = message(version)
    client.get(link)
    first = Click.objects.get().first_at
    client.get(link)
    assert Click.objects.get().first_at == first


def test_a_scanner_that_only_asks_is_no_click(client: Client, version: TemplateVersion) -> None:
    answer = client.head(message(version))
    assert (answer.status_code, answer["Location"]) == (302, LANDING)
    assert not Click.objects.exists()
    assert client.post(message(version, 8)).status_code == 405


def test_the_count_is_bounded(client: Client, version: TemplateVersion) -> None:
    link = message(version)
    client.get(link)
    Click.objects.update(count=999)
    for _ in range(3):
        assert client.get(link).status_code == 302
    assert Click.objects.get().count == 1000


@pytest.mark.parametrize("name", ["x", "q0Ro8zUa1bEw2XkZ5vYt7g", "A" * 22, "_" * 500, token(7, 2)])
def test_a_name_of_no_message_is_not_found(client: Client, version: TemplateVersion, name: str) -> None:
    message(version)
    assert client.get(f"/l/{name}").status_code == 404
    assert not Click.objects.exists()


def test_a_host_that_is_no_longer_allowed_is_not_led_to(
    client: Client, version: TemplateVersion, settings: Settings
) -> None:
    link = message(version)
    settings.LANDING_HOSTS = ["other.example.com"]
    assert client.get(link).status_code == 404


def test_a_message_without_a_landing_page_leads_nowhere(client: Client) -> None:
    version = make_version(make_template(), "欢迎到店。{unsubscribe} 拒收请回复R")
    assert client.get(message(version)).status_code == 404
