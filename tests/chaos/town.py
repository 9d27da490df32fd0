"""Members with numbers as the product keeps them: a keyed hash and a ciphertext."""

from members.models import ContactPoint
from members.phone import PhoneNumber
from members.vault import encrypt
from tests.chaos.gate import SMS, people
from tests.chaos.scratch import Database


def phone_of(member: int) -> str:
    return f"154{member:08}"


def populate(database: Database, members: int) -> None:
    """Members 1 to ``members``, through Django."""
    ids = range(1, members + 1)
    with database.connect() as admin:
        people(admin, ids, channels=[SMS])
        admin.execute("delete from members_contactpoint")
    numbers = ((member, PhoneNumber.parse(phone_of(member))) for member in ids)
    ContactPoint.objects.bulk_create(
        ContactPoint(
            channel=SMS, bidx=number.bidx, member_id=member,
            ciphertext=encrypt(number.canonical.encode(), f"{member}:contact_point.ciphertext"),
        )
        for member, number in numbers
    )  # fmt: skip
    with database.connect() as admin:
        admin.execute("analyze")
