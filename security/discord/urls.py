"""Signing in and out, under `/accounts/`."""

from django.urls import path
from django.views.generic import RedirectView

from security.discord import views

urlpatterns = [
    path("discord/login/", views.oauth2_login, name="discord_login"),
    path("discord/login/callback/", views.oauth2_callback, name="discord_callback"),
    path("login/", RedirectView.as_view(url="/"), name="account_login"),
    path("inactive/", views.inactive, name="account_inactive"),
    path("logout/", views.sign_out, name="account_logout"),
]
