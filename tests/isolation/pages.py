"""A valid call to every page of a store.

An address that is not here fails the test: say how it is called before it is served.
"""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

from bot.models import TicketMessage
from bot.services import panels
from bot.services.panels import PanelDraft
from payments.services import refunds
from payments.services.refunds import RefundDraft
from payments.states import RefundTo
from tenants.permissions import Permission
from tenants.services import customers, handovers, invitations
from tenants.services.invitations import InvitationDraft
from tenants.states import Role
from tests import factories
from tests.conftest import NOON
from tests.factories import make_customer
from tests.isolation import canary
from tests.isolation.calls import Builder, Call, Id
from tests.isolation.world import Side

# An edit form that names no version: the page is shown again and asks.
ASKS = 200

PAGES: dict[str, Builder] = {}


def page(*names: str) -> Callable[[Builder], Builder]:
    """Register how these pages are called."""

    def register(builder: Builder) -> Builder:
        PAGES.update(dict.fromkeys(names, builder))
        return builder

    return register


def of(row: Any) -> dict[str, Id]:
    """The usual parameter of a page about one row."""
    return {"public_id": Id(row.public_id)}


@page(
    "home:overview",
    "bot:setup",
    "bot:panels",
    "bot:doctor",
    "payments:methods",
    "payments:queue",
    "tenants:members",
    "tenants:health",
)
def _only_read(side: Side) -> list[Call]:
    side.unapplied_money()
    side.discrepancy()
    side.unreached()
    side.stalled()
    return [Call()]


@page("inventory:product-list")
def _product_list(side: Side) -> list[Call]:
    return [Call(), Call(query={"cari": canary.THEIRS[:4]})]


@page("payments:orders")
def _orders(side: Side) -> list[Call]:
    order = side.order()
    side.transfer_of(order)
    return [
        Call(),
        Call(query={"sebelum": Id(order.pk + 1, is_position=True)}),
        Call(query={"cari": Id(order.code)}),
        Call(query={"cari": canary.THEIRS[:4], "status": "paid"}),
    ]


@page("payments:reviews")
def _reviews(side: Side) -> list[Call]:
    line = side.sold().lines.get()
    return [
        Call(),
        Call(query={"bintang": "5", "sebelum": Id(10**6, is_position=True)}),
        Call(query={"produk": Id(line.product.public_id)}),
    ]


@page("bot:tickets")
def _tickets(side: Side) -> list[Call]:
    ticket = side.ticket()
    return [
        Call(),
        Call(query={"status": "all", "sebelum": Id(ticket.pk + 1, is_position=True)}),
    ]


# --- Products and stock ---------------------------------------------------------------


def product_form(side: Side, **fields: Any) -> dict[str, Any]:
    """A product as the form sends it."""
    return {
        "name": f"{side.word} goods",
        "price": "12500",
        "category_id": Id(side.category.pk),
        "minimum_stock": "5",
        "position": "0",
        "is_active": "on",
        **fields,
    }


@page("catalog:add-product")
def _add_product(side: Side) -> list[Call]:
    return [Call(), Call("POST", data=product_form(side))]


@page("catalog:product")
def _product(side: Side) -> list[Call]:
    product = side.product()
    form = product_form(side, sku=product.sku)
    return [
        Call(kwargs=of(product)),
        Call("POST", kwargs=of(product), data=form, status=ASKS),
    ]


@page("catalog:show-products")
def _show_products(side: Side) -> list[Call]:
    one, two = side.product(), side.product()
    ticked = [Id(one.pk), Id(two.pk)]
    return [Call("POST", data={"products": ticked, "do": "hide"})]


@page("catalog:archive-product")
def _archive(side: Side) -> list[Call]:
    return [Call("POST", kwargs=of(side.product()), once=True)]


# --- Orders and money -----------------------------------------------------------------


@page("payments:order")
def _order(side: Side) -> list[Call]:
    return [Call(kwargs=of(side.sold()))]


@page("payments:cancel-order")
def _cancel_order(side: Side) -> list[Call]:
    return [Call("POST", kwargs=of(side.order()))]


@page("payments:confirm-transfer", "payments:reject-transfer")
def _transfer(side: Side) -> list[Call]:
    return [
        Call("POST", kwargs=of(side.transfer_of()), data={"reason": "nothing came"})
    ]


@page("payments:holds")
def _holds(side: Side) -> list[Call]:
    order = side.order()
    place = f"{order.customer_id - 1}-0"
    return [
        Call(),
        Call(query={"sesudah": place}),
        Call(query={"cari": canary.THEIRS[:4]}),
    ]


@page("payments:blocked-buyers")
def _blocked_buyers(side: Side) -> list[Call]:
    buyer = make_customer(side.word)
    customers.block(actor=side.owner, customer=buyer, reason=side.word, now=NOON)
    return [Call(), Call(query={"sebelum": Id(10**6, is_position=True)})]


