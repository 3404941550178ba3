"""Addresses of the catalog's API, below `/api/v1/`."""

from django.urls import path

from catalog.api import views

urlpatterns = [
    path("game/categories", views.GameCategories.as_view()),
    path("game/products/<str:code>", views.GameProducts.as_view()),
    path("game/price/<str:code>", views.GamePrices.as_view()),
    path("products/visibility", views.ProductVisibility.as_view()),
]
