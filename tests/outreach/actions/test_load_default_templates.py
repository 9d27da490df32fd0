import pytest
from pytest_django import Settings

from outreach.actions.load_default_templates import load_default_templates
from outreach.default_templates import CODE_TEMPLATES, DEFAULT_TEMPLATES
from outreach.errors import WordingRefused
from outreach.models import Channel, Template, TemplateVersion
from outreach.queries.rendering import preview, wording_of
from outreach.wording import MOST_SEGMENTS
from salesapp.staff.models import Employee
from tests.builders import make_category


def test_all_are_approved_and_keep_the_rules(root: Employee) -> None:
    for code in ("fridge", "water_purifier"):
        make_category(code)
    loaded = load_default_templates(by=root)
    assert (loaded.created, loaded.kept, loaded.left_out) == (len(DEFAULT_TEMPLATES), 0, ())
    versions = list(TemplateVersion.objects.current())
    assert len(versions) == len(DEFAULT_TEMPLATES)
    assert {version.template.channel for version in versions} == set(Channel.values)
    assert {version.template.language for version in versions} == {"zh-hans", "en"}
    for version in versions:
        assert preview(wording_of(version)).most_segments <= MOST_SEGMENTS
        assert version.template.service == (version.template.code in CODE_TEMPLATES.values())


@pytest.mark.parametrize(
    ("sms", "held"),
    [("", {Channel.WECHAT}), ("aliyun://key:secret@h/?sign=x", {Channel.SMS, Channel.WECHAT})],
)
def test_what_the_provider_holds_waits_for_its_id(
    root: Employee, settings: Settings, sms: str, held: set[Channel]
) -> None:
    settings.DEMO, settings.CHANNEL_URLS = False, dict.fromkeys(Channel.names, "") | {"SMS": sms}
    load_default_templates(by=root)
    waiting = TemplateVersion.objects.filter(approved_at=None)
    assert {version.template.channel for version in waiting} == held
    assert {version.template.channel for version in TemplateVersion.objects.current()} == set(Channel) - held


def test_a_second_time_nothing_changes(root: Employee) -> None:
    first = load_default_templates(by=root)
    assert first.left_out == ("fridge-sms", "water-purifier-sms")
    Template.objects.filter(code="category-sms").update(name="我的")
    make_category("fridge")
    again = load_default_templates(by=root)
    assert (again.created, again.kept, again.left_out) == (1, first.created, ("water-purifier-sms",))
    assert Template.objects.get(code="category-sms").name == "我的"


def test_without_a_landing_host_nothing_is_loaded(root: Employee, settings: Settings) -> None:
    settings.LANDING_HOSTS = []
    with pytest.raises(WordingRefused):
        load_default_templates(by=root)
    assert not Template.objects.exists()
