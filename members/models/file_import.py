from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from geo.models import ImportRun


class FileImport(models.Model):
    """A file that an administrator brought, on its way into the tables: looked at, checked, then loaded.

    A worker does what the state says, holding an advisory lock for as long as it is at it. So a state that asks for
    work, was ``begun_at``, and whose lock nobody holds, is that of a worker that died; everything but consents is
    loaded in one transaction together with the change to ``DONE``. ``path`` is below IMPORT_DIR, and empty once the
    file is deleted, or where the list is HR's own (HR_FEED). ``checked`` is what the dry run found.
    """

    class State(models.TextChoices):
        LOOKING = "looking", _("its columns are being read")
        NAMING = "naming", _("waits for you to say which column is what")
        CHECKING = "checking", _("is being checked")
        CHECKED = "checked", _("checked, not loaded yet")
        LOADING = "loading", _("is being loaded")
        DONE = "done", _("loaded")
        REFUSED = "refused", _("cannot be loaded")
        BROKEN_OFF = "broken_off", _("broken off")
        DISCARDED = "discarded", _("discarded")

    WORK = (State.LOOKING, State.CHECKING, State.LOADING)  # a worker's to do
    ENDED = (State.DONE, State.DISCARDED)

    kind = models.CharField(_("what it holds"), max_length=20, choices=ImportRun.Kind)
    source = models.CharField(_("source"), max_length=60, blank=True)
    file_name = models.CharField(_("file"), max_length=200)
    path = models.CharField(max_length=300, blank=True)
    options = models.JSONField(default=dict)
    columns = models.JSONField(default=list)  # the file's, as it names them
    fields = models.JSONField(_("columns"), default=dict)  # {column of the file: field}
    state = models.CharField(_("state"), max_length=12, choices=State, default=State.LOOKING)
    step = models.CharField(max_length=12, blank=True)  # name of geo.intake.Doing
    rows_done = models.PositiveIntegerField(default=0)
    rows_total = models.PositiveIntegerField(null=True)  # about, until it was checked
    checked = models.JSONField(null=True)
    reason = models.CharField(max_length=40, blank=True)  # of REFUSED, a key of geo.intake_words
    sentence = models.TextField(blank=True)
    run = models.ForeignKey(ImportRun, models.CASCADE, null=True, related_name="+", verbose_name=_("import"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("brought by"))
    created_at = models.DateTimeField(_("brought"), auto_now_add=True)
    begun_at = models.DateTimeField(null=True)
    changed_at = models.DateTimeField(_("last change"), auto_now=True)

    class Meta:
        verbose_name = _("file to import")
        verbose_name_plural = _("files to import")
        indexes = [
            models.Index(
                fields=["id"],
                name="file_import_open",
                condition=~models.Q(state__in=["done", "discarded"]),
            )
        ]

    def __str__(self) -> str:
        return self.file_name

    @property
    def is_worked_on(self) -> bool:
        return self.state in self.WORK

    @property
    def lock(self) -> str:
        return f"file import {self.pk}"
