"""A template and its words in one form of the admin."""

from typing import Any

from django import forms
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from outreach.actions.save_template import WORDS, findings
from outreach.models import Template, TemplateVersion
from outreach.placeholders import MEANINGS
from outreach.wording import MOST_SEGMENTS, OPT_OUT_WORDS


class TemplateForm(forms.ModelForm):  # type: ignore[type-arg] # generic in the stubs alone
    """Starts from the latest words; what is typed over them becomes a version when it is saved."""

    subject = forms.CharField(label=_("subject"), required=False, max_length=100, help_text=_("E-mail and app push."))
    body = forms.CharField(
        label=_("text"),
        widget=forms.Textarea(attrs={"rows": 6, "cols": 80}),
        strip=False,
        help_text=format_lazy(
            _("Placeholders: {names}. An SMS takes {most} segments at most; a marketing SMS ends with {words}."),
            names=" ".join(f"{{{name}}}" for name in MEANINGS),
            most=MOST_SEGMENTS,
            words=" / ".join(OPT_OUT_WORDS.values()),
        ),
    )
    landing_url = forms.CharField(label=_("landing page"), required=False, max_length=300, help_text=_("Of {link}."))
    provider_code = forms.CharField(label=_("provider's template id"), required=False, max_length=64)

    class Meta:
        model = Template
        fields = ("code", "name", "channel", "language", "service", "category", "is_active")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        latest = self.instance.pk and self.instance.versions.order_by("-number").first()
        if latest:
            self.initial.update({name: getattr(latest, name) for name in WORDS})

    def clean_body(self) -> str:
        """With the line ends that browsers send made ours."""
        body: str = self.cleaned_data["body"].replace("\r\n", "\n")
        return body

    def _post_clean(self) -> None:
        """Once the instance has the form's values: the words depend on them."""
        super()._post_clean()  # type: ignore[misc]
        if self.errors:
            return
        for found in findings(self.version()):
            self.add_error(found.field if found.field in self.fields else None, str(found.detail))

    def version(self) -> TemplateVersion:
        """The words of a valid form, not saved."""
        return TemplateVersion(template=self.instance, **{name: self.cleaned_data[name] for name in WORDS})
