"""Codes seen again and the balance, as people press it in a local Discord."""

import pytest

from bot.models import OutgoingMessage, Ticket
from bot.simulator import world
from bot.simulator.client import text_of
from payments.models import Deposit, Order, Payment
from payments.services.incoming import settlement
from payments.services.orders import disclosure
from payments.states import DepositStatus, OrderStatus
from ppob.kit import clock
from security.models import AuditEntry
from tests.bot.test_in_discord import code_of, commands, pay, store, town
from tests.bot.town import answer, find, has, ids
from tests.factories import wait_until

__all__ = ["store", "town"]


@pytest.fixture
def sold(town, store, jobs):
    """Ayu's order, paid and delivered."""
    town.buy(town.ayu, store.product.pk)
    town.ticket_of(town.ayu)
    return pay(store, jobs)


def slash(town, person, command, **options):
    wait_until(lambda: command in commands(person, town.products_id))
    return person.slash(town.products_id, command, **options)["message"]


def menu_of(message) -> tuple[str, list[str]]:
    """The id of the message's menu and its values."""
    for row in message["components"]:
        for part in row["components"]:
            if part.get("options"):
                return part["custom_id"], [o["value"] for o in part["options"]]
    raise AssertionError("no menu")


def ask_to_fill(town, amount="50.000"):
    """Ayu wants to top up by transfer: what she is shown, and the payment."""
    offered = slash(town, town.ayu, "deposit", amount=amount)
    shown = town.ayu.click(offered, find(offered, "", "v1:fundwith:"))["message"]
    return shown, Payment.objects.filter(deposit__isnull=False).latest("pk")


def fill(town, store, amount="50.000"):
    """Ayu tops up by transfer and the seller confirms it."""
    shown, payment = ask_to_fill(town, amount)
    settlement.confirm_transfer(actor=store.seller, payment=payment, now=clock.now())
    return shown, payment


def test_history_opens_cards_and_codes_and_says_when_they_were_seen(town, store, sold):
    listed = slash(town, town.ayu, "history")
    revealed = answer(town.ayu.click(listed, find(listed, "", "v1:reveal:")))
    menu, values = menu_of(listed)
    card = answer(town.ayu.select(listed, [sold.pk], custom_id=menu))
    again = text_of(slash(town, town.ayu, "history"))

    assert values == [str(sold.pk)]
    assert code_of(store, sold) in revealed
    stamp = f"<t:{int(first_seen(sold).timestamp())}:t>"
    assert [stamp in text for text in (revealed, card, again)] == [True, True, True]
    assert f"#{sold.code}" in card
    assert code_of(store, sold) not in card + again


def first_seen(order):
    return order.lines.get().deliveries.get().first_revealed_at


def test_nobody_sees_another_buyers_history(town, store, sold):
    listed = slash(town, town.bima, "history")

    assert sold.code not in text_of(listed)
    assert ids(listed) == []


def test_a_strangers_press_is_in_the_audit_trail(town, store, sold):
    channel = town.ticket_of(town.ayu)

    told = answer(town.press(town.rizky, channel, "v1:reveal:"))

    assert code_of(store, sold) not in told
    entry = AuditEntry.objects.get(action="codes.refused")
    assert entry.actor == f"discord:{world.RIZKY.id}"


def test_the_buyer_reads_in_the_ticket_that_staff_looked(town, store, sold):
    reason = "Pembeli bilang kodenya sudah terpakai"
    disclosure.reveal_to_staff(
        actor=store.seller, order=sold, reason=reason, now=clock.now()
    )

    line = town.ayu.wait_for_message(
        town.ticket_of(town.ayu), lambda found: reason in text_of(found)
    )

    assert code_of(store, sold) not in text_of(line)


def test_a_top_up_from_preset_to_balance(town, store):
    empty = slash(town, town.ayu, "saldo")
    amounts = town.ayu.click(empty, "v1:topup")["message"]
    ways = town.ayu.click(amounts, "v1:fund:50000")["message"]
    shown = town.ayu.click(ways, find(ways, "", "v1:fundwith:50000:"))["message"]
    payment = Payment.objects.get()
    noted = answer(town.ayu.click(shown, f"v1:paid:{payment.pk}"))
    # Nobody is told any more how to pay what is credited already.
    wait_until(lambda: town.ayu.dm_channel() is not None)
    wait_until(lambda: len(town.ayu.messages(town.ayu.dm_channel())) == 1)
    settlement.confirm_transfer(actor=store.seller, payment=payment, now=clock.now())

    wait_until(lambda: len(town.ayu.messages(town.ayu.dm_channel())) == 2)
    sent, credited = map(text_of, town.ayu.messages(town.ayu.dm_channel()))
    account = slash(town, town.ayu, "saldo")

    assert f"{payment.amount}" in text_of(shown)
    assert f"{payment.amount}" in sent
    assert payment.subject.code in noted
    amount = f"{payment.amount:,}".replace(",", ".")
    assert f"Rp {amount}" in credited
    assert f"**Rp {amount}**" in text_of(account)
    assert Deposit.objects.get().status == DepositStatus.CREDITED


