"""Pages about products."""

from django.urls import path

from catalog.dashboard import prices, products

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
    path("harga/", prices.rule_list, name="price-rules"),
    path("harga/baru/", prices.add_rule, name="add-price-rule"),
    path("harga/aturan/", prices.change_terms, name="price-terms"),
    path("harga/margin/", prices.apply_margins, name="apply-margins"),
    path("harga/<uuid:public_id>/", prices.change_rule, name="price-rule"),
    path("harga/<uuid:public_id>/hapus/", prices.remove_rule, name="remove-price-rule"),
]
