"""Panels, tickets and server settings through the browser."""

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from httpx import Response

from bot.models import Panel, ServerSettings, Ticket, TicketMessage
from bot.services import panels as panel_services
from bot.services.panels import PanelDraft
from bot.states import PauseReason, TicketStatus
from ppob.kit.scope import tenant_scope
from tenants.states import Role
from tests.conftest import NOON
from tests.dashboard.conftest import browser_of, text_of
from tests.dashboard.editing import seen_at
from tests.factories import (
    make_customer,
    make_guild,
    make_member,
    make_order,
    make_product,
)

PANELS = "/toko/arcadia/panel/"
TICKETS = "/toko/arcadia/tiket/"
DRAFT = {
    "channel_id": "11",
    "layout": "cards",
    "title": "Toko Arcadia",
    "description": "Selalu terbaru",
    "colour": "#ff8800",
    "buy_label": "Beli",
    "buy_style": "3",
    "payment_label": "Bayar",
    "payment_style": "2",
    "refresh_secs": "5",
    "name_template": "ticket-{username}-{product}",
}


@pytest.fixture
def english(browser):
    browser.cookies["django_language"] = "en"
    return browser


@pytest.fixture
def panel(owner, guild) -> Panel:
    draft = PanelDraft(guild_id=guild.pk, channel_id=11, title="Old panel")
    return panel_services.place_panel(actor=owner, draft=draft, now=NOON)


def test_a_panel_is_put_up(english, guild, with_bot):
    with_bot()

    response = english.post(f"{PANELS}baru/", DRAFT)

    assert response.url == PANELS
    panel = Panel.objects.get()
    assert (panel.channel_id, panel.colour, panel.title) == (
        11,
        0xFF8800,
        "Toko Arcadia",
    )


def test_channels_the_bot_cannot_write_in_say_so(english, with_bot):
    with_bot()

    page = english.get(f"{PANELS}baru/").content.decode()

    assert "#produk</option>" in page
    assert "#rahasia (the bot may not write there)" in page
    assert "suara" not in page


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("channel_id", "999", "Select a valid choice"),
        ("title", "", "This field is required"),
        ("colour", "red", "Choose a colour"),
        ("colour", "#12345", "Choose a colour"),
        ("refresh_secs", "1", "Select a valid choice"),
        ("buy_style", "9", "Select a valid choice"),
        ("name_template", "{secret}", "Use only {username}"),
        ("description", "x" * 301, "at most 300 characters"),
    ],
)
def test_a_wrong_panel_is_refused_at_its_field(
    english, guild, with_bot, field, value, sentence
):
    with_bot()

    response = english.post(f"{PANELS}baru/", DRAFT | {field: value})

    assert response.status_code == 200
    assert sentence in text_of(response)
    assert not Panel.objects.exists()


def test_without_an_answer_from_discord_the_page_still_opens(english, guild, discord):
    discord.get(f"/guilds/{guild.discord_id}").mock(Response(503))

    response = english.get(f"{PANELS}baru/")

    assert response.status_code == 200
    assert "Discord is not answering right now" in text_of(response)


def test_the_preview_shows_what_is_typed_with_the_stores_products(english, guild):
    make_product(name="Netflix 1 Bulan", price=29_000, codes=3)

    response = english.post(
        f"{PANELS}pratinjau/",
        DRAFT | {"title": "<b>Judul</b>"},
        HTTP_HX_REQUEST="true",
    )

    page = response.content.decode()
    assert "Netflix 1 Bulan" in page
    assert "Rp 29.000" in page
    assert "&lt;b&gt;Judul&lt;/b&gt;" in page
    assert 'fill="#ff8800"' in page
    assert "Beli" in page
    assert not Panel.objects.exists()


def test_the_preview_survives_half_typed_values(english, guild):
    response = english.post(
        f"{PANELS}pratinjau/",
        {"title": "", "colour": "#12", "layout": "classic", "buy_style": "x"},
    )

    assert response.status_code == 200