@page("payments:block-buyer", "payments:unblock-buyer")
def _block_buyer(side: Side) -> list[Call]:
    buyer = make_customer(side.word)
    return [Call("POST", kwargs=of(buyer), data={"reason": side.word})]


@page("payments:method-seen")
def _method_seen(side: Side) -> list[Call]:
    return [Call("POST", kwargs=of(side.transfer))]


@page("payments:supplier-seen")
def _supplier_seen(side: Side) -> list[Call]:
    return [Call("POST", kwargs=of(side.supplier))]


@page("payments:add-account")
def _add_account(side: Side) -> list[Call]:
    form = {
        "provider": "BCA",
        "account_number": "1234567890",
        "account_name": side.word,
        "hold_secs": "3600",
    }
    return [Call(), Call("POST", data=form)]


@page("payments:add-gateway")
def _add_gateway(side: Side) -> list[Call]:
    form = {
        "mode": "test",
        "merchant_code": "T77777",
        "api_key": f"DEV-{side.word}",
        "private_key": f"{side.word}-private-key",
        "hold_secs": "900",
    }
    code = {"code": "tripay"}
    return [Call(kwargs=code), Call("POST", kwargs=code, data=form, once=True)]


@page("payments:switch-method")
def _switch(side: Side) -> list[Call]:
    return [Call("POST", kwargs=of(side.transfer), data={"do": "on"})]


@page("payments:change-method")
def _change_method(side: Side) -> list[Call]:
    form = {
        "account_number": "1234567890",
        "account_name": side.word,
        "hold_secs": "3600",
    }
    method = of(side.transfer)
    return [
        Call(kwargs=method),
        Call("POST", kwargs=method, data=form, status=ASKS),
    ]


@page("payments:refund-order")
def _refund_order(side: Side) -> list[Call]:
    order = side.sold()
    form = {
        "amount": "1000",
        "to": "balance",
        "reason": "it does not work",
        "request_key": str(uuid4()),
        "seen_refunded": "0",
    }
    return [
        Call(kwargs=of(order)),
        Call("POST", kwargs=of(order), data=form, status=200),
        Call("POST", kwargs=of(order), data=form | {"step": "confirm"}, once=True),
    ]


def new_refund(side: Side) -> Any:
    draft = RefundDraft(
        amount=1_000,
        to=RefundTo.BALANCE,
        reason="it does not work",
        request_key=str(uuid4()),
        seen_refunded=0,
    )
    return refunds.request_refund(
        actor=side.owner, order=side.sold(), draft=draft, now=NOON
    )


@page(
    "payments:approve-refund",
    "payments:reject-refund",
    "payments:note-paid-out",
    "payments:refund-to-balance",
)
def _refund(side: Side) -> list[Call]:
    return [Call("POST", kwargs=of(new_refund(side)), data={"reason": "no"})]


@page("payments:books")
def _books(side: Side) -> list[Call]:
    order = side.sold()
    return [Call(), Call(query={"sebelum": Id(order.pk + 1, is_position=True)})]


@page("payments:wallets")
def _wallets(side: Side) -> list[Call]:
    new_refund(side)
    return [Call(), Call(query={"cari": canary.THEIRS[:4], "sebelum": "999999-999999"})]


@page("payments:wallet")
def _wallet(side: Side) -> list[Call]:
    new_refund(side)
    return [Call(kwargs=of(side.buyer))]


@page("payments:policy")
def _policy(side: Side) -> list[Call]:
    form = {
        "wallet_is_on": "on",
        "wallet_limit": "2.000.000",
        "deposit_min": "10.000",
        "refund_approval_above": "500.000",
        "surplus_approval_above": "10.000",
        "undo_secs": "30",
    }
    return [Call(), Call("POST", data=form, status=ASKS)]


@page("payments:apply-money", "payments:return-money", "payments:credit-money")
def _unapplied_money(side: Side) -> list[Call]:
    return [Call("POST", kwargs=of(side.unapplied_money()), data={"note": "paid back"})]


@page("payments:buyer-told")
def _buyer_told(side: Side) -> list[Call]:
    found = of(side.unreached())
    return [Call("POST", kwargs=found, data={"note": "called them"})]


@page("payments:book-discrepancy", "payments:dismiss-discrepancy")
def _discrepancy(side: Side) -> list[Call]:
    return [Call("POST", kwargs=of(side.discrepancy()), data={"note": "looked at it"})]


@page("payments:open-codes")
def _open_codes(side: Side) -> list[Call]:
    order, right = side.sold(), Permission.REVEAL_CODES
    reason = {"reason": "the buyer says that it does not work"}
    return [
        Call(kwargs=of(order), right=right),
        Call("POST", kwargs=of(order), data=reason, status=200, right=right),
    ]


# --- Discord --------------------------------------------------------------------------


@page("bot:invite")
def _invite(side: Side) -> list[Call]:
    return [Call("POST")]


