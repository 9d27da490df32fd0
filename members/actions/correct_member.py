from django.db import transaction

from members.models import Member
from members.own_record import file_own_record


@transaction.atomic
def correct_member(*, member_id: int, surname: str, title: str) -> None:
    """Put down what a member says they are called; from now on no import changes it.

    Raises Member.DoesNotExist, NotSealable.
    """
    member = Member.objects.select_for_update(of=("self",)).get(pk=member_id, erased_at=None, merged_into=None)
    member.surname, member.title = surname, title
    member.save(update_fields=["surname", "title"])
    file_own_record(member_id, {"surname": surname, "title": title})