def test_a_panel_is_changed(english, panel, with_bot):
    with_bot()

    address = f"{PANELS}{panel.public_id}/"
    response = english.post(address, DRAFT | seen_at(english, address))

    assert response.url == PANELS
    panel.refresh_from_db()
    assert panel.title == "Toko Arcadia"


def test_a_paused_panel_says_why_and_is_put_up_again(english, panel, with_bot):
    with_bot()
    panel_services.pause_panel(panel.pk, reason=PauseReason.FORBIDDEN, now=NOON)

    assert "The bot may not write there" in text_of(english.get(PANELS))

    english.post(f"{PANELS}{panel.public_id}/lanjut/")
    panel.refresh_from_db()
    assert panel.status == "active"


def test_a_removed_panel_is_gone(english, panel):
    english.post(f"{PANELS}{panel.public_id}/hapus/")

    assert not Panel.objects.exists()


def test_another_stores_panel_does_not_exist(english, borealis):
    with tenant_scope(borealis.pk):
        member = make_member()
        draft = PanelDraft(guild_id=make_guild().pk, channel_id=11)
        foreign = panel_services.place_panel(actor=member, draft=draft, now=NOON)

    for ending in ("", "lanjut/", "hapus/"):
        address = f"{PANELS}{foreign.public_id}/{ending}"
        assert english.post(address, DRAFT).status_code == 404
    with tenant_scope(borealis.pk):
        assert Panel.objects.exists()


def test_server_settings_are_chosen_from_what_is_there(english, guild, with_bot):
    with_bot()

    response = english.post(
        "/toko/arcadia/pengaturan/discord/",
        {
            "log_channel_id": "12",
            "staff_role_id": "777",
            "ticket_category_id": "",
            "auto_close_secs": "900",
            **seen_at(english, "/toko/arcadia/pengaturan/discord/"),
        },
    )

    assert response.url == "/toko/arcadia/pengaturan/discord/"
    settings = ServerSettings.objects.get()
    assert (settings.log_channel_id, settings.staff_role_id) == (12, 777)
    assert (settings.ticket_category_id, settings.auto_close_secs) == (None, 900)


def test_a_role_of_another_server_is_refused(english, guild, with_bot):
    with_bot()

    response = english.post(
        "/toko/arcadia/pengaturan/discord/",
        {"staff_role_id": "123", "auto_close_secs": "900"},
    )

    assert "Select a valid choice" in text_of(response)
    assert ServerSettings.objects.get().staff_role_id is None


def test_without_the_bot_server_settings_offer_to_add_it(english, guild, discord):
    discord.get(f"/guilds/{guild.discord_id}").mock(
        Response(403, json={"message": "Missing Access", "code": 50001})
    )

    words = text_of(english.get("/toko/arcadia/pengaturan/discord/"))

    assert "The bot is not in your server yet" in words


@pytest.fixture
def ticket(guild) -> Ticket:
    product = make_product(codes=1, name="Netflix")
    order = make_order(product)
    return Ticket.objects.create(
        number=1,
        order=order,
        customer=order.customer,
        product=product,
        guild=guild,
        channel_id=42,
        name="ticket-ayu-netflix",
        created_at=NOON,
    )


def say(ticket: Ticket, content: str, **fields) -> TicketMessage:
    return TicketMessage.objects.create(
        ticket=ticket,
        discord_id=fields.pop("discord_id", 1000),
        author_id=1,
        author_name="Ayu",
        content=content,
        at=NOON,
        **fields,
    )


def test_active_tickets_are_listed_and_closed_ones_by_choice(english, ticket):
    assert "ticket-ayu-netflix" in text_of(english.get(TICKETS))

    Ticket.objects.update(status=TicketStatus.CLOSED)

    assert "Nobody is waiting" in text_of(english.get(TICKETS))
    assert "ticket-ayu-netflix" in text_of(english.get(f"{TICKETS}?status=closed"))
    assert "ticket-ayu-netflix" in text_of(english.get(f"{TICKETS}?status=all"))


