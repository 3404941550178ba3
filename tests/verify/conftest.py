"""A store in which much has happened."""

import pytest

from payments.models import UnmatchedMoney
from payments.services import completion, expiry, settlement, unmatched
from tests.conftest import NOON
from tests.factories import (
    make_customer,
    make_member,
    make_order,
    make_product,
)
from tests.payments.acts import LATE, pending, tell


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
        if number:
            money = UnmatchedMoney.objects.get(payment=late)
            unmatched.note_returned(member=seller, money=money, note="x", now=LATE)
    rejected = pending()
    settlement.reject_transfer(member=seller, payment=rejected, reason="none", now=NOON)
