"""Addresses of the catalog's API, below `/api/v1/`."""

from django.urls import path

from catalog.api import views

urlpatterns = [
    path("game/categories", views.GameCategories.as_view()),
    path("products/visibility", views.ProductVisibility.as_view()),
]
