"""One code's whole life in Discord and in the browser: only its buyer reads it."""

import logging
from collections.abc import Iterator
from typing import Any

import pytest
from celery import Celery
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.urls.exceptions import NoReverseMatch

from bot.models import Ticket, TicketMessage
from bot.services import tickets
from bot.simulator.client import text_of
from inventory.services import imports
from payments.models import Order
from payments.services.orders import disclosure
from ppob.kit import clock
from ppob.kit.i18n import speaking
from tenants.admin_base import site
from tests.bot.test_in_discord import pay, store, town
from tests.bot.town import answer, find
from tests.dashboard.conftest import browser_of
from tests.factories import make_product, make_user, wait_until
from tests.security.test_canary import CODE, dump, found_in
from tests.signed_in import sign_in_staff

__all__ = ["store", "town"]

REASON = "Pembeli bilang kodenya sudah terpakai"


@pytest.fixture
def arguments(jobs, monkeypatch) -> list[Any]:
    """Everything that was ever handed to the job queue."""
    seen: list[Any] = []
    send = Celery.send_task

    def remember(app: Celery, name: str, **options: Any) -> None:
        seen.append((name, options))
        send(app, name, **options)

    monkeypatch.setattr(Celery, "send_task", remember)
    return seen


@pytest.fixture
def logged(caplog) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.DEBUG)
    return caplog


@pytest.fixture
def quiet(sold, logged) -> None:
    """After the sale nobody keeps what templates say about every missing variable."""
    logged.set_level(logging.WARNING)


@pytest.fixture
def sold(arguments, logged, store, town, jobs) -> Order:
    """Ayu bought the canary; Bima and the seller wanted to read it as well."""
    product = make_product(name="Netflix 1 Hari", price=10_000)
    with speaking("en"):
        imports.add_codes(
            actor=store.seller, product=product, text=f"{CODE}\n", now=clock.now()
        )
    wait_until(lambda: "Rp 10.000 | Stock: 1" in text_of(town.panel()))
    town.buy(town.ayu, product.pk)
    town.ticket_of(town.ayu)
    return pay(store, jobs)


def spoken(town) -> str:
    """Everything anybody can still see in Discord, ephemeral answers aside."""
    seen = []
    for person in (town.ayu, town.bima, town.citra, town.rizky):
        channels = [int(found["id"]) for found in person.channels(town.guild_id)]
        for channel in [*channels, person.dm_channel()]:
            if channel is not None:
                seen += person.messages(channel)
    return "\n".join(
        str(message) for message in seen if not message.get("flags", 0) & 64
    )


def sent_with_code(town) -> list[dict[str, Any]]:
    return [sent for sent in town.control.requests() if found_in(str(sent))]


def patterns(resolver: URLResolver, space: str = "") -> Iterator[str]:
    for entry in resolver.url_patterns:
        if isinstance(entry, URLPattern):
            if entry.name:
                yield f"{space}{entry.name}"
        else:
            inner = f"{space}{entry.namespace}:" if entry.namespace else space
            yield from patterns(entry, inner)


def pages(ids) -> Iterator[str]:
    """Every address that takes nothing, the store, or the store and one of `ids`."""
    for name in sorted(set(patterns(get_resolver()))):
        for chosen in (
            [],
            ["arcadia"],
            *(["arcadia", found] for found in ids),
            *([i] for i in ids),
        ):
            try:
                yield reverse(name, args=chosen)
            except NoReverseMatch:
                continue