def panel_form(side: Side) -> dict[str, Any]:
    """A panel as the form sends it."""
    return {
        "channel_id": "11",
        "layout": "cards",
        "title": side.word,
        "description": "",
        "colour": "#ff8800",
        "buy_label": "Beli",
        "buy_style": "3",
        "payment_label": "Bayar",
        "payment_style": "2",
        "refresh_secs": "5",
        "name_template": "ticket-{username}-{product}",
    }


def new_panel(side: Side) -> Any:
    draft = PanelDraft(guild_id=side.guild.pk, channel_id=11, title=side.word)
    return panels.place_panel(actor=side.owner, draft=draft, now=NOON)


@page("bot:add-panel")
def _add_panel(side: Side) -> list[Call]:
    return [Call(), Call("POST", data=panel_form(side))]


@page("bot:preview")
def _preview(side: Side) -> list[Call]:
    return [Call("POST", data=panel_form(side), status=200)]


@page("bot:panel")
def _panel(side: Side) -> list[Call]:
    panel = new_panel(side)
    return [
        Call(kwargs=of(panel)),
        Call("POST", kwargs=of(panel), data=panel_form(side), status=ASKS),
    ]


@page("bot:resume-panel", "bot:remove-panel")
def _panel_action(side: Side) -> list[Call]:
    return [Call("POST", kwargs=of(new_panel(side)), once=True)]


@page("bot:ticket")
def _ticket(side: Side) -> list[Call]:
    return [Call(kwargs=of(side.ticket()))]


@page("bot:errors")
def _errors(side: Side) -> list[Call]:
    code = f"AAA-{side.next_number():03}"
    factories.ErrorReportFactory(code=code, doing=f"{side.word}:1")
    return [
        Call(),
        Call(query={"cari": Id(code, nothing="AAA-AAA")}),
        Call(query={"sebelum": Id(10**6, is_position=True)}),
    ]


@page("bot:attachment")
def _attachment(side: Side) -> list[Call]:
    ticket = side.ticket()
    said = TicketMessage.objects.get(ticket=ticket).discord_id
    return [Call(kwargs=of(ticket) | {"message_id": Id(said), "number": 0})]


@page("bot:server-settings")
def _server_settings(side: Side) -> list[Call]:
    form = {"log_channel_id": "12", "staff_role_id": "777", "auto_close_secs": "900"}
    return [Call(), Call("POST", data=form, status=ASKS)]


@page("tenants:settings")
def _settings(side: Side) -> list[Call]:
    form = {
        "name": side.word,
        "time_zone": "Asia/Jakarta",
        "language": "id",
        "deposit_alert_hours": "4",
    }
    return [Call(), Call("POST", data=form, status=ASKS)]


def somebody(side: Side) -> Id:
    """One more person of the store, who may be changed."""
    return Id(factories.make_member(Role.VIEWER).pk)


@page("tenants:invite-member")
def _invite_member(side: Side) -> list[Call]:
    form = {"role": "cashier", "account": "", "days": "7"}
    return [Call(), Call("POST", data=form, status=200)]


@page("tenants:revoke-invitation")
def _revoke_invitation(side: Side) -> list[Call]:
    made = invitations.invite(
        actor=side.owner, draft=InvitationDraft(role="viewer"), now=NOON
    )
    return [Call("POST", kwargs=of(made.invitation), once=True)]


@page("tenants:change-role")
def _change_role(side: Side) -> list[Call]:
    form = {"role": "cashier", "seen_role": "viewer"}
    return [Call("POST", kwargs={"member_id": somebody(side)}, data=form)]


@page("tenants:remove-member")
def _remove_member(side: Side) -> list[Call]:
    return [Call("POST", kwargs={"member_id": somebody(side)}, once=True)]


@page("tenants:leave-store")
def _leave_store(side: Side) -> list[Call]:
    return [Call("POST", once=True)]  # the only owner stays, and reads why


@page("tenants:offer-store")
def _offer_store(side: Side) -> list[Call]:
    return [Call("POST", kwargs={"member_id": somebody(side)})]


def new_offer(side: Side) -> Any:
    taker = factories.make_member(Role.VIEWER)
    return handovers.offer_store(actor=side.owner, member_id=taker.pk, now=NOON)


@page("tenants:withdraw-offer")
def _withdraw_offer(side: Side) -> list[Call]:
    return [Call("POST", kwargs=of(new_offer(side)))]


@page("tenants:answer-offer")
def _answer_offer(side: Side) -> list[Call]:
    # Nobody of them was asked; the one who was is another person.
    answers = [{"answer": "yes"}, {"answer": "no"}]
    offer = of(new_offer(side))
    return [Call("POST", kwargs=offer, data=each, status=403) for each in answers]


@page("tenants:history")
def _history(side: Side) -> list[Call]:
    actor = Id(f"user:{side.owner.user_id}", nothing="user:999999")
    panel = Id(f"panel:{new_panel(side).public_id}", nothing=f"panel:{uuid4()}")
    return [
        Call(),
        Call(query={"orang": actor, "jenis": "store", "sebelum": "999999"}),
        Call(query={"objek": panel, "dari": "2026-03-01", "sampai": "2027-01-01"}),
    ]
