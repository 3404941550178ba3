"""The words of an outgoing message, from the rows it is about.

A message is worded when it is sent, not when it is written: it says what is true then,
in the language of whoever reads it.
"""

from collections.abc import Callable

from django.conf import settings

from bot.models import Panel, Ticket
from bot.presenters import codes, log, ticket
from bot.presenters.draft import Draft
from bot.presenters.paying import Offer
from bot.services import buyer, money_letters, pictures, subjects
from bot.services.sending import Claimed
from catalog.models import Product
from payments import purchase_links
from payments.models import Order, Review, UnreachedBuyer
from payments.services.orders import quantities
from payments.states import OrderStatus, PaymentStatus, UnreachedStatus
from ppob.kit import clock, scope
from ppob.kit.i18n import speaking
from security import origin
from security.models import AuditEntry
from tenants import history, selectors
from tenants.models import Guild, Handover, Tenant
from tenants.states import HandoverStatus

Writer = Callable[[Claimed], Draft | None]


class UnknownKind(LookupError):
    """No writer for this kind of message."""


def write(message: Claimed) -> Draft | None:
    """The message in words; None if there is nothing left to say."""
    if message.kind in _TO_BUYER:
        writer, language = _TO_BUYER[message.kind], _buyer_language(message)
    elif message.kind in _TO_SELLER:
        writer, language = _TO_SELLER[message.kind], _store().language
    else:
        raise UnknownKind(message.kind)
    with speaking(language):
        return writer(message)


def _guide(message: Claimed) -> Draft | None:
    order = _order(message)
    offer = buyer.offer_for(order)
    if order.status != OrderStatus.AWAITING_PAYMENT:
        offer = Offer(order, [])
    lines = list(order.lines.select_related("product").order_by("pk"))
    return ticket.guide(
        offer,
        lines,
        order.customer.discord_id,
        picture=pictures.picture_of(lines[0].product),
        has_quantities=quantities.may_choose(order, now=clock.now()),
    )


def _payment_failed(message: Claimed) -> Draft | None:
    order = _order(message)
    if order.status != OrderStatus.AWAITING_PAYMENT:
        return None
    return ticket.payment_failed(buyer.offer_for(order))


def _payment_received(message: Claimed) -> Draft | None:
    late = {OrderStatus.EXPIRED.value, OrderStatus.CANCELLED.value}
    order = _order(message)
    settled = order.payments.filter(status=PaymentStatus.SETTLED)
    return ticket.payment_received(
        order,
        # With a unique code, buyers transfer a little more than the total.
        amount=sum(payment.amount for payment in settled) or order.total,
        is_late=message.payload.get("source") in late,
    )


def _order_ready(message: Claimed) -> Draft | None:
    order = _order(message)
    lines = list(order.lines.order_by("pk"))
    return ticket.order_ready(
        order,
        lines,
        order.customer.discord_id,
        page=purchase_links.find_address(order),
    )


def _order_completed(message: Claimed) -> Draft | None:
    tickets = Ticket.objects.filter(pk=message.ticket_id)
    closes_at = tickets.values_list("closes_at", flat=True).first()
    return ticket.order_completed(_order(message), closes_at=closes_at)


def _order_expired(message: Claimed) -> Draft | None:
    order = _order(message)
    return ticket.order_expired(order, released=_released(order))


def _order_cancelled(message: Claimed) -> Draft | None:
    order = _order(message)
    return ticket.order_cancelled(order, released=_released(order))


def _released(order: Order) -> int:
    """What an unpaid order gave back to its buyer's balance at its end (rupiah)."""
    rows = order.payments.filter(from_balance=True, status=PaymentStatus.EXPIRED)
    newest = rows.order_by("-pk").first()
    return newest.amount if newest is not None else 0


def _codes_disclosed(message: Claimed) -> Draft | None:
    return codes.opened_by_staff(_order(message), reason=message.payload["reason"])


def _log_sale(message: Claimed) -> Draft | None:
    order = _order(message)
    names = ", ".join(
        f"{line.quantity} × {line.product_name}" for line in order.lines.order_by("pk")
    )
    return log.sale(order, names)


def _log_completed(message: Claimed) -> Draft | None:
    order = _order(message)
    review = Review.objects.filter(order=order).first()
    return log.completed(
        order,
        stars=review.stars if review else 0,
        words=review.text if review else "",
    )


def _stock_alert(message: Claimed) -> Draft | None:
    product = Product.objects.get(pk=message.payload["product"])
    return log.stock_alert(
        product,
        level=message.payload["level"],
        available=message.payload["available"],
    )


def _panel_paused(message: Claimed) -> Draft | None:
    panel = Panel.objects.filter(pk=message.payload["panel"]).first()
    if panel is None:
        return None
    return log.panel_paused(panel, message.payload["reason"], page=_dashboard())


def _no_room(message: Claimed) -> Draft | None:
    return log.no_room(message.payload["reason"])


