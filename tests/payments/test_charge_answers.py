"""What a gateway makes of our charge is compared before a buyer sees any of it."""

import json
from datetime import timedelta

import httpx
import pytest
import respx

from payments.gateways import qris
from payments.gateways.base import Mode
from payments.gateways.tripay import SPEC
from payments.models import LedgerEntry, Order, Payment
from payments.services.incoming import charges, settlement
from payments.services.incoming.charges import CALL_LEASE, MethodUnavailable
from payments.services.incoming.settlement import CannotAsk
from payments.states import OrderStatus, PaymentStatus
from tests.conftest import NOON
from tests.factories import make_customer, make_gateway_method, make_order
from tests.payments.acts import open_transfer, pending

pytestmark = pytest.mark.usefixtures("right_books")

LIVE = {"merchant_code": "T10001", "api_key": "real", "private_key": "private"}
PRICE = 10_000


def code_for(*fields):
    """A QRIS text of a shop with these fields before its country."""
    return qris.compose(
        [
            ("00", "01"),
            ("01", "12"),
            ("26", "0014ID.EXAMPLE.WWW"),
            ("52", "5816"),
            ("53", "360"),
            *fields,
            ("58", "ID"),
            ("59", "TOKO"),
            ("60", "JAKARTA"),
        ]
    )


@pytest.fixture
def method(in_arcadia):
    """Real money: what nobody can read is not shown."""
    made = make_gateway_method()
    made.is_test = False
    made.credentials = json.dumps(LIVE)
    made.save()
    return made


@pytest.fixture
def order(in_arcadia):
    return make_order()


@pytest.fixture
def bystander(in_arcadia, method, tripay):
    """Another buyer, who waits for the same product by the same method."""
    other = make_order(customer=make_customer("bima"))
    return choose(other, method, tripay, gateway_reference="T-OTHER")


@pytest.fixture
def tripay():
    address = SPEC.addresses[Mode.LIVE]
    with respx.mock(base_url=address, assert_all_called=False) as mock:
        yield mock


def charge_of(payment, **changes):
    return {
        "reference": "T1",
        "merchant_ref": payment.reference,
        "amount": payment.amount,
        "qr_string": code_for(("54", str(payment.amount))),
        "checkout_url": "https://tripay.co.id/checkout/T1",
        "status": "UNPAID",
        "expired_time": int(payment.expires_at.timestamp()),
        **changes,
    }


def answer(data):
    return httpx.Response(200, json={"success": True, "data": data})


def choose(order, method, tripay, *, gateway_reference="T1", **changes):
    """The buyer chooses the method; the gateway answers with these changes."""

    def make_charge(request):
        reference = json.loads(request.content)["merchant_ref"]
        payment = Payment.objects.get(reference=reference)
        return answer(charge_of(payment, reference=gateway_reference, **changes))

    tripay.post("/transaction/create").mock(side_effect=make_charge)
    return charges.choose_method(
        order_id=order.pk, method_id=method.public_id, now=NOON
    )


def test_a_charge_that_fits_is_shown(order, method, tripay):
    payment = choose(order, method, tripay)

    assert payment.status == PaymentStatus.PENDING
    assert payment.gateway_reference == "T1"
    assert qris.parse(payment.how_to_pay.text).amount == PRICE
    assert payment.pay_url == "https://tripay.co.id/checkout/T1"


MISFITS = {
    "a rupiah more": {"amount": PRICE + 1},
    "a rupiah less": {"amount": PRICE - 1},
    "the payer's fee": {"amount": PRICE + 750},
    "a rupiah": {"amount": 1},
    "another amount in the code": {"qr_string": code_for(("54", str(PRICE + 750)))},
    "sen in the code": {"qr_string": code_for(("54", "10000.50"))},
    "two amounts in the code": {
        "qr_string": code_for(("54", str(PRICE)), ("54", str(PRICE * 9)))
    },
    "the same amount twice": {
        "qr_string": code_for(("54", str(PRICE)), ("54", str(PRICE)))
    },
    "a fee in the code": {
        "qr_string": code_for(("54", str(PRICE)), ("55", "02"), ("56", "750"))
    },
    "a tip in the code": {"qr_string": code_for(("54", str(PRICE)), ("55", "01"))},
    "a damaged code": {"qr_string": code_for(("54", str(PRICE)))[:-1] + "Z"},
    "no code at all": {"qr_string": "SANDBOX MODE"},
}


