"""Rows of every table that the admin lists, as many as wanted, made by one statement each."""

from collections.abc import Mapping
from typing import Any

from django.contrib import admin
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.db.models import Model

from geo.models import PlaceSource, Region
from members.models import ConsentWording
from salesapp.staff.models import Employee
from tests.builders import make_category, make_version

# Of each: row i of generate_series, from `start` on. Names are invented; no two rows are alike.
ROWS: Mapping[str, str] = {
    "geo.Region": """
        insert into geo_region (parent_id, level, code, name, path, boundary_crs)
        select null, (array['city', 'district', 'area'])[1 + i %% 3], 'R' || i, '区' || i, i || '.', ''""",
    "geo.Community": """
        insert into geo_community (name, region_id, region_path, address, chosen, updated_at)
        select '园' || i, %(region)s, %(region)s::int || '.', '', '{}', now()""",
    "geo.CommunitySource": """
        insert into geo_communitysource (source_id, source_key, community_id, name, city_label, district_label, address,
                                         raw_crs, raw, imported_at)
        select %(source)s, 'k' || i, %(community)s, '园', '', '', '', '', '{}', now()""",
    "geo.PlaceSource": """
        insert into geo_placesource (name, label, trusts_points, trusts_facts, rank)
        select 'site-' || i, '', true, true, i %% 7""",
    "geo.ImportRun": """
        insert into geo_importrun (kind, source, file_name, started_at, finished_at, rows, created, merged, unchanged,
                                   refused, reasons, notes, report)
        select (array['members', 'purchases', 'employees'])[1 + i %% 3], '', 'f' || i, now(), now(), 1, 1, 0, 0, 0,
               '{}', '{}', ''""",
    "staff.Employee": """
        insert into staff_employee (password, employee_no, name, role, region_id, session_version, created_at,
                                    disabled_at)
        select '!', 'E' || i, '员' || i, case when i %% 50 = 0 then 'manager' else 'salesperson' end, %(region)s, 1,
               now(), case when i %% 100 = 0 then now() end""",
    "staff.Store": """
        insert into staff_store (code, name, region_id, address, is_open, join_code)
        select 'S' || i, '店' || i, %(region)s, '', i %% 100 > 0, lpad(i::text, 10, 'a')""",
    "staff.AccessEntry": """
        insert into staff_accessentry (employee_id, at, reason, address_hash, member_id)
        select %(employee)s - i %% 2, now() + i * interval '1 ms',
               case when i %% 1000 = 0 then 'audit' else 'counter' end,
               decode(lpad(to_hex(i), 32, '0'), 'hex'), i %% 5000""",
    "admin.LogEntry": """
        insert into django_admin_log (action_time, object_id, object_repr, action_flag, change_message, content_type_id,
                                      user_id)
        select now(), i, 'row ' || i, 2, '', %(content_type)s, %(employee)s - i %% 2""",
    "members.Category": """
        insert into members_category (code, name, name_en, lifetime_years, position, glyph)
        select 'c' || i, '类' || i, 'Kind', 10, i %% 7, 'other'""",
    "members.Product": """
        insert into members_product (model, category_id, brand, name, is_sold)
        select 'M' || i, %(category)s, '海澄', '型', true""",
    "members.NeedRule": """
        insert into members_needrule (code, kind, points, reason, reason_en, is_active)
        select 'r' || i, case when i %% 2 = 0 then 'appliance_age' else 'premium_owner' end, 1, '旧', 'Old', true""",
    "members.ConsentWording": """
        insert into members_consentwording (version, channel, purpose, language, text)
        select 'w' || i, 1, 1, 'zh-hans', '同意'""",
    "members.Consent": """
        insert into members_consent (member_id, channel, purpose, given, wording_id, source, said_at, recorded_at,
                                     evidence)
        select 1 + i / 3, 1 + i %% 3, 1, true, %(wording)s, 'form', now(), now(), '{}'""",
    "members.FileImport": """
        insert into members_fileimport (kind, source, file_name, path, options, columns, fields, state, step, rows_done,
                                        reason, sentence, by_id, created_at, changed_at)
        select 'members', 'crm', 'f' || i, '', '{}', '[]', '{}', 'done', '', 0, '', '', %(employee)s, now(), now()""",
    "outreach.MessageEntry": """
        insert into outreach_message (member_id, no, channel, state, service, version_id, sender_id, claimed_at,
                                      send_by, handover_at)
        select 1 + i / 3, 1 + i %% 3, 1, 2, false, %(version)s, %(employee)s - i %% 2,
               now() - i * interval '1 s', now(), now() - i * interval '1 s'""",
    "outreach.Template": """
        insert into outreach_template (code, name, channel, language, service, is_active)
        select 't' || i, '好礼', 1, 'zh-hans', false, true""",
    "outreach.TemplateVersion": """
        insert into outreach_templateversion (template_id, number, subject, body, landing_url, provider_code)
        select %(template)s, i + 1, '', '好礼', '', ''""",
}  # fmt: skip
# Needed by itself: who is signed in
AT_LEAST = {"staff.Employee": 1}
# As many rows as the software says: one by a constraint, and one for each rule that an app declares
ALONE = {"outreach.ContactPolicy", "geo.RetentionRule"}


def label(model: type[Model]) -> str:
    return f"{model._meta.app_label}.{model.__name__}"


def listed() -> list[type[Model]]:
    return [model for model in admin.site._registry if label(model) not in ALONE]


def fill(model: type[Model], count: int) -> None:
    """Make the table have so many rows."""
    missing = count - model._default_manager.count()
    if missing <= 0:
        return
    needed = _needed(label(model))
    missing = count - model._default_manager.count()
    start = 1 + (model._default_manager.count() if label(model) == "outreach.TemplateVersion" else 0)
    with connection.cursor() as cursor:
        cursor.execute(
            f"{ROWS[label(model)]} from generate_series(%(start)s::int, %(end)s::int) i",
            needed | {"start": start, "end": start + missing - 1},
        )


def _needed(name: str) -> dict[str, Any]:
    """What the statement's rows point at."""
    statement = ROWS[name]
    needed: dict[str, Any] = {}
    if "%(region)s" in statement or "%(community)s" in statement:
        region, _made = Region.objects.get_or_create(code="990109", defaults={"name": "东岸区", "level": "country"})
        needed["region"] = region.pk
    if "%(community)s" in statement:
        needed["community"] = region.communities.create(name="银杏园", region_path=region.path).pk
    if "%(source)s" in statement:
        needed["source"] = PlaceSource.objects.get_or_create(name="site")[0].pk
    if "%(employee)s" in statement:
        for number in ("clerk-1", "clerk-2"):
            employee, _made = Employee.objects.get_or_create(employee_no=number, defaults={"role": "administrator"})
        needed["employee"] = employee.pk
    if "%(content_type)s" in statement:
        needed["content_type"] = ContentType.objects.get_for_model(Region).pk
    if "%(category)s" in statement:
        needed["category"] = make_category().pk
    if "%(wording)s" in statement:
        needed["wording"] = ConsentWording.objects.get_or_create(version="sms-1", language="zh-hans")[0].pk
    if "%(version)s" in statement:
        needed["version"] = make_version().pk
    if "%(template)s" in statement:
        needed["template"] = make_version().template_id
    return needed
