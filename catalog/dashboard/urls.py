"""Pages about products."""

from django.urls import path

from catalog.dashboard import products

app_name = "catalog"
urlpatterns = [
    path("produk/baru/", products.add_product, name="add-product"),
    path("produk/tampil/", products.show_products, name="show-products"),
    path("produk/<uuid:public_id>/", products.change_product, name="product"),
    path(
        "produk/<uuid:public_id>/hapus/",
        products.archive_product,
        name="archive-product",
    ),
]
