from members.codes import secret_hash
from members.models import MemberSession


def end_member_session(*, secret: str) -> None:
    MemberSession.objects.filter(key=secret_hash(secret)).delete()
