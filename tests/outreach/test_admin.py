import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client

from outreach.models import Channel, Template, TemplateVersion
from salesapp.staff.models import Employee
from salesapp.staff.permissions import Role
from tests.outreach.templates import LANDING, SMS_BODY, make_version

pytestmark = pytest.mark.django_db

FORM = {
    "code": "sms", "name": "短信", "channel": 1, "language": "zh-hans", "is_active": "on", "subject": "",
    "body": SMS_BODY, "landing_url": LANDING, "provider_code": "",
}  # fmt: skip


@pytest.fixture
def client(root: Employee) -> Client:
    client = Client()
    client.force_login(root)
    return client


@pytest.fixture
def other(hire) -> Client:  # type: ignore[no-untyped-def]
    client = Client()
    client.force_login(hire("rose", role=Role.ADMINISTRATOR))
    return client


def text(answer) -> str:  # type: ignore[no-untyped-def]
    body: str = answer.content.decode()
    return body


def test_a_template_is_written_read_and_approved_by_two(client: Client, other: Client) -> None:
    answer = client.post("/admin/outreach/template/add/", FORM, follow=True)
    version = TemplateVersion.objects.get()
    assert answer.redirect_chain[-1][0] == f"/admin/outreach/templateversion/{version.pk}/change/"
    page = text(answer)
    for part in ("北岸一店", "海澄 HC-BC320A", "(UCS2)"):
        assert part in page
    approve = f"/admin/outreach/templateversion/{version.pk}/approve/"
    assert approve in page
    # The author may read the question and not answer it
    question = text(client.get(approve))
    assert 'name="seen"' not in question
    seen = text(other.get(approve)).split('name="seen" value="')[1].split('"')[0]
    client.post(approve, {"seen": seen})
    assert not TemplateVersion.objects.approved().exists()
    other.post(approve, {"seen": "other"})
    assert not TemplateVersion.objects.approved().exists()
    other.post(approve, {"seen": seen})
    assert TemplateVersion.objects.approved().get() == version
    assert LogEntry.objects.filter(change_message="approved").count() == 1


def test_an_approval_needs_the_form(other: Client) -> None:
    version = make_version(approved_by=None, approved_at=None)
    approve = f"/admin/outreach/templateversion/{version.pk}/approve/"
    assert other.get(approve).status_code == 200
    assert other.post(approve).status_code == 302
    assert not TemplateVersion.objects.approved().exists()
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = other.cookies
    assert strict.post(approve).status_code == 403


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"body": "{phone}" + SMS_BODY}, "body"),
        ({"body": SMS_BODY.replace("拒收请回复R", "")}, "body"),
        ({"body": "海" * 10_000 + SMS_BODY}, "body"),
        ({"body": "😀" + SMS_BODY}, "body"),
        ({"body": "=1" + SMS_BODY}, "body"),
        ({"subject": "主题"}, "subject"),
        ({"landing_url": "http://shop.example.com/"}, "landing_url"),
        ({"landing_url": ""}, "landing_url"),
    ],
)
def test_a_fault_stands_beside_its_field_and_nothing_is_saved(
    client: Client, changed: dict[str, str], field: str
) -> None:
    answer = client.post("/admin/outreach/template/add/", FORM | changed)
    assert answer.status_code == 200
    assert set(answer.context["adminform"].form.errors) == {field}
    assert not Template.objects.exists()


def test_editing_an_approved_template_makes_a_version(client: Client) -> None:
    template = make_version(body=SMS_BODY).template
    page = f"/admin/outreach/template/{template.pk}/change/"
    form = client.get(page).context["adminform"].form
    assert form.initial["body"] == SMS_BODY
    # Neither may be changed any more, so the form does not ask
    assert not {"channel", "language", "service", "code"} & set(form.fields)
    client.post(page, FORM | {"body": "新" + SMS_BODY})
    assert [(version.number, bool(version.approved_at)) for version in template.versions.order_by("number")] == [
        (1, True), (2, False),
    ]  # fmt: skip
    client.post(page, FORM | {"body": "新" + SMS_BODY, "name": "别名"})
    assert template.versions.count() == 2
    assert Template.objects.get().name == "别名"


def test_windows_line_ends_become_ours(client: Client) -> None:
    body = "您好\r\n{category}\r\n{link} {unsubscribe}"
    client.post("/admin/outreach/template/add/", FORM | {"channel": Channel.WECHAT, "body": body})
    assert TemplateVersion.objects.get().body == body.replace("\r", "")


def test_versions_are_written_nowhere_else(client: Client) -> None:
    version = make_version()
    assert client.get("/admin/outreach/templateversion/add/").status_code == 403
    client.post(f"/admin/outreach/templateversion/{version.pk}/change/", {"body": "x"})
    assert TemplateVersion.objects.get().body == SMS_BODY


def test_nobody_else_approves(alice: Employee) -> None:
    version = make_version(approved_by=None, approved_at=None)
    client = Client()
    client.force_login(alice)
    assert client.post(f"/admin/outreach/templateversion/{version.pk}/approve/").status_code == 302
    assert not TemplateVersion.objects.approved().exists()
