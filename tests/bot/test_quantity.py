"""How many pieces, and what the product looks like: what a buyer sees in the ticket."""

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from bot.access import NotYours
from bot.models import OutgoingMessage
from bot.presenters import quantity
from bot.presenters.draft import Draft, EmbedDraft, FileDraft
from bot.services import buyer, sending, tickets, wording
from bot.services.pictures import picture_of
from bot.ui.drawing import to_message
from payments.services.orders.quantities import QuantityFixed
from ppob.kit.errors import NotFound
from ppob.kit.i18n import speaking
from ppob.kit.scope import tenant_scope
from tests.bot.conftest import outbox_kinds
from tests.catalog.test_images import picture
from tests.conftest import NOON
from tests.factories import make_customer, make_product, make_transfer_method


@pytest.fixture(autouse=True)
def english(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    with speaking("en"):
        yield


@pytest.fixture
def ticket(store):
    make_transfer_method()
    return open_ticket(store)


def open_ticket(store, *, key="discord:1", **changes):
    arguments = {
        "customer": store.buyer,
        "guild_id": store.guild.pk,
        "product_id": store.product.pk,
        "panel_id": store.panel.pk,
        "request_key": key,
        "now": NOON,
        **changes,
    }
    return tickets.open_ticket(**arguments).ticket


def choose(store, ticket, count):
    return buyer.choose_quantity(
        customer=store.buyer, order_id=ticket.order_id, quantity=count, now=NOON
    )


def guides(ticket):
    """Every guide of the ticket in words, oldest first."""
    rows = OutgoingMessage.objects.filter(ticket=ticket, kind="ticket_guide")
    return [wording.write(claimed(row)) for row in rows.order_by("pk")]


def claimed(row):
    return sending.Claimed(
        pk=row.pk,
        kind=row.kind,
        payload=row.payload,
        ticket_id=row.ticket_id,
        channel_id=None,
        recipient_id=None,
        guild_discord_id=1,
        attempts=1,
    )


def ids(draft):
    return [
        part.custom_id
        for row in draft.rows
        for part in (row if isinstance(row, tuple) else (row,))
    ]


def paint(product, content):
    """Give the product a picture with these bytes."""
    name = default_storage.save("products/test.webp", ContentFile(content))
    product.__class__.objects.filter(pk=product.pk).update(image=name)
    product.refresh_from_db()


def test_the_choice_shows_what_any_number_of_pieces_costs(store, ticket):
    offer = buyer.quantities_for(
        customer=store.buyer, order_id=ticket.order_id, now=NOON
    )

    [menu] = quantity.choose(offer).rows
    assert [(line.label, line.value, line.description) for line in menu.options] == [
        ("1 × Rp 29.000", "1", "= Rp 29.000"),
        ("2 × Rp 29.000", "2", "= Rp 58.000"),
        ("3 × Rp 29.000", "3", "= Rp 87.000"),
    ]
    assert menu.custom_id == f"v1:pieces:{ticket.order_id}"


def test_after_the_choice_the_ticket_shows_a_guide_with_the_new_sum(store, ticket):
    found = choose(store, ticket, 3)

    assert outbox_kinds() == ["ticket_guide", "ticket_guide", "retire_buttons"]
    fields = guides(ticket)[-1].embed.fields
    assert [field.value for field in fields] == [
        "3 × Rp 29.000 = **Rp 87.000**",
        "**Rp 87.000**",
    ]
    told = quantity.chosen(found.offer, 901).text
    assert "3 × Rp 29.000 = **Rp 87.000**" in told
    assert "<#901>" in told


def test_the_buttons_that_go_are_those_of_the_guide_before(store, ticket):
    first = OutgoingMessage.objects.get(kind="ticket_guide")

    choose(store, ticket, 2)
    choose(store, ticket, 3)

    retired = OutgoingMessage.objects.filter(kind="retire_buttons").order_by("pk")
    second = OutgoingMessage.objects.filter(kind="ticket_guide").order_by("pk")[1]
    assert [row.payload["outgoing"] for row in retired] == [first.pk, second.pk]


def test_choosing_the_same_again_writes_nothing(store, ticket):
    choose(store, ticket, 2)
    before = outbox_kinds()

    choose(store, ticket, 2)

    assert outbox_kinds() == before


def test_the_guide_offers_the_choice_only_while_there_is_one(store, ticket):
    button = f"v1:quantity:{ticket.order_id}"
    assert button in ids(guides(ticket)[0])

    others = open_ticket(
        store,
        key="discord:2",
        customer=make_customer("bima"),
        product_id=make_product(codes=1).pk,
    )

    assert f"v1:quantity:{others.order_id}" not in ids(guides(others)[0])
    method = make_transfer_method(name="BNI")
    buyer.pay_with(
        customer=store.buyer, order_id=ticket.order_id, method_id=method.pk, now=NOON
    )
    assert button not in ids(guides(ticket)[0])
    with pytest.raises(QuantityFixed):
        choose(store, ticket, 2)


def test_nobody_chooses_for_another_buyer_or_from_another_store(
    store, ticket, borealis
):
    stranger = make_customer("bima")

    with pytest.raises(NotYours):
        buyer.choose_quantity(
            customer=stranger, order_id=ticket.order_id, quantity=2, now=NOON
        )
    with tenant_scope(borealis.pk), pytest.raises(NotFound):
        buyer.choose_quantity(
            customer=make_customer("eko"),
            order_id=ticket.order_id,
            quantity=2,
            now=NOON,
        )

    ticket.order.refresh_from_db()
    assert ticket.order.total == 29_000


async def shown(draft):
    """The picture in the embed, and the files that go along."""
    message = to_message(draft)
    embed = message["embed"].to_dict()
    files = message.get("files", [])
    return embed.get("thumbnail", {}).get("url"), [file.filename for file in files]


async def test_a_message_names_the_picture_that_goes_along():
    assert await shown(draft_of(b"webp")) == (
        "attachment://product.webp",
        ["product.webp"],
    )


async def test_without_a_picture_nothing_is_named():
    assert await shown(draft_of(None)) == (None, [])


def draft_of(content):
    file = FileDraft("product.webp", content) if content is not None else None
    return Draft(
        embed=EmbedDraft(title="x", thumbnail=quantity.address_of(file)),
        files=(file,) if file else (),
    )


def test_guide_and_choice_show_the_products_own_picture(store, ticket):
    content = picture(form="WEBP")
    paint(make_product(), b"another product's")
    paint(store.product, content)

    guide = guides(ticket)[0]
    offer = buyer.quantities_for(
        customer=store.buyer, order_id=ticket.order_id, now=NOON
    )

    for draft in (guide, quantity.choose(offer)):
        assert draft.embed.thumbnail == "attachment://product.webp"
        assert [file.data for file in draft.files] == [content]


def test_a_picture_whose_file_is_gone_keeps_no_message_back(store, ticket):
    paint(store.product, b"webp")
    default_storage.delete(store.product.image.name)

    assert picture_of(store.product) is None
    assert guides(ticket)[0].files == ()
