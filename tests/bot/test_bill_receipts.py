"""Every bill of the simulated supplier: imported, looked up, paid, and its receipt."""

import re
from decimal import Decimal
from pathlib import Path

import pytest

from bot.message_kinds import About
from bot.models import OutgoingMessage, Ticket
from bot.presenters import bills as drawing
from bot.presenters import codes as revealing
from bot.presenters import orders as cards
from bot.presenters import topups as asking
from bot.services import buyer, own_orders, panels, tickets, topups, wording
from catalog.models import Category
from inventory.models import BillInquiry, SupplierProduct
from inventory.services import price_sync, supplier_products
from inventory.services.supplier_products import ImportDraft
from inventory.suppliers.digiflazz.simulator.tariffs import LINES
from payments.services.orders import completion, disclosure
from payments.states import OrderStatus
from ppob.kit.i18n import speaking
from tests.inventory.billing import DIGIFLAZZ, BillShop
from tests.payments.acts import open_transfer, pending, tell

FEE = 3_000
SHELVES = {
    "pln": ("BILLPLN", "Tagihan PLN", "💡"),
    "pdam": ("BILLPDAM", "Tagihan PDAM", "🚰"),
    "internet": ("BILLINTERNET", "Internet & TV", "🌐"),
    "bpjs": ("BILLBPJS", "BPJS", "🏥"),
    "bpjstk": ("BILLBPJS", "BPJS", "🏥"),
}
SAID = {
    "pln": "Period January 2019 Tariff: R1 Power: 1300",
    "pdam": "Period January 2019 Tariff: 3A Address: WONOKROMO S.S BARU 2 8",
    "internet": "Period January 2019",
    "bpjs": "Members: 2 Months: 1",
    "bpjstk": "Branch: KOTA SIMULASI",
}
NAME = "Nama Pelanggan Pertama"


def words(draft):
    """All that a reader sees: texts, fields, labels."""
    embed = draft.embed
    parts = [draft.text]
    if embed is not None:
        parts += [embed.title, embed.text, embed.footer]
        parts += [f"{field.name} {field.value}" for field in embed.fields]
    for row in draft.rows:
        parts += [button.label for button in row] if isinstance(row, tuple) else []
    return " ".join(" ".join(parts).split())


class Sale:
    """The whole way of one bill, from the supplier's list to what its buyer reads."""

    def __init__(self, store, shop, sku):
        self.store, self.shop, self.sku = store, shop, sku
        self.line = next(each for each in LINES if each.sku == sku)
        self.number = self.line.numbers[0]
        self.product = self._import()

    def _import(self):
        paying = self.shop.line.answer

        def answer(path, content):
            if path == "/price-list":
                return {"data": self.shop.engine.price_list(content)}
            return paying(path, content)

        self.shop.line.answer = answer
        SupplierProduct.objects.all().delete()
        price_sync.sync_bills(account_id=self.shop.account.pk, now=self.shop.now)
        option = SupplierProduct.objects.get(sku=self.sku)
        draft = ImportDraft([option.pk], Decimal(8), fee=FEE)
        [product] = supplier_products.import_products(
            actor=self.store.seller, draft=draft, now=self.shop.now
        )
        return product

    def look_up(self):
        return topups.check_entered(
            customer=self.store.buyer,
            product_id=self.product.pk,
            panel_id=self.store.panel.pk,
            text=self.number,
            now=self.shop.now,
        )

    def buy(self):
        found = self.look_up()
        opened = tickets.open_ticket(
            customer=self.store.buyer,
            guild_id=self.store.guild.pk,
            product_id=self.product.pk,
            panel_id=self.store.panel.pk,
            request_key="discord:1",
            now=self.shop.now,
            inquiry_id=found.inquiry_id,
        )
        order = opened.ticket.order
        tell(pending(order, method=open_transfer(), now=self.shop.now))
        self.shop.work()
        order.refresh_from_db()
        assert order.status == OrderStatus.DELIVERED
        return order

    def told(self, kind):
        """What the buyer reads of this kind of message, in English."""
        message = OutgoingMessage.objects.get(kind=kind)
        about = About(message.payload, message.ticket_id or Ticket.objects.get().pk)
        with speaking("en"):
            found = wording.message_kinds.get_kind(kind)
            return words(found.draw(found.load(about)))

    def revealed(self, order):
        look = buyer.look_at_codes(
            customer=self.store.buyer, order_id=order.pk, now=self.shop.now
        )
        with speaking("en"):
            return words(
                revealing.revealed(
                    look.codes,
                    look.order,
                    first_seen_at=look.first_seen_at,
                    what=look.handed,
                    bills=look.bills,
                )
            )


