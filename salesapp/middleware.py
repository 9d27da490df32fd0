"""What every answer carries."""

from collections.abc import Callable

from csp.constants import HEADER
from csp.middleware import CSPMiddleware
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

DATA_POLICY = "default-src 'none'; frame-ancestors 'none'"


class ContentPolicy(CSPMiddleware):
    """Pages get the policy of the settings; what is no page may do nothing, should a browser open it as one."""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        if response.headers.get("Content-Type", "").startswith("text/html"):
            return super().process_response(request, response)
        response.headers.setdefault(HEADER, DATA_POLICY)
        return response


def no_store(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """No browser and no proxy keeps an answer, unless its view says otherwise: tiles and the pages of the shell do."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        response.headers.setdefault("Cache-Control", "no-store")
        return response

    return middleware
