"""Pages about orders and money."""

from django.urls import path

from payments.dashboard import disclosure, methods, orders, unmatched

app_name = "payments"
urlpatterns = [
    path("pesanan/", orders.orders, name="orders"),
    path("pesanan/<uuid:public_id>/", orders.order, name="order"),
    path("pesanan/<uuid:public_id>/batal/", orders.cancel_order, name="cancel-order"),
    path("pesanan/<uuid:public_id>/kode/", disclosure.open_codes, name="open-codes"),
    path(
        "transfer/<uuid:public_id>/terima/",
        orders.confirm_transfer,
        name="confirm-transfer",
    ),
    path(
        "transfer/<uuid:public_id>/tolak/",
        orders.reject_transfer,
        name="reject-transfer",
    ),
    path("pembayaran/", methods.method_list, name="methods"),
    path("pembayaran/rekening/", methods.add_account, name="add-account"),
    path("pembayaran/qris/", methods.add_gateway, name="add-gateway"),
    path("pembayaran/qris-uji/", methods.add_test_gateway, name="add-test-gateway"),
    path(
        "pembayaran/<uuid:public_id>/saklar/",
        methods.switch_method,
        name="switch-method",
    ),
    path("uang/", unmatched.unmatched_list, name="unmatched"),
    path("uang/<uuid:public_id>/pakai/", unmatched.apply_to_order, name="apply-money"),
    path(
        "uang/<uuid:public_id>/kembali/", unmatched.note_returned, name="return-money"
    ),
]
