import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from pytest_django import Settings

from outreach.actions.approve_version import approve_version
from outreach.actions.save_template import save_template
from outreach.errors import NotApprovable, WordingRefused
from outreach.models import Channel, Template, TemplateVersion
from outreach.queries.rendering import wording_of
from salesapp.staff.models import Employee
from salesapp.staff.permissions import Role
from tests.outreach.templates import LANDING, SMS_BODY, make_template, make_version

pytestmark = pytest.mark.django_db


@pytest.fixture
def rose(hire) -> Employee:  # type: ignore[no-untyped-def]
    """A second administrator."""
    employee: Employee = hire("rose", role=Role.ADMINISTRATOR)
    return employee


def words(template: Template | None = None, body: str = SMS_BODY, **fields: object) -> TemplateVersion:
    template = template or Template(code="sms", name="短信", channel=Channel.SMS, language="zh-hans")
    return TemplateVersion(template=template, body=body, **{"landing_url": LANDING, **fields})


def seen(version: TemplateVersion) -> str:
    return wording_of(version).fingerprint


def test_a_new_template_has_version_one_which_nobody_approved(root: Employee) -> None:
    version = save_template(by=root, version=words())
    assert (version.number, version.created_by, version.approved_at) == (1, root, None)
    assert not TemplateVersion.objects.current().exists()


def test_before_approval_the_version_is_written_over(root: Employee, rose: Employee) -> None:
    first = save_template(by=root, version=words())
    again = save_template(by=rose, version=words(first.template, "新" + SMS_BODY))
    assert (again.pk, again.number, again.created_by) == (first.pk, 1, rose)
    assert TemplateVersion.objects.get().body.startswith("新")


def test_after_approval_other_words_are_a_new_version(root: Employee, rose: Employee) -> None:
    first = save_template(by=root, version=words())
    approve_version(by=rose, version_id=first.pk, seen=seen(first))
    second = save_template(by=root, version=words(first.template, "新" + SMS_BODY))
    assert (second.number, second.approved_at) == (2, None)
    assert TemplateVersion.objects.current().get() == first
    approve_version(by=rose, version_id=second.pk, seen=seen(second))
    assert TemplateVersion.objects.current().get() == second
    Template.objects.update(is_active=False)
    assert not TemplateVersion.objects.current().exists()


def test_the_same_words_make_no_version(root: Employee, rose: Employee) -> None:
    first = save_template(by=root, version=words())
    approve_version(by=rose, version_id=first.pk, seen=seen(first))
    first.template.name = "别名"
    assert save_template(by=root, version=words(first.template)) == first
    assert TemplateVersion.objects.count() == 1
    assert Template.objects.get().name == "别名"


@pytest.mark.parametrize("name", ["=1+1|cmd", "@SUM(1)", "好礼😀", "好\u202e礼", "好\n礼"])
def test_a_name_that_is_no_plain_text_is_refused(root: Employee, name: str) -> None:
    """Managers read it in lists, and it may be copied into a sheet."""
    template = Template(code="sms", name=name, channel=Channel.SMS, language="zh-hans")
    with pytest.raises(WordingRefused) as refused:
        save_template(by=root, version=words(template))
    assert {found.field for found in refused.value.findings} == {"name"}
    assert not Template.objects.exists()


def test_nothing_is_saved_of_what_is_refused(root: Employee) -> None:
    with pytest.raises(WordingRefused) as refused:
        save_template(by=root, version=words(body="{phone}"))
    assert {(found.field, found.code) for found in refused.value.findings} >= {
        ("body", "placeholder"), ("body", "opt_out"), ("body", "unsubscribe"), ("landing_url", "landing_unused"),
    }  # fmt: skip
    assert not Template.objects.exists()


@pytest.mark.parametrize(
    "url",
    [
        "http://shop.example.com/", "https://elsewhere.example.com/", "https://shop.example.com.evil.example.com/",
        "https://shop.example.com@evil.example.com/", "https://shop.example.com:8443/", "//shop.example.com/",
        "javascript:alert(1)", "https://shop.example.com\\@evil.example.com", "https://[",
        "https://shop.example.com/ a", "https://shop.example.com/\n", "https://shop.example.com/店",
    ],
)  # fmt: skip
def test_a_landing_page_is_https_on_a_host_that_is_allowed(root: Employee, url: str) -> None:
    with pytest.raises(WordingRefused) as refused:
        save_template(by=root, version=words(landing_url=url))
    assert [(found.field, found.code) for found in refused.value.findings] == [("landing_url", "landing_host")]


