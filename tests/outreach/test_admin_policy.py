import pytest
from django.test import Client
from django.urls import reverse

from outreach.models import ContactPolicy
from salesapp.staff.models import Employee

pytestmark = pytest.mark.django_db
PAGE = "/admin/outreach/contactpolicy/1/change/"


def test_the_switch_is_thrown_by_a_post_and_stands_in_the_history(client: Client, root: Employee) -> None:
    client.force_login(root)
    switch = reverse("admin:outreach_contactpolicy_switch")
    asked = client.get(switch, headers={"Accept-Language": "en"}).content.decode()
    assert 'name="to" value="off"' in asked
    assert "Nothing is handed over" in asked
    assert ContactPolicy.objects.get().sending_on
    assert client.post(switch, {"to": "off"}, follow=True).status_code == 200
    assert not ContactPolicy.objects.get().sending_on
    client.post(switch, {"to": "on"})
    assert ContactPolicy.objects.get().sending_on
    assert "sending off" in client.get("/admin/outreach/contactpolicy/1/history/").content.decode()


def test_a_month_may_be_longer_never_shorter(client: Client, root: Employee) -> None:
    client.force_login(root)
    assert client.post(PAGE, {"month_hours": 743, "approval_above": 50}).status_code == 200
    assert ContactPolicy.objects.get().month_hours == 744
    assert client.post(PAGE, {"month_hours": 1000, "approval_above": 50}).status_code == 302
    policy = ContactPolicy.objects.get()
    assert (policy.month_hours, policy.approval_above, policy.sending_on) == (1000, 50, True)


def test_nobody_but_an_administrator_gets_there(client: Client, mei: Employee) -> None:
    client.force_login(mei)
    assert client.get(PAGE).status_code == 302
    client.post(reverse("admin:outreach_contactpolicy_switch"), {"to": "off"})
    assert ContactPolicy.objects.get().sending_on
