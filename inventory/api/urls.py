"""Addresses of the inventory's API, below `/api/v1/`."""

from django.urls import path

from inventory.api import callbacks, views

urlpatterns = [
    path("products", views.Products.as_view()),
    path("products/<uuid:public_id>", views.ProductDetail.as_view()),
    path(
        "suppliers/<str:kind>/<uuid:account_id>/callbacks/", callbacks.receive_callback
    ),
]