@pytest.fixture
def shop(store, monkeypatch, jobs):
    return BillShop(monkeypatch, jobs, DIGIFLAZZ)


@pytest.fixture(params=SHELVES)
def sale(request, store, shop):
    return Sale(store, shop, request.param)


@pytest.fixture
def power(store, shop):
    return Sale(store, shop, "pln")


def test_the_supplier_has_no_other_bills():
    assert {each.sku for each in LINES} == set(SHELVES)


def test_a_bill_finds_its_shelf_and_stands_on_a_panel_with_its_fee(sale):
    code, name, emoji = SHELVES[sale.sku]

    category = Category.objects.get(pk=sale.product.category_id)

    assert (category.code, category.name, category.emoji) == (code, name, emoji)
    assert sale.product.name == sale.line.name
    [shown] = [
        each
        for each in panels.list_panel_products()
        if each.is_bill and each.name == sale.line.name
    ]
    assert shown.can_be_bought
    with speaking("en"):
        offer = topups.offer(
            customer=sale.store.buyer,
            product_id=sale.product.pk,
            panel_id=sale.store.panel.pk,
            now=sale.shop.now,
        )
        assert "Rp 3.000" in words(asking.choose_account(offer))


def test_its_buyer_sees_whose_bill_it_is_before_paying(sale):
    with speaking("en"):
        shown = words(drawing.confirm(sale.look_up()))

    assert f"👤 **{NAME}**" in shown
    assert f"**{sale.number}**" in shown
    assert "Rp 11.000 + Rp 3.000 = **Rp 14.000**" in shown
    for part in re.split(r" (?=[A-Z]\w*:)", SAID[sale.sku]):
        assert part in shown


def test_the_receipt_is_whole_and_opens_for_its_buyer_alone(sale):
    order = sale.buy()

    asked = BillInquiry.objects.get()
    proof = sale.shop.engine.all_transactions()[0].sn
    assert bool(proof) is (sale.sku != "bpjstk")
    shown = sale.revealed(order)
    for part in (
        f"Receipt of order #{order.code}",
        f"Name **{NAME}**",
        f"{sale.line.name} **{sale.number}**",
        "Rp 11.000 + Rp 3.000 = **Rp 14.000**",
        "Of it admin Rp 2.500",
        f"Reference `{asked.ref_id}`",
        proof or "The company gave no serial number",
    ):
        assert part in shown
    ready, card = sale.told("order_ready"), sale.told("top_up_card")
    for message in (ready, card):
        assert NAME in message
        assert "Rp 11.000 + Rp 3.000 = **Rp 14.000**" in message
        assert f"Customer number **{NAME}** · {sale.number}" in message or (
            f"Customer number **{NAME} · {sale.number}**" in message
        )
        assert not proof or proof not in message


def test_history_has_the_receipt(power):
    order = power.buy()

    with speaking("en"):
        page = own_orders.history(customer=power.store.buyer)
        listed = words(cards.history(page))
        card = cards.card(
            own_orders.card(customer=power.store.buyer, order_id=order.pk)
        )

    assert f"🧾 #{order.code}" in listed
    assert f"Name **{NAME}**" in words(card)
    assert "Period January 2019" in words(card)
    assert card.rows[0][0].label == "🧾 Receipt"


def test_nothing_says_code_where_a_receipt_is_meant(power):
    order = power.buy()
    disclosure.reveal_to_staff(
        actor=power.store.seller,
        order=order,
        reason="Pembeli bilang belum lunas",
        now=power.shop.now,
    )
    completion.leave_review(
        customer=power.store.buyer,
        order_id=order.pk,
        stars=5,
        text="",
        now=power.shop.now,
    )

    texts = [
        power.told("ticket_guide"),
        power.told("order_ready"),
        power.told("order_completed"),
        power.told("top_up_card"),
        power.revealed(order),
    ]
    told = power.told("codes_disclosed")

    assert "opened the serial number of order" in told
    for text in texts:
        plain = text.replace(f"#{order.code}", "")
        assert not re.search(r"\bcodes?\b|top-up|🔐", plain, re.IGNORECASE), text


def test_a_form_names_no_number_of_the_simulator():
    numbers = {number for line in LINES for number in line.numbers}
    product = [
        path
        for folder in ("bot", "payments", "catalog", "templates")
        for path in Path(folder).rglob("*")
        if path.suffix in (".py", ".html") and "simulator" not in path.parts
    ]

    assert product
    for path in product:
        assert not [each for each in numbers if each in path.read_text()], path
