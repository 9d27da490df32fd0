"""Addresses of sign-in."""

from django.urls import path

from salesapp.staff.api.me import Me
from salesapp.staff.api.sign_in import Refresh, SignIn, SignOut

urlpatterns = [
    path("api/sign-in/", SignIn.as_view(), name="api-sign-in"),
    path("api/sign-in/refresh/", Refresh.as_view(), name="api-refresh"),
    path("api/sign-out/", SignOut.as_view(), name="api-sign-out"),
    path("api/me/", Me.as_view(), name="api-me"),
]
