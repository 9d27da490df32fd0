from members.codes import new_secret, secret_hash
from members.models import MemberSession, Verification


def begin_member_session(*, member_id: int, verified: Verification) -> str:
    """A new secret for the browser of who showed that the phone is theirs."""
    secret = new_secret()
    MemberSession.objects.create(
        key=secret_hash(secret), member_id=member_id, bidx=bytes(verified.bidx), masked=verified.masked
    )
    return secret
