"""A top-up that did not end by itself: what staff reads, and what they decide."""

from datetime import timedelta

import pytest
from django.urls import reverse

from inventory.models import PurchaseAttempt
from inventory.states import Discrepancy, PurchaseStatus
from payments.models import PurchaseVerdict
from ppob.kit import clock
from security.models import AuditEntry
from tenants.states import Role
from tests.dashboard.conftest import browser_of, text_of
from tests.dashboard.money import make_stalled
from tests.factories import make_customer, make_member
from tests.inventory.suppliers import SUCCEEDS, attempt_of

QUEUE = "/toko/arcadia/uang/"
FAILED = {"outcome": "failed", "reason": "it is not in their list"}
BOUGHT = {
    "outcome": "succeeded",
    "reason": "it is in their list",
    "serial_number": "SN-7731-4410",
}
DEAR = 600_000  # above what one person may give back


@pytest.fixture
def english(browser):
    browser.cookies["django_language"] = "en"
    return browser


def somebody(role=Role.ADMIN, **fields):
    browser = browser_of(make_member(role, **fields))
    browser.cookies["django_language"] = "en"
    return browser


def page(name, purchase):
    return reverse(f"payments:{name}", args=["arcadia", purchase.public_id])


def status_of(purchase):
    purchase.refresh_from_db()
    return purchase.status


# --- What is read ---------------------------------------------------------------------


def test_it_stands_in_the_queue_and_its_page_holds_all_evidence(english, owner):
    purchase = make_stalled()
    attempt = attempt_of(purchase)
    queue = english.get(QUEUE)
    assert "Top-up without an end" in text_of(queue)
    assert page("top-up", purchase) in queue.content.decode()

    words = text_of(english.get(page("top-up", purchase)))

    for found in (SUCCEEDS, attempt.ref_id, attempt.sku, "Digiflazz", "Rp 29.000"):
        assert found in words
    assert "May cost at most" in words
    for step in ("Try: Not sent yet", "Top-up: Being bought → Needs your decision"):
        assert step in words
    assert "open for too long" in words


def test_its_steps_are_read_in_the_readers_language(browser, owner):
    purchase = make_stalled()

    words = text_of(browser.get(page("top-up", purchase)))

    assert "Top-up: Sedang dibeli → Menunggu keputusanmu" in words
    assert "terlalu lama terbuka" in words


@pytest.mark.parametrize("role", [Role.VIEWER, Role.CASHIER])
def test_whoever_may_not_see_costs_or_decide_sees_and_does_neither(owner, role):
    purchase = make_stalled(cost=17_777)
    type(purchase).objects.filter(pk=purchase.pk).update(ceiling=18_888)
    PurchaseAttempt.objects.update(
        cost=17_777, discrepancy=Discrepancy.OVERCHARGED, discrepancy_at=clock.now()
    )
    browser = somebody(role)

    html = "".join(
        browser.get(address).content.decode()
        for address in (QUEUE, page("top-up", purchase))
    )
    refused = [
        browser.post(page(name, purchase), data).status_code
        for name, data in (
            ("decide-top-up", FAILED),
            ("go-on-with-top-up", {"do": "again"}),
            ("note-contradiction", {"note": "called them"}),
        )
    ]

    assert "The supplier changed its word" in html or "Pemasok" in html
    assert "17.777" not in html
    assert "18.888" not in html
    assert page("decide-top-up", purchase) not in html
    assert refused == [403, 403, 403]
    assert status_of(purchase) == PurchaseStatus.NEEDS_OWNER


def test_control_an_admin_sees_what_it_may_cost(owner):
    purchase = make_stalled()
    type(purchase).objects.filter(pk=purchase.pk).update(ceiling=18_888)

    assert "18.888" in somebody().get(page("top-up", purchase)).content.decode()


# --- One person -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("missing", "field"),
    [({"outcome": ""}, "outcome"), ({"outcome": "x"}, "outcome"), ({"reason": ""}, "")],
)
def test_what_is_missing_is_told_at_its_field(english, owner, missing, field):
    purchase = make_stalled()

    answer = english.post(page("decide-top-up", purchase), FAILED | missing)

    assert answer.status_code == 200
    assert list(answer.context["form"].errors) == [field or "reason"]
    assert status_of(purchase) == PurchaseStatus.NEEDS_OWNER


def test_one_person_decides_below_the_limit(english, owner):
    purchase = make_stalled()

    told = english.post(page("decide-top-up", purchase), BOUGHT, follow=True)

    assert "Decided. The buyer is told by itself." in text_of(told)
    assert status_of(purchase) == PurchaseStatus.SUCCEEDED
    assert purchase.serial_number.reveal() == "SN-7731-4410"
    assert "SN-7731-4410" not in told.content.decode()
    html = english.get(page("top-up", purchase)).content.decode()
    assert "SN-7731-4410" not in html
    assert page("decide-top-up", purchase) not in html