@pytest.mark.parametrize(("field", "value"), [("channel", Channel.WECHAT), ("language", "en"), ("service", True)])
def test_what_was_approved_as_marketing_stays_marketing(
    root: Employee, rose: Employee, field: str, value: object
) -> None:
    first = save_template(by=root, version=words())
    approve_version(by=rose, version_id=first.pk, seen=seen(first))
    template = first.template
    setattr(template, field, value)
    with pytest.raises(WordingRefused) as refused:
        save_template(by=root, version=words(template))
    assert (field, "fixed") in {(found.field, found.code) for found in refused.value.findings}
    # Nor by any other way in
    with pytest.raises(IntegrityError), transaction.atomic():
        Template.objects.update(**{field: value})


def test_only_administrators_write_and_approve(alice: Employee, mei: Employee, dana: Employee, root: Employee) -> None:
    version = save_template(by=root, version=words())
    for employee in (alice, mei, dana):
        with pytest.raises(PermissionDenied):
            save_template(by=employee, version=words())
        with pytest.raises(PermissionDenied):
            approve_version(by=employee, version_id=version.pk, seen=seen(version))


def test_nobody_approves_their_own_words(root: Employee, rose: Employee) -> None:
    version = save_template(by=root, version=words())
    with pytest.raises(NotApprovable):
        approve_version(by=root, version_id=version.pk, seen=seen(version))
    with pytest.raises(IntegrityError), transaction.atomic():
        TemplateVersion.objects.update(approved_by=root, approved_at="2026-01-01T00:00Z")
    approved = approve_version(by=rose, version_id=version.pk, seen=seen(version))
    assert (approved.approved_by, approved.approved_at is None) == (rose, False)
    with pytest.raises(NotApprovable):
        approve_version(by=rose, version_id=version.pk, seen=seen(version))


def test_without_the_id_of_a_provider_that_holds_the_texts_it_is_not_approved(
    root: Employee, rose: Employee, settings: Settings
) -> None:
    settings.CHANNEL_URLS = dict.fromkeys(Channel.names, "") | {"SMS": "aliyun://key:secret@h/?sign=x"}
    version = save_template(by=root, version=words())
    with pytest.raises(WordingRefused) as refused:
        approve_version(by=rose, version_id=version.pk, seen=seen(version))
    assert [(found.field, found.code) for found in refused.value.findings] == [("provider_code", "no_provider_code")]
    version = save_template(by=root, version=words(version.template, provider_code="SMS_154950909"))
    assert approve_version(by=rose, version_id=version.pk, seen=seen(version)).approved_at


def test_what_changed_since_it_was_read_is_not_approved(root: Employee, rose: Employee) -> None:
    version = save_template(by=root, version=words())
    read = seen(version)
    save_template(by=root, version=words(version.template, "新" + SMS_BODY))
    with pytest.raises(NotApprovable):
        approve_version(by=rose, version_id=version.pk, seen=read)
    # The words are the same, and they became service: no consent would be asked for
    read = seen(TemplateVersion.objects.get())
    Template.objects.update(service=True)
    with pytest.raises(NotApprovable):
        approve_version(by=rose, version_id=version.pk, seen=read)


def test_an_approved_version_cannot_be_changed_or_deleted(root: Employee) -> None:
    version = make_version()
    for change in ({"body": "别的"}, {"landing_url": ""}, {"approved_at": None, "approved_by": None}, {"number": 7}):
        with pytest.raises(IntegrityError), transaction.atomic():
            TemplateVersion.objects.filter(pk=version.pk).update(**change)
    with pytest.raises(IntegrityError), transaction.atomic():
        version.delete()


def test_an_approved_version_is_current_in_its_own_template_alone() -> None:
    one, other = make_template("one"), make_template("other")
    make_version(one)
    newest = make_version(one)
    only = make_version(other)
    assert set(TemplateVersion.objects.current()) == {newest, only}
