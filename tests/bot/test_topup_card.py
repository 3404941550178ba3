"""The card of a top-up: one message that lives through all of it."""

from datetime import timedelta

import pytest

from bot.message_kinds import About, Chore
from bot.messages import topups as card_message
from bot.models import OutgoingMessage
from bot.services import wording
from inventory.models import SupplierProduct
from inventory.suppliers.base import FactState, OutcomeUnknown
from inventory.suppliers.digiflazz.simulator.world import TOKO_DEWI
from inventory.tasks import sweep_purchases
from payments.services.orders import undo
from ppob.kit import clock
from ppob.kit.scope import no_tenant_scope
from tests.bot.diamonds import (
    buy,
    game,
    nothing_remembered,
    paid,
    product,
    supplier,
)
from tests.conftest import NOON
from tests.factories import make_policy
from tests.inventory.suppliers import (
    make_account,
    map_product,
)

__all__ = ["game", "nothing_remembered", "product", "supplier"]


# --- The card -------------------------------------------------------------------------


class Time:
    now = NOON


@pytest.fixture
def time(store, monkeypatch):
    moment = Time()
    monkeypatch.setattr(clock, "now", lambda: moment.now)
    return moment


def card():
    message = OutgoingMessage.objects.get(kind="top_up_card")
    return card_message.draw(card_message._load(About(message.payload)))


def redraws():
    return OutgoingMessage.objects.filter(kind=Chore.REDRAW).count()


def sweep(time, jobs, secs):
    time.now = NOON + timedelta(seconds=secs)
    with no_tenant_scope():
        sweep_purchases()
    jobs.run()


def test_one_card_lives_through_all_of_it(store, product, supplier, time, jobs):
    make_policy(undo_secs=30)
    ticket = paid(buy(store, product).ticket, jobs)
    first = card()
    assert "✓ Paid" in first.embed.text
    assert first.rows[0][0].custom_id == f"v1:undo:{ticket.order_id}"
    assert redraws() == 0

    supplier.answers = [FactState.PENDING]
    sweep(time, jobs, 30)
    assert "✓ Sent to the supplier" in card().embed.text
    assert card().rows == ()

    supplier.answers = [FactState.SUCCEEDED]
    sweep(time, jobs, 60)
    assert "🎉 Done" in card().embed.text
    assert OutgoingMessage.objects.filter(kind="top_up_card").count() == 1
    assert redraws() == 2


def test_the_card_says_that_it_was_taken_back(store, product, time, jobs):
    make_policy(undo_secs=30)
    ticket = paid(buy(store, product).ticket, jobs)

    undo.take_back(customer=store.buyer, order_id=ticket.order_id, now=NOON)

    assert "Taken back: no supplier was asked" in card().embed.text
    assert card().rows == ()


def test_the_card_says_that_it_went_elsewhere(store, product, supplier, time, jobs):
    make_policy(undo_secs=0)
    map_product(product, make_account(TOKO_DEWI, position=1), cost=10_500)
    supplier.answers = [FactState.NOT_FORMED, FactState.PENDING]

    paid(buy(store, product).ticket, jobs)

    assert "sent elsewhere, at no cost" in card().embed.text


def test_a_redrawn_message_reads_as_things_are_now(store, product, time, jobs):
    make_policy(undo_secs=30)
    ticket = paid(buy(store, product).ticket, jobs)
    message = OutgoingMessage.objects.get(kind="top_up_card")
    assert wording.rewrite(message.pk) is None  # it has not arrived yet

    OutgoingMessage.objects.filter(pk=message.pk).update(discord_id=4711)
    undo.take_back(customer=store.buyer, order_id=ticket.order_id, now=NOON)
    discord_id, draft = wording.rewrite(message.pk)

    assert discord_id == 4711
    assert draft.rows == ()


def test_past_the_promise_the_card_offers_the_money_once(store, product, time, jobs):
    make_policy(undo_secs=0, late_refund=False)
    ticket = buy(store, product).ticket
    SupplierProduct.objects.update(is_available=False)
    paid(ticket, jobs)
    assert card().rows == ()

    sweep(time, jobs, 301)
    sweep(time, jobs, 310)

    assert "no supplier has it yet" in card().embed.text
    assert card().rows[0][0].custom_id == f"v1:undo:{ticket.order_id}"
    assert OutgoingMessage.objects.filter(kind="log_purchase_late").count() == 1
    assert redraws() == 1


def test_past_the_promise_what_was_sent_is_held(store, product, supplier, time, jobs):
    make_policy(undo_secs=0)
    supplier.answers = [OutcomeUnknown("slow")] * 99
    paid(buy(store, product).ticket, jobs)

    sweep(time, jobs, 301)

    assert "Your money is held until it is certain" in card().embed.text
    assert card().rows == ()
