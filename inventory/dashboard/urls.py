"""Pages about stock."""

from django.urls import path

from inventory.dashboard import shelf

app_name = "inventory"
urlpatterns = [
    path("produk/", shelf.shelf, name="shelf"),
    path("produk/<uuid:public_id>/stok/", shelf.stock, name="stock"),
]
