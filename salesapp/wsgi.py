"""The web server's entry. A wrong set-up stops it here, before it answers anybody."""

import os
import sys

from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.core.management.base import SystemCheckError
from django.core.wsgi import get_wsgi_application
from django.db import connections

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "salesapp.settings")
os.environ.setdefault("STATEMENT_TIMEOUT_MS", "5000")
os.environ["WEB"] = "1"


def _stop(reason: object) -> None:
    sys.stderr.write(f"The web server does not start. {reason}\n")
    # 3 is gunicorn's own code for "the worker failed to boot": the arbiter stops instead of looping
    sys.exit(3)


try:
    application = get_wsgi_application()
    call_command("check", databases=["default"])
except (SystemCheckError, ImproperlyConfigured) as reason:
    _stop(reason)
try:
    call_command("migrate", check_unapplied=True, verbosity=0)
except SystemExit:
    _stop("The database is behind the code: run `manage.py migrate`.")
# A server that preloads forks after this, and a connection has one user
connections.close_all()