def test_what_is_decided_is_decided_once(english, owner):
    purchase = make_stalled()
    english.post(page("decide-top-up", purchase), FAILED)

    again = english.post(page("decide-top-up", purchase), BOUGHT)

    assert list(again.context["form"].errors) == ["__all__"]
    assert status_of(purchase) == PurchaseStatus.FAILED


def test_what_was_never_sent_was_not_delivered_whatever_is_typed(english, owner):
    purchase = make_stalled(is_sent=False)

    answer = english.post(page("decide-top-up", purchase), BOUGHT)

    assert "Nothing was sent to a supplier" in str(answer.context["form"].errors)
    assert status_of(purchase) == PurchaseStatus.NEEDS_OWNER


def test_nobody_decides_about_their_own_top_up(english, owner):
    own = make_customer("me", discord_id=owner.user.discord_id)
    purchase = make_stalled(customer=own)

    english.post(page("decide-top-up", purchase), FAILED)

    assert status_of(purchase) == PurchaseStatus.NEEDS_OWNER


# --- Two people -----------------------------------------------------------------------


def test_above_the_limit_two_people_have_to_say_the_same(english, owner):
    purchase = make_stalled(DEAR)
    second = somebody()

    first = english.post(page("decide-top-up", purchase), BOUGHT, follow=True)
    waiting = status_of(purchase)
    shown = text_of(second.get(page("top-up", purchase)))
    done = second.post(
        page("decide-top-up", purchase),
        {"outcome": "succeeded", "reason": "I saw it, too"},
        follow=True,
    )

    assert "A second person has to say the same." in text_of(first)
    assert waiting == PurchaseStatus.NEEDS_OWNER
    assert "says: It was delivered (it is in their list)." in shown
    assert "SN-7731-4410" not in shown
    assert "Decided." in text_of(done)
    assert status_of(purchase) == PurchaseStatus.SUCCEEDED
    # The number that only the first one typed is the buyer's.
    assert purchase.serial_number.reveal() == "SN-7731-4410"
    assert not PurchaseVerdict.objects.exists()
    assert AuditEntry.objects.filter(action="purchase.verdict").count() == 1


def test_the_same_person_twice_is_one(english, owner):
    purchase = make_stalled(DEAR)

    for _time in range(2):
        english.post(page("decide-top-up", purchase), FAILED)

    assert status_of(purchase) == PurchaseStatus.NEEDS_OWNER
    assert PurchaseVerdict.objects.get().given_by == owner.name


def test_another_word_replaces_the_first_and_waits_itself(english, owner):
    purchase = make_stalled(DEAR)
    second = somebody()
    english.post(page("decide-top-up", purchase), FAILED)

    second.post(page("decide-top-up", purchase), BOUGHT)

    assert status_of(purchase) == PurchaseStatus.NEEDS_OWNER
    verdict = PurchaseVerdict.objects.get()
    assert verdict.outcome == "succeeded"
    assert verdict.given_by != owner.name


def test_a_first_word_is_forgotten_when_the_top_up_is_tried_again(english, owner):
    """It was true before; whoever agrees later would agree to something older."""
    purchase = make_stalled(DEAR, is_sent=False)
    english.post(page("decide-top-up", purchase), FAILED)
    assert PurchaseVerdict.objects.exists()

    english.post(page("go-on-with-top-up", purchase), {"do": "again"})

    assert status_of(purchase) == PurchaseStatus.OPEN
    assert not PurchaseVerdict.objects.exists()


# --- Going on, and contradictions -----------------------------------------------------


def test_waiting_longer_is_half_an_hour_from_now(english, owner):
    purchase = make_stalled()
    before = clock.now()

    told = english.post(
        page("go-on-with-top-up", purchase), {"do": "wait"}, follow=True
    )

    assert "another half an hour" in text_of(told)
    purchase.refresh_from_db()
    half_an_hour = timedelta(minutes=30)
    assert before + half_an_hour <= purchase.due_at <= clock.now() + half_an_hour


def test_what_was_sent_is_not_sent_again(english, owner):
    purchase = make_stalled()
    attempts = PurchaseAttempt.objects.count()

    english.post(page("go-on-with-top-up", purchase), {"do": "again"})

    assert status_of(purchase) == PurchaseStatus.NEEDS_OWNER
    assert PurchaseAttempt.objects.count() == attempts


def test_a_contradiction_is_noted_with_how_it_was_settled(english, owner):
    purchase = make_stalled()
    PurchaseAttempt.objects.update(
        discrepancy=Discrepancy.OVERCHARGED, discrepancy_at=clock.now()
    )
    assert "The supplier changed its word" in text_of(english.get(QUEUE))

    empty = english.post(page("note-contradiction", purchase), {"note": " "})
    still = text_of(english.get(QUEUE))
    english.post(page("note-contradiction", purchase), {"note": "they paid it back"})

    assert empty.status_code == 302
    assert "The supplier changed its word" in still
    assert "The supplier changed its word" not in text_of(english.get(QUEUE))
    [deed] = AuditEntry.objects.filter(action="purchase.discrepancy_noted")
    assert deed.reason == "they paid it back"
