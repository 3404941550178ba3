"""A store in which much has happened."""

import pytest

from bot.services import panels, tickets
from bot.services.panels import PanelDraft
from bot.states import PauseReason
from payments.models import UnmatchedMoney
from payments.services import completion, expiry, settlement, unmatched
from security.services import sealing
from tests.conftest import NOON
from tests.factories import (
    make_customer,
    make_guild,
    make_member,
    make_order,
    make_product,
)
from tests.payments.acts import LATE, pending, tell


def order_in_discord(seller):
    """A ticket from a panel whose history has begun."""
    guild = make_guild(bot_joined_at=NOON)
    panel = panels.place_panel(
        member=seller, draft=PanelDraft(guild_id=guild.pk, channel_id=66), now=NOON
    )
    panels.pause_panel(panel.pk, reason=PauseReason.FORBIDDEN, now=NOON)
    panels.resume_panel(member=seller, panel=panel, now=NOON)
    return tickets.open_ticket(
        customer=make_customer("citra"),
        guild_id=guild.pk,
        product_id=make_product(codes=2).pk,
        panel_id=panel.pk,
        request_key="discord:1",
        now=NOON,
    ).ticket


@pytest.fixture
def busy_store(in_arcadia, jobs):
    """One order in each interesting place."""
    seller = make_member()
    done = make_order(make_product(codes=3), quantity=2)
    tell(pending(done))
    jobs.run()
    completion.leave_review(customer=done.customer, order_id=done.pk, stars=5, now=NOON)
    paid = make_order(customer=make_customer("bima"))
    tell(pending(paid))  # its delivery has not run yet
    pending()
    product = make_product(codes=1)
    for number in range(3):
        late = pending(make_order(product))
        expiry.expire_order(order_id=late.order_id, now=LATE)
        tell(late, amount=late.amount + 7, now=LATE)
        money = UnmatchedMoney.objects.get(payment=late)
        if number < 2:  # waits for the seller instead of staying in the balance
            unmatched.ask_return(
                customer=late.order.customer, money_id=money.pk, now=LATE
            )
        if number == 1:
            unmatched.note_returned(member=seller, money=money, note="x", now=LATE)
    bought = order_in_discord(seller)
    tell(pending(bought.order))
    rejected = pending()
    settlement.reject_transfer(member=seller, payment=rejected, reason="none", now=NOON)
    sealing.seal_entries()
