from outreach.models import MessageText


def forget_texts(member: int) -> None:
    """Of an erased member no text that was written to them stays. What waits is refused at its hand-over."""
    MessageText.objects.filter(member_id=member).delete()