def test_the_conversation_is_shown_as_text_only(english, ticket):
    say(ticket, "halo <img src=x onerror=alert(1)>", deleted_at=NOON)
    say(
        ticket,
        "",
        discord_id=1001,
        is_bot=True,
        embeds=[
            {"title": "<i>Struk</i>", "fields": [{"name": "Total", "value": "Rp 1"}]}
        ],
    )

    page = english.get(f"{TICKETS}{ticket.public_id}/").content.decode()

    assert "halo &lt;img" in page
    assert "<img src=x" not in page
    assert "&lt;i&gt;Struk" in page
    assert "(deleted)" in page


def test_a_conversation_reads_as_it_did_in_discord(english, ticket, in_arcadia):
    buyer = ticket.order.customer
    cashier = make_member(Role.CASHIER)
    text = f"<@{buyer.discord_id}> <@{cashier.user.discord_id}> <@1> <@2> <#42> <#5>"
    say(ticket, f"{text} **paid** <t:1773464400:f>")
    embeds = [
        {
            "title": "Order **#K7F**",
            "description": "before <t:1773464400:t>",
            "fields": [{"name": "Total", "value": "**Rp 29.000**"}],
            "footer": {"text": "Only **you**"},
            "image": {"url": "attachment://qris.png"},
        }
    ]
    say(ticket, "", discord_id=1001, is_bot=True, embeds=embeds)

    page = english.get(f"{TICKETS}{ticket.public_id}/").content.decode()

    words = text_of(english.get(f"{TICKETS}{ticket.public_id}/"))
    known = f"@{buyer} @{cashier.user} @Ayu @someone #ticket-ayu-netflix #channel"
    assert known in words
    assert "14 March 2026, 12:00" in words
    assert "before 12:00" in words
    assert "<strong>paid</strong>" in page
    assert "Order <strong>#K7F</strong>" in page
    assert "<strong>Rp 29.000</strong>" in page
    assert "Only **you**" in words  # Discord formats no footer either
    assert "<@" not in words
    assert "<t:" not in words


def test_names_of_another_store_are_not_told(english, ticket, borealis):
    with tenant_scope(borealis.pk):
        theirs = make_customer("secret-name", discord_id=777)
        colleague = make_member(Role.ADMIN)
    say(ticket, f"<@777> <@{colleague.user.discord_id}>")

    words = text_of(english.get(f"{TICKETS}{ticket.public_id}/"))

    assert "@someone @someone" in words
    assert str(theirs) not in words


def test_embeds_that_are_no_embeds_break_no_page(english, ticket):
    odd = ["text", 7, None, {"title": 5, "fields": "x", "footer": "y"}]
    say(ticket, "still here", embeds=odd)

    answer = english.get(f"{TICKETS}{ticket.public_id}/")

    assert answer.status_code == 200
    assert "still here" in text_of(answer)


def test_files_are_downloads_for_members_of_this_store_only(
    english, ticket, borealis, settings, tmp_path
):
    settings.MEDIA_ROOT = tmp_path
    path = default_storage.save("tickets/x/proof.html", ContentFile(b"<script>"))
    say(ticket, "bukti", attachments=[{"name": "bukti.html", "size": 8, "file": path}])
    address = f"{TICKETS}{ticket.public_id}/1000/0/"

    answer = english.get(address)

    assert answer.status_code == 200
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert answer.headers["Content-Type"] == "application/octet-stream"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert english.get(f"{TICKETS}{ticket.public_id}/1000/1/").status_code == 404
    with tenant_scope(borealis.pk):
        stranger = browser_of(make_member())
    assert stranger.get(address).status_code == 404


def test_a_viewer_reads_tickets_but_edits_no_panels(in_arcadia, ticket, panel):
    viewer = browser_of(make_member(Role.VIEWER))

    assert viewer.get(f"{TICKETS}{ticket.public_id}/").status_code == 200
    assert viewer.post(f"{PANELS}{panel.public_id}/hapus/").status_code == 403
    assert Panel.objects.exists()


def test_the_overview_counts_what_needs_somebody(english, ticket, panel):
    panel_services.pause_panel(panel.pk, reason=PauseReason.GONE, now=NOON)

    words = text_of(english.get("/toko/arcadia/"))

    assert "1 Open tickets" in words
    assert "rests: The channel or message was deleted" in words
    assert ticket.order.code in words
