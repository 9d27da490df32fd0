"""Addresses of sign-in and of the employee's own page."""

from django.urls import path

from salesapp.staff.api.me import Me
from salesapp.staff.api.sign_in import Refresh, SignIn, SignOut
from salesapp.staff.pages.alarms import alarms, decide
from salesapp.staff.pages.me import me
from salesapp.staff.pages.second_factor import second_factor
from salesapp.staff.pages.sign_in import sign_in, sign_out

urlpatterns = [
    path("sign-in/", sign_in, name="sign-in"),
    path("sign-in/code/", second_factor, name="second-factor"),
    path("sign-out/", sign_out, name="sign-out"),
    path("me/", me, name="me"),
    path("alarms/", alarms, name="alarms"),
    path("alarms/<int:alarm_id>/", decide, name="alarm-decide"),
    path("api/sign-in/", SignIn.as_view(), name="api-sign-in"),
    path("api/sign-in/refresh/", Refresh.as_view(), name="api-refresh"),
    path("api/sign-out/", SignOut.as_view(), name="api-sign-out"),
    path("api/me/", Me.as_view(), name="api-me"),
]