def test_in_discord_one_ephemeral_answer_to_the_buyer_has_it(
    town, store, sold, jobs, arguments, logged, superuser
):
    channel = town.ticket_of(town.ayu)
    refused = answer(town.press(town.rizky, channel, "v1:reveal:"))
    before = sent_with_code(town)
    shown = town.press(town.ayu, channel, "v1:reveal:")
    history = town.ayu.slash(town.products_id, "history")["message"]
    again = town.ayu.click(history, find(history, "", "v1:reveal:"))
    disclosure.reveal_to_staff(
        actor=store.seller, order=sold, reason=REASON, now=clock.now()
    )
    tickets.close_ticket(Ticket.objects.get().pk, now=clock.now())
    wait_until(lambda: channel not in town_channels(town), secs=20)

    assert not found_in(refused)
    assert before == []
    assert CODE in text_of(shown["message"])
    assert CODE in text_of(again["message"])
    carried = sent_with_code(town)
    assert len(carried) == 2
    for sent in carried:
        assert sent["route"].startswith("/webhooks/")
        assert sent["body"]["flags"] & 64
    assert not found_in(spoken(town))
    assert TicketMessage.objects.exists()
    assert [table for table, row in dump(superuser) if found_in(row)] == []
    assert arguments
    assert not found_in(repr(arguments))
    assert len(logged.records) > 100
    lines = [record.getMessage() + str(record.exc_text) for record in logged.records]
    assert [line for line in lines if found_in(line)] == []


def town_channels(town) -> set[int]:
    return {int(found["id"]) for found in town.rizky.channels(town.guild_id)}


def test_a_crash_while_showing_it_tells_nobody(town, store, sold, monkeypatch, logged):
    def crash(codes, *arguments, **options):
        listed = [code.code for code in codes]
        raise RuntimeError(f"{len(listed)} codes")

    monkeypatch.setattr("bot.presenters.codes.revealed", crash)
    told = answer(town.press(town.ayu, town.ticket_of(town.ayu), "v1:reveal:"))

    assert "your money is safe" in told or "uangmu aman" in told.lower()
    assert not found_in(told)
    assert not found_in(logged.text)
    assert "RuntimeError" in logged.text


def test_no_page_has_it_but_the_one_that_asks_why(town, store, sold, quiet):
    ids = [sold.public_id, Ticket.objects.get().public_id]
    ids += [sold.lines.get().product.public_id]
    browser = browser_of(store.seller)

    seen = {address: browser.get(address) for address in pages(ids)}

    opened = [found for found in seen.values() if found.status_code == 200]
    assert len(opened) > 15
    assert [address for address, page in seen.items() if found_in(body_of(page))] == []
    asked = browser.post(
        reverse("payments:open-codes", args=["arcadia", sold.public_id]),
        {"reason": REASON},
    )
    assert CODE in asked.content.decode()


def body_of(page) -> str:
    content = b"".join(page.streaming_content) if page.streaming else page.content
    return content.decode(errors="replace") + str(dict(page.headers))


def test_no_admin_page_has_it(town, store, sold, quiet):
    client = Client()
    sign_in_staff(client, make_user("staff", is_staff=True, is_superuser=True))
    seen = ""

    for model in site._registry:
        meta = model._meta
        base = f"admin:{meta.app_label}_{meta.model_name}"
        seen += client.get(reverse(f"{base}_changelist")).content.decode()
        for row in site._registry[model].get_queryset(None)[:2]:
            change = reverse(f"{base}_change", args=[row.pk])
            seen += client.get(change).content.decode()

    assert sold.code in seen
    assert not found_in(seen)


def test_a_page_about_a_crash_shows_names_and_no_values(
    town, store, sold, settings, monkeypatch
):
    settings.DEBUG = True
    browser = browser_of(store.seller)
    browser.raise_request_exception = False

    def crash(request, template, context):
        secret = context["codes"][0].code
        raise RuntimeError(f"{len(secret)} characters")

    monkeypatch.setattr("payments.dashboard.disclosure.render", crash)
    opened = browser.post(
        reverse("payments:open-codes", args=["arcadia", sold.public_id]),
        {"reason": REASON},
    )
    product = sold.lines.get().product
    monkeypatch.setattr(
        "inventory.dashboard.product_list.drafts.prepare", crash_with_text
    )
    added = browser.post(
        reverse("inventory:stock", args=["arcadia", product.public_id]),
        {"codes": CODE},
    )

    assert opened.status_code == 500
    assert "RuntimeError" in opened.content.decode()
    assert "secret" in opened.content.decode()
    assert not found_in(opened.content.decode())
    assert added.status_code == 500
    assert not found_in(added.content.decode())


def crash_with_text(**options):
    raise RuntimeError("no")
