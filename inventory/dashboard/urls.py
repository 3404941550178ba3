"""Pages about stock."""

from django.urls import path

from inventory.dashboard import (
    codes,
    entered_goods,
    price_changes,
    prices,
    product_list,
    routes,
    suppliers,
    uploads,
)

app_name = "inventory"
urlpatterns = [
    path("produk/", product_list.product_list, name="product-list"),
    path("produk/<uuid:public_id>/stok/", product_list.stock, name="stock"),
    path(
        "produk/<uuid:public_id>/harga/", prices.product_prices, name="product-prices"
    ),
    path("produk/<uuid:public_id>/kode/", codes.codes, name="codes"),
    path("produk/<uuid:public_id>/kode/ubah/", codes.change_codes, name="change-codes"),
    path("stok/kode/<uuid:public_id>/buka/", codes.reveal_code, name="reveal-code"),
    path("stok/baru/<uuid:public_id>/", uploads.draft, name="draft"),
    path("stok/baru/<uuid:public_id>/simpan/", uploads.keep_draft, name="keep-draft"),
    path(
        "stok/baru/<uuid:public_id>/buang/", uploads.discard_draft, name="discard-draft"
    ),
    path("stok/unggah/<uuid:public_id>/", uploads.batch, name="batch"),
    path(
        "stok/unggah/<uuid:public_id>/tarik/",
        uploads.withdraw_batch,
        name="withdraw-batch",
    ),
    path("pemasok/", suppliers.supplier_list, name="suppliers"),
    path(
        "pemasok/tambah/<slug:code>/",
        suppliers.connect_supplier,
        name="connect-supplier",
    ),
    path("pemasok/<uuid:public_id>/", suppliers.supplier, name="supplier"),
    path(
        "pemasok/<uuid:public_id>/harga/",
        price_changes.price_changes,
        name="price-changes",
    ),
    path(
        "pemasok/<uuid:public_id>/kunci/",
        suppliers.change_supplier_keys,
        name="supplier-keys",
    ),
    path(
        "pemasok/<uuid:public_id>/ubah/",
        suppliers.switch_supplier,
        name="switch-supplier",
    ),
    path(
        "pemasok/<uuid:public_id>/baca/", suppliers.read_supplier, name="read-supplier"
    ),
    path("pemasok/<uuid:public_id>/jual/", suppliers.import_goods, name="import-goods"),
    path("pemasok/<uuid:public_id>/cocokkan/", routes.match_goods, name="match-goods"),
    path("produk/<uuid:public_id>/pemasok/", routes.product_routes, name="routes"),
    path("pemasok/barang/<uuid:public_id>/", suppliers.map_goods, name="map-goods"),
    path("pemasok/<uuid:public_id>/barang/", entered_goods.add_goods, name="add-goods"),
    path(
        "pemasok/barang/<uuid:public_id>/ubah/",
        entered_goods.change_goods,
        name="change-goods",
    ),
]