def test_another_amount_is_typed_in_a_form(town, store):
    empty = slash(town, town.ayu, "saldo")
    amounts = town.ayu.click(empty, "v1:topup")["message"]
    form = town.ayu.click(amounts, "v1:fundother")
    refused = answer(town.ayu.submit(form, {"amount": "50,5"}))
    form = town.ayu.click(amounts, "v1:fundother")
    ways = town.ayu.submit(form, {"amount": "75rb"})["message"]

    assert "Rp 10.000" in refused
    assert "Rp 2.000.000" in refused
    assert has(ways, "v1:fundwith:75000:")
    assert not Deposit.objects.exists()


def test_with_closed_direct_messages_a_top_up_loses_nothing(town, store):
    town.ayu.set_dm_open(False)

    direct = OutgoingMessage.objects.filter(recipient_id=world.AYU.id)

    payment = ask_to_fill(town)[1]
    wait_until(lambda: [row.status for row in direct.all()] == ["failed"], secs=10)
    settlement.confirm_transfer(actor=store.seller, payment=payment, now=clock.now())

    wait_until(lambda: [row.status for row in direct.all()] == ["failed"] * 2, secs=10)
    account = text_of(slash(town, town.ayu, "saldo"))
    assert f"{payment.amount:,}".replace(",", ".") in account


def test_a_top_up_is_opened_again_and_cancelled_from_direct_messages(town, store):
    offered = slash(town, town.ayu, "deposit", amount="50rb")
    town.ayu.click(offered, find(offered, "", "v1:fundwith:"))
    again = slash(town, town.ayu, "saldo")
    shown = town.ayu.click(again, find(again, "", "v1:howto:"))["message"]

    wait_until(lambda: town.ayu.dm_channel() is not None)
    told = answer(town.press(town.ayu, town.ayu.dm_channel(), "v1:undeposit:"))

    deposit = Deposit.objects.get()
    assert str(Payment.objects.get().amount) in text_of(shown)
    assert deposit.code in told
    assert deposit.status == DepositStatus.CANCELLED


def test_the_balance_pays_in_the_ticket(town, store, jobs):
    fill(town, store)
    town.buy(town.ayu, store.product.pk)
    channel = town.ticket_of(town.ayu)

    paid = answer(town.press(town.ayu, channel, "v1:balance:"))
    jobs.run()
    shown = answer(town.press(town.ayu, channel, "v1:reveal:"))

    order = Order.objects.get()
    assert order.code in paid
    assert order.status == OrderStatus.DELIVERED
    assert code_of(store, order) in shown


def test_balance_and_another_way_pay_together(town, store, jobs):
    fill(town, store, "12.000")
    town.buy(town.ayu, store.product.pk)
    channel = town.ticket_of(town.ayu)
    short = town.press(town.ayu, channel, "v1:balance:")["message"]
    ways = town.ayu.click(short, find(short, "", "v1:split:"))["message"]
    town.ayu.click(ways, find(ways, "", "v1:pay:"))

    order = Order.objects.get()
    assert order.status == OrderStatus.AWAITING_PAYMENT
    payment = Payment.objects.get(order=order, from_balance=False)
    assert payment.net == order.total - order.reserved
    settlement.confirm_transfer(actor=store.seller, payment=payment, now=clock.now())
    jobs.run()

    shown = answer(town.press(town.ayu, channel, "v1:reveal:"))
    assert code_of(store, order) in shown
    assert Ticket.objects.get().status == "paid"


def test_a_line_of_the_balance_opens_its_order(town, store, jobs):
    fill(town, store)
    town.buy(town.ayu, store.product.pk)
    town.press(town.ayu, town.ticket_of(town.ayu), "v1:balance:")
    account = slash(town, town.ayu, "saldo")

    menu, values = menu_of(account)
    card = answer(town.ayu.select(account, values[:1], custom_id=menu))

    assert f"#{Order.objects.get().code}" in card
