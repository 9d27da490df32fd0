from outreach.default_templates import CODE_TEMPLATES
from outreach.models import Channel, TemplateVersion
from outreach.placeholders import Placeholder


def code_template(language: str) -> TemplateVersion | None:
    """What a code is sent with, in the language or else in the first; None until there is an approved one."""
    for code in (CODE_TEMPLATES.get(language), *CODE_TEMPLATES.values()):
        version = (
            TemplateVersion.objects.current()
            .filter(template__code=code, template__service=True, template__channel=Channel.SMS)
            .first()
        )
        if version and Placeholder.CODE in version.placeholders:
            return version
    return None
