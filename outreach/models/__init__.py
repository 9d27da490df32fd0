from outreach.models.channel import Channel
from outreach.models.refusal import Refusal

__all__ = ["Channel", "Refusal"]
