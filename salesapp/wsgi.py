"""The web server's entry. A wrong set-up stops it here, before it answers anybody."""

import os
import sys

from django.core.management import call_command
from django.core.management.base import SystemCheckError
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "salesapp.settings")

application = get_wsgi_application()

try:
    call_command("check", databases=["default"])
except SystemCheckError as findings:
    sys.stderr.write(f"{findings}\n")
    # 3 is gunicorn's own code for "the worker failed to boot": the arbiter stops instead of looping
    sys.exit(3)
