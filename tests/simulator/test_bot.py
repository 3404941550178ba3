"""An unmodified discord.py bot in another process lives in the local Discord."""

import subprocess

import httpx
import pytest

from bot.simulator import world
from bot.simulator.client import (
    ActionFailed,
    InteractionFailed,
    SimulatedPerson,
    components_of,
    text_of,
)
from bot.simulator.control import SimulatedDiscord
from tests.simulator import referee
from tests.simulator.conftest import until

pytestmark = [pytest.mark.usefixtures("bot"), pytest.mark.processes]
GENERAL = world.RIZKY_GENERAL_ID
GUILD = world.RIZKY_GUILD_ID


@pytest.fixture
def panel(ayu: SimulatedPerson) -> dict:
    return ayu.slash(GENERAL, "panel")["message"]


def test_commands_are_listed_for_people_after_the_sync(ayu: SimulatedPerson):
    names = [command["command"] for command in ayu.commands(GENERAL)]

    assert names == sorted(names)
    assert {"panel", "katalog", "tiket"} <= set(names)


def test_a_slash_command_is_answered_for_everybody(
    ayu: SimulatedPerson, citra: SimulatedPerson
):
    answer = ayu.slash(GENERAL, "panel")

    assert answer["kind"] == "message"
    assert text_of(citra.messages(GENERAL)[-1]).startswith("Toko\nPilih produk")


def test_options_reach_the_bot_with_the_persons_language(
    ayu: SimulatedPerson, bima: SimulatedPerson
):
    indonesian = ayu.slash(GENERAL, "katalog", produk="netflix", jumlah="3")
    english = bima.slash(GENERAL, "katalog", produk="spotify")

    assert indonesian["message"]["content"] == "netflix x3 id"
    assert english["message"]["content"] == "spotify x1 en-US"


def test_autocomplete_offers_what_fits(ayu: SimulatedPerson):
    choices = ayu.autocomplete(GENERAL, "katalog", "produk", "net")

    assert choices == [{"name": "Netflix", "value": "netflix"}]


def test_a_missing_option_is_refused_before_the_bot_hears_of_it(ayu: SimulatedPerson):
    with pytest.raises(ActionFailed, match="produk is required"):
        ayu.slash(GENERAL, "katalog")


def test_a_deferred_answer_and_its_followup_are_for_the_presser_only(
    ayu: SimulatedPerson, citra: SimulatedPerson, panel: dict
):
    answer = ayu.click(panel, label="Beli")
    answer = ayu.wait_for_answer(answer, lambda current: current["followups"])

    assert answer["message"]["content"] == "Pesanan dibuat"
    assert answer["message"]["ephemeral"]
    assert answer["followups"][0]["content"] == "Cek DM"
    seen_by_citra = [message["content"] for message in citra.messages(GENERAL)]
    assert "Pesanan dibuat" not in seen_by_citra
    assert "Cek DM" not in seen_by_citra


def test_the_bots_token_does_not_reach_an_ephemeral_message(
    ayu: SimulatedPerson, panel: dict, rest: httpx.Client
):
    private = ayu.click(panel, label="Beli")["message"]
    path = f"/channels/{GENERAL}/messages"

    answer = rest.get(f"{path}/{private['id']}")

    assert (answer.status_code, answer.json()["code"]) == (404, 10008)
    assert private["id"] not in [message["id"] for message in rest.get(path).json()]


def test_a_select_updates_the_message_for_all(
    ayu: SimulatedPerson, citra: SimulatedPerson, panel: dict
):
    ayu.select(panel, ["2"])

    changed = next(m for m in citra.messages(GENERAL) if m["id"] == panel["id"])
    assert changed["content"] == "dipilih 2"


def test_a_modal_takes_text_choice_and_file(ayu: SimulatedPerson, panel: dict):
    shown = ayu.click(panel, label="Isi")
    name, colour, proof = [
        part["custom_id"]
        for part in components_of(shown["modal"])
        if "custom_id" in part
    ]

    answer = ayu.submit(
        shown,
        {name: "Ayu", colour: "red"},
        files={proof: [("bukti.txt", b"lunas")]},
    )

    assert answer["message"]["content"] == "Ayu red ['lunas']"


def test_a_modal_can_be_sent_once_and_only_when_complete(
    ayu: SimulatedPerson, panel: dict
):
    shown = ayu.click(panel, label="Isi")
    name, colour, _ = [
        part["custom_id"]
        for part in components_of(shown["modal"])
        if "custom_id" in part
    ]

    with pytest.raises(ActionFailed, match="Nama is required"):
        ayu.submit(shown, {colour: "red"})
    ayu.submit(shown, {name: "A", colour: "red"})
    with pytest.raises(ActionFailed, match="not open"):
        ayu.submit(shown, {name: "A", colour: "red"})


def test_a_silent_bot_fails_the_interaction_after_three_seconds(
    ayu: SimulatedPerson, panel: dict
):
    with pytest.raises(InteractionFailed):
        ayu.click(panel, label="Diam")


