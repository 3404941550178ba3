"""From the list of one's servers to a store with its bot."""

from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from django.conf import settings
from httpx import Response

from bot.dashboard import setup
from bot.services import doctor
from ppob.kit import clock
from ppob.kit.scope import tenant_scope
from security.discord import sessions
from security.models import AuditEntry
from tenants.models import Guild, Member
from tests.conftest import NOON
from tests.dashboard.conftest import TOKEN, browser_of, text_of
from tests.factories import make_guild, make_member, make_user

OWN = {"id": "501", "name": "Server Rizky", "icon": None, "owner": True}
MANAGED = {
    "id": "502",
    "name": "Server Teman",
    "icon": "pic",
    "owner": False,
    "permissions": str(0x20),
}
OTHER = {
    "id": "503",
    "name": "Server Orang",
    "icon": None,
    "owner": False,
    "permissions": "1024",
}


@pytest.fixture
def english(browser):
    browser.cookies["django_language"] = "en"
    return browser


@pytest.fixture
def signed_in(english, owner):
    """The session as it is right after signing in with Discord."""
    keep_token(english, owner.user)
    return english


def keep_token(client, user, *, now=None, life_secs=604_800):
    session = client.session
    session.update(
        sessions.entries_for(
            user,
            token=TOKEN["access_token"],
            life_secs=life_secs,
            now=now or clock.now(),
        )
    )
    session.save()


def test_only_servers_one_may_manage_are_listed(signed_in, discord):
    route = discord.get("/users/@me/guilds")
    route.mock(Response(200, json=[OWN, MANAGED, OTHER]))

    words = text_of(signed_in.get("/buka-toko/"))

    assert "Server Rizky" in words
    assert "Server Teman" in words
    assert "Server Orang" not in words
    assert route.calls[0].request.headers["Authorization"] == (
        f"Bearer {TOKEN['access_token']}"
    )


def test_the_list_is_asked_for_once_in_five_minutes(signed_in, discord):
    route = discord.get("/users/@me/guilds").mock(Response(200, json=[OWN]))

    signed_in.get("/buka-toko/")
    signed_in.get("/buka-toko/")
    assert route.call_count == 1

    signed_in.get("/buka-toko/?baru=1")
    assert route.call_count == 2


def test_nobody_manages_anything_is_explained(signed_in, discord):
    discord.get("/users/@me/guilds").mock(Response(200, json=[OTHER]))

    words = text_of(signed_in.get("/buka-toko/"))

    assert "There is no server you may manage yet" in words


def test_without_a_token_one_signs_in_again(english, discord):
    words = text_of(english.get("/buka-toko/"))

    assert "Please sign in with Discord again" in words
    assert not discord.calls


def test_an_expired_token_is_not_used(english, owner, discord):
    keep_token(english, owner.user, now=NOON - timedelta(days=300), life_secs=60)

    assert "sign in with Discord again" in text_of(english.get("/buka-toko/"))


def test_a_token_of_another_account_does_not_open(english, discord):
    keep_token(english, make_user())

    assert "sign in with Discord again" in text_of(english.get("/buka-toko/"))


def test_a_revoked_token_is_forgotten(signed_in, discord):
    discord.get("/users/@me/guilds").mock(Response(401, json={"code": 0}))

    assert "sign in with Discord again" in text_of(signed_in.get("/buka-toko/"))
    assert sessions.TOKEN_KEY not in signed_in.session


def test_a_silent_discord_can_be_tried_again(signed_in, discord):
    discord.get("/users/@me/guilds").mock(Response(502))

    words = text_of(signed_in.get("/buka-toko/"))

    assert "Discord is not answering right now" in words
    assert "Try again" in words


def test_choosing_a_server_opens_a_store(signed_in, owner, discord):
    discord.get("/users/@me/guilds").mock(Response(200, json=[OWN, MANAGED]))

    response = signed_in.post("/buka-toko/", {"guild": "501"})

    assert response.url == "/toko/server-rizky/mulai/"
    member = Member.across_tenants.get(user=owner.user, tenant__slug="server-rizky")
    assert member.role == "owner"
    with tenant_scope(member.tenant_id):
        assert Guild.objects.get().discord_id == 501
        assert AuditEntry.objects.get().action == "store.opened"


@pytest.mark.parametrize("chosen", ["503", "999", "", "1 or 1"])
def test_a_server_one_does_not_manage_is_refused(signed_in, discord, chosen):
    discord.get("/users/@me/guilds").mock(Response(200, json=[OWN, OTHER]))

    response = signed_in.post("/buka-toko/", {"guild": chosen}, follow=True)

    assert "You don't manage this server" in text_of(response)
    assert not Guild.across_tenants.filter(discord_id__in=[501, 503]).exists()


def test_a_taken_server_says_so_and_nothing_else(signed_in, discord, borealis):
    with tenant_scope(borealis.pk):
        make_guild(501, name="Secret name")
    discord.get("/users/@me/guilds").mock(Response(200, json=[OWN]))

    page = signed_in.get("/buka-toko/").content.decode()
    refused = signed_in.post("/buka-toko/", {"guild": "501"}, follow=True)

    assert "This server already has a store" in page
    assert "borealis" not in page.lower()
    assert "Secret name" not in page
    assert "already has a store" in text_of(refused)
    assert Guild.across_tenants.filter(discord_id=501).count() == 1