@pytest.mark.parametrize("misfit", MISFITS)
def test_a_charge_that_does_not_fit_is_shown_to_nobody(
    order, method, tripay, bystander, misfit
):
    with pytest.raises(MethodUnavailable):
        choose(order, method, tripay, **MISFITS[misfit])

    payment = Payment.objects.get(order=order)
    assert payment.status == PaymentStatus.FAILED
    assert (payment.instructions, payment.pay_url) == ({}, "")
    assert payment.gateway_reference == ""
    assert payment.claimed_until is None
    order.refresh_from_db()
    assert order.status == OrderStatus.AWAITING_PAYMENT
    bystander.refresh_from_db()
    assert bystander.status == PaymentStatus.PENDING
    assert bystander.gateway_reference == "T-OTHER"
    assert pending(order, method=open_transfer()).status == PaymentStatus.PENDING


def test_a_found_charge_is_compared_as_well(order, method, tripay):
    """The answer was lost; what was made meanwhile asks for another sum."""
    tripay.post("/transaction/create").mock(side_effect=httpx.ReadTimeout("silence"))
    payment = charges.choose_method(
        order_id=order.pk, method_id=method.public_id, now=NOON
    )
    assert payment.status == PaymentStatus.CREATED
    found = charge_of(payment, amount=PRICE + 750)
    tripay.get("/merchant/transactions").mock(return_value=answer([found]))
    tripay.get("/transaction/detail").mock(return_value=answer(found))

    charges.request_charge(payment_id=payment.pk, now=NOON + timedelta(minutes=1))

    payment.refresh_from_db()
    assert (payment.status, payment.instructions) == (PaymentStatus.FAILED, {})


@pytest.mark.parametrize(
    "failure",
    [
        httpx.WriteTimeout("no"),
        httpx.WriteError("no"),
        httpx.ReadTimeout("no"),
        httpx.ReadError("no"),
        httpx.RemoteProtocolError("no"),
        httpx.CloseError("no"),
        httpx.Response(500),
        httpx.Response(200, text="<h1>Maintenance</h1>"),
    ],
)
def test_after_an_open_outcome_the_gateway_is_asked_before_it_is_told(
    order, method, tripay, bystander, failure
):
    create = tripay.post("/transaction/create").mock(side_effect=[failure])
    payment = charges.choose_method(
        order_id=order.pk, method_id=method.public_id, now=NOON
    )
    assert payment.status == PaymentStatus.CREATED
    told = create.call_count
    found = charge_of(payment)
    search = tripay.get("/merchant/transactions").mock(return_value=answer([found]))
    tripay.get("/transaction/detail").mock(return_value=answer(found))

    charges.request_charge(payment_id=payment.pk, now=NOON + timedelta(minutes=1))

    payment.refresh_from_db()
    assert (payment.status, payment.gateway_reference) == (PaymentStatus.PENDING, "T1")
    assert (create.call_count, search.call_count) == (told, 1)
    bystander.refresh_from_db()
    assert bystander.gateway_reference == "T-OTHER"


def test_while_one_asks_for_a_charge_nobody_else_does(order, method, tripay):
    """A lease that still runs belongs to a call that may still be heard."""
    payment = created(order, method, tripay)
    create = tripay.post("/transaction/create").mock(
        return_value=answer(charge_of(payment))
    )
    search = tripay.get("/merchant/transactions").mock(return_value=answer([]))
    told = create.call_count
    Payment.objects.filter(pk=payment.pk).update(claimed_until=NOON + CALL_LEASE)

    for moment in (NOON, NOON + CALL_LEASE / 2, NOON + CALL_LEASE):
        charges.request_charge(payment_id=payment.pk, now=moment)

    payment.refresh_from_db()
    assert payment.status == PaymentStatus.CREATED
    assert payment.claimed_until == NOON + CALL_LEASE
    assert (create.call_count, search.call_count) == (told, 0)
    charges.request_charge(
        payment_id=payment.pk, now=NOON + CALL_LEASE + timedelta(microseconds=1)
    )
    payment.refresh_from_db()
    assert payment.status == PaymentStatus.PENDING
    assert (create.call_count, search.call_count) == (told + 1, 1)