def _buyer_left(message: Claimed, *, page: str) -> Draft:
    return log.buyer_left(_order(message), page=page)


def _buyer_unreached(message: Claimed, *, page: str) -> Draft | None:
    found: UnreachedBuyer = UnreachedBuyer.objects.select_related(
        "customer", "order"
    ).get(pk=message.payload["unreached"])
    if found.status != UnreachedStatus.OPEN:
        return None
    return log.buyer_unreached(found, page=f"{page}uang/")


def _log_channel_closed(message: Claimed, *, page: str) -> Draft:
    guild = Guild.objects.get(pk=message.payload["guild"])
    return log.log_channel_closed(
        guild.name,
        store=_store().name,
        is_gone=message.payload["is_gone"],
        page=f"{page}pengaturan/discord/",
    )


def _store_health(message: Claimed) -> Draft:
    page = f"{_dashboard()}kesehatan/"
    return log.store_health(message.payload["violations"], page=page)


def _store_offered(message: Claimed) -> Draft | None:
    offer = Handover.objects.select_related("giver", "taker").get(
        pk=message.payload["offer"]
    )
    if offer.status != HandoverStatus.OFFERED:
        return None
    with speaking(offer.taker.language):
        return log.store_offered(
            offer, store=_store().name, page=f"{_dashboard()}staf/"
        )


def _deed_done(message: Claimed) -> Draft | None:
    entry = AuditEntry.objects.filter(pk=message.payload["entry"]).first()
    if entry is None:
        return None
    deed = history.tell(entry, names=selectors.actor_names({entry.actor}))
    return log.deed_done(
        deed,
        store=_store().name,
        place=origin.rough_place(entry.ip),
        page=f"{_dashboard()}pengaturan/riwayat/",
    )


def _with_page(writer: Callable[..., Draft | None]) -> Writer:
    """The writer with the address of the store's dashboard."""
    return lambda message: writer(message, page=_dashboard())


_TO_BUYER: dict[str, Writer] = {
    "ticket_guide": _guide,
    "payment_instructions": money_letters.instructions,
    "deposit_instructions": money_letters.instructions,
    "payment_failed": _payment_failed,
    "payment_received": _payment_received,
    "order_ready": _order_ready,
    "order_completed": _order_completed,
    "order_expired": _order_expired,
    "order_cancelled": _order_cancelled,
    "money_unmatched": money_letters.unmatched,
    "money_returned": money_letters.returned,
    "money_asked_back": money_letters.asked_back,
    "money_credited": money_letters.credited,
    "deposit_credited": money_letters.deposit_credited,
    "refund_paying_out": money_letters.refund_on_its_way,
    "refund_done": money_letters.refund_done,
    "payment_reversed": money_letters.reversed_payment,
    "codes_disclosed": _codes_disclosed,
}
_TO_SELLER: dict[str, Writer] = {
    "log_payment_received": _log_sale,
    "log_order_completed": _log_completed,
    "log_transfer": _with_page(money_letters.log_transfer),
    "log_money_unmatched": _with_page(money_letters.log_unmatched),
    "log_money_asked_back": _with_page(money_letters.log_asked_back),
    "log_money_credited": _with_page(money_letters.log_credited),
    "log_deposit_credited": _with_page(money_letters.log_deposit),
    "log_refund": _with_page(money_letters.log_refund),
    "log_payment_reversed": _with_page(money_letters.log_reversed),
    "log_discrepancy": _with_page(money_letters.log_discrepancy),
    "log_method_trouble": _with_page(money_letters.log_method_trouble),
    "log_supplier_trouble": _with_page(money_letters.log_supplier_trouble),
    "log_buyer_left": _with_page(_buyer_left),
    "log_buyer_unreached": _with_page(_buyer_unreached),
    "log_channel_closed": _with_page(_log_channel_closed),
    "stock_alert": _stock_alert,
    "store_health": _store_health,
    "deed_done": _deed_done,
    "store_offered": _store_offered,
    "log_deed_done": _deed_done,
    "panel_paused": _panel_paused,
    "no_room": _no_room,
}


def _order(message: Claimed) -> Order:
    orders = Order.objects.select_related("customer")
    if "order" in message.payload:
        found: Order = orders.get(pk=message.payload["order"])
    else:
        found = orders.get(tickets=message.ticket_id)
    return found


def _buyer_language(message: Claimed) -> str:
    if message.ticket_id is None:
        customer = subjects.find_customer(message.payload) or _order(message).customer
        return customer.language
    language: str = Ticket.objects.values_list("customer__language", flat=True).get(
        pk=message.ticket_id
    )
    return language


def _store() -> Tenant:
    return Tenant.objects.get(pk=scope.get_tenant_id())


def _dashboard() -> str:
    return f"{settings.SITE_URL.rstrip('/')}/toko/{_store().slug}/"
