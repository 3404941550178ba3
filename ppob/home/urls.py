"""Addresses of pages that are put together from every app."""

from django.urls import path

from ppob.home import overview

app_name = "home"
urlpatterns = [
    path("toko/<slug:store>/", overview.overview, name="overview"),
]
