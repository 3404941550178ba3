"""Pages about stock."""

from django.urls import path

from inventory.dashboard import codes, product_list, uploads

app_name = "inventory"
urlpatterns = [
    path("produk/", product_list.product_list, name="product-list"),
    path("produk/<uuid:public_id>/stok/", product_list.stock, name="stock"),
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
]