def test_ones_own_store_is_linked(signed_in, discord):
    make_guild(501)
    discord.get("/users/@me/guilds").mock(Response(200, json=[OWN]))

    page = signed_in.get("/buka-toko/").content.decode()

    assert 'href="/toko/arcadia/"' in page


def test_inviting_the_bot_asks_for_this_server_and_few_permissions(english, guild):
    response = english.post("/toko/arcadia/mulai/bot/")

    asked = parse_qs(urlsplit(response.url).query)
    assert response.url.startswith(settings.DISCORD["AUTHORIZE_URL"])
    assert asked["scope"] == ["bot applications.commands"]
    assert asked["guild_id"] == [str(guild.discord_id)]
    assert asked["disable_guild_select"] == ["true"]
    permissions = int(asked["permissions"][0])
    assert permissions == doctor.INVITE_PERMISSIONS
    assert not permissions & 0x8


def invite(client) -> str:
    response = client.post("/toko/arcadia/mulai/bot/")
    return parse_qs(urlsplit(response.url).query)["state"][0]


def test_back_from_discord_the_token_answer_names_the_server(english, guild, discord):
    state = invite(english)
    answer = TOKEN | {"guild": {"id": str(guild.discord_id)}}
    discord.post("/oauth2/token").mock(Response(200, json=answer))

    response = english.get("/bot/terpasang/", {"code": "c", "state": state})

    assert response.url == "/toko/arcadia/mulai/"
    again = english.get("/bot/terpasang/", {"code": "c", "state": state})
    assert again.url == "/toko/"


def test_a_page_that_refreshes_meanwhile_forgets_no_invitation(
    english, guild, discord, monkeypatch
):
    english.get("/toko/arcadia/mulai/")
    states = []
    read_progress = setup.read_progress

    def press_the_button_meanwhile():
        states.append(invite(english))
        return read_progress()

    monkeypatch.setattr(setup, "read_progress", press_the_button_meanwhile)
    english.get("/toko/arcadia/mulai/")
    answer = TOKEN | {"guild": {"id": str(guild.discord_id)}}
    discord.post("/oauth2/token").mock(Response(200, json=answer))

    response = english.get("/bot/terpasang/", {"code": "c", "state": states[0]})

    assert response.url == "/toko/arcadia/mulai/"


def test_another_server_in_the_answer_is_told(english, guild, discord):
    state = invite(english)
    answer = TOKEN | {"guild": {"id": "1"}}
    discord.post("/oauth2/token").mock(Response(200, json=answer))

    response = english.get(
        "/bot/terpasang/", {"code": "c", "state": state}, follow=True
    )

    assert "The bot was added to another server" in text_of(response)


def test_cancelling_the_invitation_goes_back_to_the_steps(english, guild, discord):
    state = invite(english)

    response = english.get(
        "/bot/terpasang/", {"error": "access_denied", "state": state}
    )

    assert response.url == "/toko/arcadia/mulai/"
    assert not discord.calls


def test_an_invitation_of_another_browser_counts_nothing(english, guild, discord):
    state = invite(english)
    other = browser_of(make_member())

    response = other.get("/bot/terpasang/", {"code": "c", "state": state})

    assert response.url == "/toko/"
    assert not discord.calls


def test_the_steps_notice_the_bot_by_themselves(english, discord, with_bot, guild):
    Guild.objects.update(bot_joined_at=None)
    with_bot()

    words = text_of(english.get("/toko/arcadia/mulai/"))

    assert "2 of 7 done" in words
    assert Guild.objects.get().bot_joined_at is not None


def test_the_steps_notice_that_the_bot_left(english, discord, guild):
    discord.get(f"/guilds/{guild.discord_id}").mock(
        Response(404, json={"message": "Unknown Guild", "code": 10004})
    )

    words = text_of(english.get("/toko/arcadia/pengaturan/bot/"))

    assert "The bot is not in your server" in words
    assert Guild.objects.get().bot_joined_at is None


def test_the_doctor_names_each_missing_permission(english, discord, with_bot):
    with_bot(doctor.INVITE_PERMISSIONS & ~(1 << 4), position=2)

    words = text_of(english.get("/toko/arcadia/pengaturan/bot/"))

    assert "Manage channels Without it: no ticket can be opened" in words
    assert "Send messages Without it" not in words


def test_an_administrator_bot_has_everything(english, discord, with_bot):
    with_bot(0x8)

    words = text_of(english.get("/toko/arcadia/pengaturan/bot/"))

    assert "Without it" not in words


def test_a_silent_discord_does_not_break_the_steps(english, discord, guild):
    Guild.objects.update(bot_joined_at=None)
    discord.get(f"/guilds/{guild.discord_id}").mock(Response(500))

    response = english.get("/toko/arcadia/mulai/")

    assert response.status_code == 200
    assert "Discord is not answering right now" in text_of(response)
