"""What is held of a member as a file for programs."""

from django.core.serializers.json import DjangoJSONEncoder
from django.http import HttpResponse, JsonResponse
from django.utils.translation import gettext as _

from outreach.queries.own_file import OwnFile


def as_file(file: OwnFile, name: str) -> HttpResponse:
    """The same for the member and for who acts for them; docs/privacy.md says what its codes mean."""
    answer = JsonResponse(
        {**file, "sealed": _("Addresses without a value are encrypted, and this page cannot open them.")},
        encoder=DjangoJSONEncoder,
        json_dumps_params={"ensure_ascii": False, "indent": 2},
    )
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer
