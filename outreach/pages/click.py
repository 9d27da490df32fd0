"""The counted link of a message: to its landing page. For members, who have no account."""

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from outreach.actions.record_click import record_click
from outreach.models import Message


@require_safe
@never_cache
def click(request: HttpRequest, name: str) -> HttpResponse:
    """A HEAD is a scanner or a preview, no click. The landing page is not told which message led to it."""
    try:
        page = record_click(name=name, opened=request.method == "GET")
    except Message.DoesNotExist:
        raise Http404 from None
    return HttpResponseRedirect(page, headers={"Referrer-Policy": "no-referrer"})
