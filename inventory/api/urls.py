"""Addresses of the inventory's API, below `/api/v1/`."""

from django.urls import path

from inventory.api import callbacks, games, views

urlpatterns = [
    path("game/products/<str:code>", games.GameProducts.as_view()),
    path("game/price/<str:code>", games.GamePrices.as_view()),
    path("game/validate", games.GameAccounts.as_view()),
    path("products", views.Products.as_view()),
    path("products/<uuid:public_id>", views.ProductDetail.as_view()),
    path(
        "suppliers/<str:kind>/<uuid:account_id>/callbacks/", callbacks.receive_callback
    ),
]
