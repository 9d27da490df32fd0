"""Members and what they bought, for tests. All invented; numbers from prefixes that are not assigned."""

from datetime import date, timedelta
from itertools import count

from django.utils import timezone

from geo.models import Community
from members.actions.record_consent import record_consent
from members.glyphs import guessed_glyph
from members.models import Category, Consent, ContactPoint, Member, Need, NeedRule, Product, Purchase
from members.phone import PhoneNumber
from members.vault import encrypt
from outreach.models import Broadcast, Channel, Template, TemplateVersion
from salesapp.staff.models import Employee
from salesapp.staff.permissions import Role

_numbers = count(1)


def make_category(code: str = "fridge", name: str = "冰箱", **fields: object) -> Category:
    return Category.objects.get_or_create(
        code=code,
        defaults={
            "name": name, "name_en": code.capitalize(), "lifetime_years": 10, "glyph": guessed_glyph(code), **fields
        },
    )[0]  # fmt: skip


def make_product(model: str, category: Category, **fields: object) -> Product:
    return Product.objects.get_or_create(
        model=model, defaults={"category": category, "brand": "海澄", "name": f"{model} 型", **fields}
    )[0]


def make_member(
    community: Community | None = None, phone: str = "", household: int | None = None, **fields: object
) -> Member:
    """A member with a phone of their own; 15400000000 and up where none is given."""
    member = Member(surname="孙", title="m", community=community, household=0, member_since=date(2015, 3, 9))
    for name, value in fields.items():
        setattr(member, name, value)
    member.save()
    member.household = -member.pk if household is None else household
    member.save(update_fields=["household"])
    number = PhoneNumber.parse(phone or f"154{next(_numbers):08}")
    ContactPoint.objects.create(
        channel=ContactPoint.Channel.PHONE,
        bidx=number.bidx,
        member_id=member.pk,
        ciphertext=encrypt(number.canonical.encode(), f"{member.pk}:contact_point.ciphertext"),
    )
    return member


def make_consent(member: Member, channel: int = Consent.Channel.SMS, *, given: bool = True) -> None:
    """A yes, or a no, to marketing, said now."""
    record_consent(
        member_id=member.pk,
        channel=channel,
        purpose=Consent.Purpose.MARKETING,
        given=given,
        source=Consent.Source.STORE,
    )


def make_version(
    body: str = "{brand}为您准备了好礼 {unsubscribe} 拒收请回复R", channel: int = Channel.SMS, **fields: object
) -> TemplateVersion:
    """An approved version of a new marketing template."""
    template = Template.objects.create(code=f"template-{next(_numbers)}", name="好礼", channel=channel, **fields)
    author, other = (
        Employee.objects.get_or_create(employee_no=number, defaults={"name": number, "role": Role.ADMINISTRATOR})[0]
        for number in ("A901", "A902")
    )
    return TemplateVersion.objects.create(
        template=template, number=1, body=body, created_by=author, approved_by=other, approved_at=timezone.now()
    )


def make_broadcast(by: Employee, category: Category, **fields: object) -> Broadcast:
    """One of the employee's region that waits for approval, by SMS, for three days from now."""
    now = timezone.now()
    usual: dict[str, object] = {
        "name": "冰箱换新", "region": by.region, "min_level": 3, "channel": Channel.SMS, "priority": 5,
        "starts_at": now, "ends_at": now + timedelta(days=3), "hold_out_percent": 0, "attribution_days": 30,
        "state": Broadcast.State.AWAITING_APPROVAL, "reachable": 40,
    }  # fmt: skip
    if "version" not in fields:
        fields["version"] = make_version()
    return Broadcast.objects.create(created_by=by, category=category, **(usual | fields))


def make_purchase(member: Member, product: Product, bought_on: date = date(2020, 5, 1), **fields: object) -> Purchase:
    return Purchase.objects.create(
        member_id=member.pk, system="test", record_key=f"sale-{next(_numbers)}", product=product,
        category=product.category, channel="store", bought_on=bought_on, community_id=member.community_id,
        household=member.household, **fields,
    )  # fmt: skip


def make_sun(community: Community, phone: str, *, level: int, score: int) -> Member:
    """孙先生 of the story: a fridge of 2010 past its lifetime, and a need of that level for another."""
    fridge = make_category()
    rule = NeedRule.objects.create(
        code="old-appliance",
        kind="appliance_age",
        low=1,
        points=40,
        reason="已过使用年限",
        reason_en="Past its lifetime",
    )
    sun = make_member(community, phone)
    make_purchase(sun, make_product("HC-318", fridge), date(2010, 5, 1))
    Need.objects.create(member_id=sun.pk, category=fridge, level=level, score=score, reasons=[rule.pk])
    return sun
