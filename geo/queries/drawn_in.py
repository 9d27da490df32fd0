"""Which system the stored drawings of places are in."""

import numpy as np

from geo.crs import to_display
from geo.models import Community

SAMPLE = 20
TOLERANCE = 1.0  # metre; two systems differ by hundreds


def drawn_in(crs: str) -> bool:
    """Whether the places are stored as a map of this system draws them; true where there are none.

    Judged by the communities saved last, of which an import that was run under another setting would be one.
    Outside China all systems are the same.
    """
    places = Community.objects.exclude(point=None).exclude(point_display=None).order_by("-pk")
    both = [(point, drawn) for point, drawn in places.values_list("point", "point_display")[:SAMPLE] if point and drawn]
    if not both:
        return True
    x, y = to_display([point.x for point, _ in both], [point.y for point, _ in both], crs)
    off = np.hypot(x - [drawn.x for _, drawn in both], y - [drawn.y for _, drawn in both])
    return bool(off.max() < TOLERANCE)
