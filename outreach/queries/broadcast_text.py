"""The text of a broadcast as its members get it."""

from outreach.errors import FactMissing
from outreach.models import TemplateVersion
from outreach.placeholders import SAMPLES, Placeholder
from outreach.queries.message_facts import message_facts
from outreach.queries.rendering import Links, Rendered, render

NOBODY = 0


def broadcast_text(version: TemplateVersion, *, category_id: int) -> Rendered | None:
    """All but the two links, which are each member's own. None where something that it tells is not known now, so
    that nothing would be sent.
    """
    samples = SAMPLES[version.template.language]
    # What depends on the member no broadcast's text asks for
    facts = message_facts(version=version, member_id=NOBODY, category_id=category_id, sender_id=None)
    try:
        return render(version, facts, Links(samples[Placeholder.LINK], samples[Placeholder.UNSUBSCRIBE]))
    except FactMissing:
        return None
