"""Pages about orders and money."""

from django.urls import path

from payments.dashboard import (
    books,
    buyers,
    disclosure,
    discrepancies,
    methods,
    orders,
    queue,
    refunds,
    reviews,
    topups,
    troubles,
    unapplied,
    unreached,
    wallets,
)

app_name = "payments"
urlpatterns = [
    path("pesanan/", orders.orders, name="orders"),
    path("pesanan/ditahan/", buyers.holds, name="holds"),
    path("ulasan/", reviews.reviews, name="reviews"),
    path("pesanan/<uuid:public_id>/", orders.order, name="order"),
    path("pesanan/<uuid:public_id>/batal/", orders.cancel_order, name="cancel-order"),
    path("pesanan/<uuid:public_id>/kode/", disclosure.open_codes, name="open-codes"),
    path(
        "pesanan/<uuid:public_id>/refund/", refunds.request_refund, name="refund-order"
    ),
    path(
        "refund/<uuid:public_id>/setuju/", refunds.approve_refund, name="approve-refund"
    ),
    path("refund/<uuid:public_id>/tolak/", refunds.reject_refund, name="reject-refund"),
    path(
        "refund/<uuid:public_id>/dibayar/", refunds.note_paid_out, name="note-paid-out"
    ),
    path(
        "refund/<uuid:public_id>/saldo/",
        refunds.turn_to_balance,
        name="refund-to-balance",
    ),
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
    path("topup/<uuid:public_id>/", topups.top_up, name="top-up"),
    path(
        "topup/<uuid:public_id>/putuskan/", topups.decide_top_up, name="decide-top-up"
    ),
    path(
        "topup/<uuid:public_id>/lanjut/",
        topups.go_on_with_top_up,
        name="go-on-with-top-up",
    ),
    path(
        "topup/<uuid:public_id>/dicatat/",
        topups.note_contradiction,
        name="note-contradiction",
    ),
    path("pembeli/diblokir/", buyers.blocked_buyers, name="blocked-buyers"),
    path("pembeli/<uuid:public_id>/blokir/", buyers.block_buyer, name="block-buyer"),
    path("pembeli/<uuid:public_id>/buka/", buyers.unblock_buyer, name="unblock-buyer"),
    path("pembeli/<uuid:public_id>/tingkat/", buyers.change_tier, name="change-tier"),
    path("pembayaran/", methods.method_list, name="methods"),
    path("pembayaran/rekening/", methods.add_account, name="add-account"),
    path("pembayaran/baru/<slug:code>/", methods.add_gateway, name="add-gateway"),
    path("pembayaran/<uuid:public_id>/", methods.change_method, name="change-method"),
    path(
        "pembayaran/<uuid:public_id>/saklar/",
        methods.switch_method,
        name="switch-method",
    ),
    path(
        "pembayaran/<uuid:public_id>/dilihat/",
        troubles.note_method_seen,
        name="method-seen",
    ),
    path(
        "pemasok/<uuid:public_id>/dilihat/",
        troubles.note_supplier_seen,
        name="supplier-seen",
    ),
    path("uang/", queue.queue, name="queue"),
    path("uang/per-pesanan/", books.books, name="books"),
    path("uang/<uuid:public_id>/pakai/", unapplied.apply_to_order, name="apply-money"),
    path("uang/<uuid:public_id>/saldo/", unapplied.credit_buyer, name="credit-money"),
    path(
        "uang/<uuid:public_id>/kembali/", unapplied.note_returned, name="return-money"
    ),
    path(
        "selisih/<uuid:public_id>/catat/",
        discrepancies.book_as_told,
        name="book-discrepancy",
    ),
    path(
        "selisih/<uuid:public_id>/abaikan/",
        discrepancies.dismiss,
        name="dismiss-discrepancy",
    ),
    path(
        "pembeli/kabar/<uuid:public_id>/sampai/",
        unreached.note_told,
        name="buyer-told",
    ),
    path("saldo/", wallets.wallet_list, name="wallets"),
    path("saldo/batas/", wallets.change_policy, name="policy"),
    path("saldo/<uuid:public_id>/", wallets.wallet, name="wallet"),
]