def test_a_call_without_an_answer_frees_its_own_lease_alone(order, method, tripay):
    payment = created(order, method, tripay)
    other = created(make_order(customer=make_customer("bima")), method, tripay)
    Payment.objects.filter(pk=other.pk).update(claimed_until=NOON + CALL_LEASE)
    tripay.get("/merchant/transactions").mock(return_value=answer([]))
    tripay.post("/transaction/create").mock(side_effect=httpx.ReadTimeout)

    charges.request_charge(payment_id=payment.pk, now=NOON)

    for row in (payment, other):
        row.refresh_from_db()
    assert (payment.status, payment.claimed_until) == (PaymentStatus.CREATED, None)
    assert other.claimed_until == NOON + CALL_LEASE


def test_a_call_holds_its_lease_while_it_is_on_the_wire(order, method, tripay):
    seen = []

    def second_caller(request):
        payment = Payment.objects.get(order=order)
        seen.append(payment.claimed_until)
        charges.request_charge(payment_id=payment.pk, now=NOON + CALL_LEASE)
        return answer(charge_of(payment))

    create = tripay.post("/transaction/create").mock(side_effect=second_caller)

    payment = charges.choose_method(
        order_id=order.pk, method_id=method.public_id, now=NOON
    )

    assert seen == [NOON + CALL_LEASE]
    assert create.call_count == 1
    assert (payment.status, payment.claimed_until) == (PaymentStatus.PENDING, None)


def created(order, method, tripay):
    """A payment whose first call was cut."""
    tripay.post("/transaction/create").mock(side_effect=httpx.ReadTimeout("no"))
    return charges.choose_method(
        order_id=order.pk, method_id=method.public_id, now=NOON
    )


def test_an_order_that_was_paid_otherwise_meanwhile_gets_no_charge(
    order, method, tripay
):
    payment = created(order, method, tripay)
    pending(order, method=open_transfer())
    create = tripay.post("/transaction/create").mock(
        return_value=answer(charge_of(payment))
    )
    told = create.call_count

    charges.request_charge(payment_id=payment.pk, now=NOON + timedelta(minutes=2))

    payment.refresh_from_db()
    assert payment.status == PaymentStatus.SET_ASIDE
    assert create.call_count == told
    assert Order.objects.get(pk=order.pk).status == OrderStatus.AWAITING_PAYMENT


# --- What a look-up says --------------------------------------------------------------


@pytest.mark.parametrize(
    "changes",
    [
        {"merchant_ref": "T1-OTHER-00000001"},
        {"merchant_ref": None},
        {"reference": "T-OTHER"},
        {"reference": ""},
        {"amount": None},
        {"amount": "10000"},
        {"status": "SUCCESS"},
    ],
)
def test_news_about_something_else_pays_nothing(
    order, method, tripay, bystander, changes
):
    payment = choose(order, method, tripay)
    news = charge_of(payment, **({"status": "PAID"} | changes))
    tripay.get("/transaction/detail").mock(return_value=answer(news))

    with pytest.raises(CannotAsk):
        settlement.check_payment(payment_id=payment.pk, now=NOON)

    payment.refresh_from_db()
    assert payment.status == PaymentStatus.PENDING
    for row in Order.objects.all():
        assert row.status == OrderStatus.AWAITING_PAYMENT
    assert not LedgerEntry.objects.exists()
    bystander.refresh_from_db()
    assert bystander.status == PaymentStatus.PENDING


def test_a_look_up_pays_the_payment_it_is_about(order, method, tripay, bystander):
    payment = choose(order, method, tripay)
    news = charge_of(payment, status="PAID")
    detail = tripay.get("/transaction/detail").mock(return_value=answer(news))

    assert settlement.check_payment(payment_id=payment.pk, now=NOON) == "settled"

    assert detail.calls.last.request.url.params["reference"] == "T1"
    order.refresh_from_db()
    assert order.status == OrderStatus.PAID
    bystander.refresh_from_db()
    assert bystander.status == PaymentStatus.PENDING
    assert bystander.order.status == OrderStatus.AWAITING_PAYMENT


def test_a_look_up_of_less_does_not_pay(order, method, tripay, bystander):
    payment = choose(order, method, tripay)
    news = charge_of(payment, status="PAID", amount=PRICE - 1)
    tripay.get("/transaction/detail").mock(return_value=answer(news))

    settlement.check_payment(payment_id=payment.pk, now=NOON)

    order.refresh_from_db()
    assert order.status == OrderStatus.AWAITING_PAYMENT
    bystander.refresh_from_db()
    assert bystander.status == PaymentStatus.PENDING
