"""The product's own entry, with the floors' addresses beside the product's."""

from django.conf import settings

from salesapp.wsgi import application

settings.ROOT_URLCONF = "tests.bench.urls"

__all__ = ["application"]