def test_a_file_goes_to_the_bot_and_comes_back(ayu: SimulatedPerson):
    answer = ayu.slash(GENERAL, "berkas", files={"file": ("nota.txt", b"abc")})

    [copy] = answer["message"]["attachments"]
    assert copy["filename"] == "kopi-nota.txt"
    assert copy["size"] == 3


def test_a_private_ticket_is_hidden_from_strangers(
    ayu: SimulatedPerson, citra: SimulatedPerson, rizky: SimulatedPerson
):
    mention = ayu.slash(GENERAL, "tiket")["message"]["content"]
    ticket = int(mention.strip("<#>"))

    assert [m["content"] for m in ayu.messages(ticket)] == [f"Halo <@{ayu.user_id}>"]
    assert rizky.find_channel("tiket-ayu", GUILD) is not None  # owners see all
    assert citra.find_channel("tiket-ayu", GUILD) is None
    with pytest.raises(ActionFailed, match="cannot see"):
        citra.messages(ticket)
    with pytest.raises(ActionFailed, match=r"may not write|Missing Access"):
        citra.send(ticket, "halo?")


def test_a_bot_without_the_permission_is_refused(
    ayu: SimulatedPerson, local: SimulatedDiscord
):
    local.change_bot(GUILD, deny=["manage_channels"])
    try:
        answer = ayu.slash(GENERAL, "tiket")
    finally:
        local.change_bot(GUILD, allow=["manage_channels"])

    assert answer["message"]["content"] == "ditolak 50013"


def test_direct_messages_go_both_ways_until_they_are_closed(bima: SimulatedPerson):
    assert bima.slash(GENERAL, "sapa")["message"]["content"] == "terkirim"
    dm = bima.dm_channel()
    bima.send(dm, "hei")
    bima.wait_for_message(dm, lambda message: message["content"] == "DM: hei")

    bima.set_dm_open(False)
    refused = bima.slash(GENERAL, "sapa")["message"]["content"]
    bima.set_dm_open(True)

    assert refused == "tertutup 50007"


def test_a_layout_of_components_keeps_its_shape(ayu: SimulatedPerson):
    message = ayu.slash(GENERAL, "kartu")["message"]

    assert [part["type"] for part in components_of(message)] == [17, 10, 14]
    assert "Stok **12**" in text_of(message)


def test_an_empty_field_is_refused_and_does_not_use_up_the_answer(
    ayu: SimulatedPerson,
):
    assert ayu.slash(GENERAL, "kosong")["message"]["content"] == "400 50035"


def test_a_bot_that_joins_a_server_hears_of_it(
    rizky: SimulatedPerson, local: SimulatedDiscord
):
    local.invite_bot(world.NEW_GUILD_ID, ["view_channel", "send_messages"])
    hello = rizky.wait_for_message(
        world.NEW_GENERAL_ID, lambda message: message["content"] == "Halo Server Baru"
    )
    local.remove(world.NEW_GUILD_ID, world.BOT_ID)

    assert hello["author"]["id"] == str(world.BOT_ID)
    with pytest.raises(ActionFailed, match=r"not in this server|no command"):
        rizky.slash(world.NEW_GENERAL_ID, "panel")


def test_a_cut_connection_resumes_and_misses_nothing(
    ayu: SimulatedPerson, local: SimulatedDiscord
):
    before = local.stats()["gateway"]

    assert local.drop_gateway() == 1
    ayu.send(ayu.open_dm(), "selagi putus")

    ayu.wait_for_message(ayu.open_dm(), lambda m: m["content"] == "DM: selagi putus")
    after = local.stats()["gateway"]
    assert after["resumes"] == before["resumes"] + 1
    assert after["identifies"] == before["identifies"]


def test_a_429_is_waited_for_and_retried(ayu: SimulatedPerson, local: SimulatedDiscord):
    dm = ayu.open_dm()
    local.inject(
        method="POST", path=f"/channels/{dm}/messages", status=429, retry_after=0.2
    )

    ayu.send(dm, "pelan")

    ayu.wait_for_message(dm, lambda message: message["content"] == "DM: pelan")
    [limited] = local.stats()["limited"]
    assert limited["path"] == f"/channels/{dm}/messages"


def test_a_bot_that_obeys_the_headers_meets_no_429(
    ayu: SimulatedPerson, local: SimulatedDiscord
):
    answer = ayu.slash(GENERAL, "banjir", jumlah=6)

    assert answer["message"]["content"] == "selesai"
    assert local.stats()["limited"] == []


def test_the_bots_requests_are_what_discord_documents(
    ayu: SimulatedPerson, local: SimulatedDiscord, panel: dict
):
    ayu.slash(GENERAL, "kartu")
    ayu.slash(GENERAL, "tiket")
    until(lambda: len(local.requests()) >= 5, "requests")

    checked = [request for request in local.requests() if referee.known(request)]
    assert len(checked) >= 5
    assert [referee.request_problems(request) for request in checked] == [
        [] for _ in checked
    ]


def test_the_bot_never_died(bot: subprocess.Popen[bytes]):
    assert bot.poll() is None
