"""Addresses of sign-in and of the employee's own page."""

from django.urls import path

from salesapp.staff.pages.me import me
from salesapp.staff.pages.sign_in import sign_in, sign_out

urlpatterns = [
    path("sign-in/", sign_in, name="sign-in"),
    path("sign-out/", sign_out, name="sign-out"),
    path("me/", me, name="me"),
]
