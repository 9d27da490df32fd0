"""The contact policy in the admin: two numbers, and the switch over all sending."""

from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from geo.admin_lists import KeptAdmin
from outreach.actions.switch_sending import switch_sending
from outreach.models import ContactPolicy


@admin.register(ContactPolicy)
class ContactPolicyAdmin(KeptAdmin):
    """A longer month holds for the messages to come. The rest of the row is the operator's (`manage.py sending`)."""

    change_form_template = "admin/outreach/policy.html"
    list_display = ("__str__", "month_hours", "approval_above", "sending_on")
    fields = ("month_hours", "approval_above", "sending_on", "generation", "closed_until")
    readonly_fields = ("sending_on", "generation", "closed_until")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: ContactPolicy, form: Any, change: bool) -> None:
        # Only these columns are the web's to write
        obj.save(update_fields=["month_hours", "approval_above"])

    def get_urls(self) -> list[URLPattern]:
        switch = self.admin_site.admin_view(require_http_methods(["GET", "POST"])(self.switch))
        return [path("switch/", switch, name="outreach_contactpolicy_switch"), *super().get_urls()]

    def switch(self, request: HttpRequest) -> HttpResponse:
        """GET asks whether to; POST throws it: off stops every hand-over of every worker before this answers."""
        policy = ContactPolicy.objects.get()
        if request.method != "POST":
            title = _("Switch all sending off") if policy.sending_on else _("Switch sending on again")
            shown = {**self.admin_site.each_context(request), "title": title, "policy": policy}
            return render(request, "admin/outreach/switch.html", shown)
        on = request.POST.get("to") == "on"
        switch_sending(on=on, by=f"employee {request.user.pk}")
        self.log_change(request, policy, "sending on" if on else "sending off")
        said = _("Sending is on again.") if on else _("Sending is off: nothing is handed over any more.")
        self.message_user(request, said, messages.SUCCESS if on else messages.WARNING)
        return HttpResponseRedirect(reverse("admin:outreach_contactpolicy_change", args=[policy.pk]))
