"""Whose account it is, for programs: three honest answers, and none for free."""

import json
import logging

import pytest
from django.core.cache import cache
from rest_framework.test import APIClient

from inventory.api.games import CheckThrottle
from inventory.models import AccountCheck
from inventory.services import account_checks
from ppob.kit import clock
from ppob.kit.db import InsideTransaction, unit_of_work
from ppob.kit.http import NoAnswer, Response, Unreachable
from ppob.kit.scope import tenant_scope
from tenants.states import Role
from tests.api.test_game_api import ZONES, client_of, make_game
from tests.conftest import NOON
from tests.factories import CategoryFactory, SupplierAccountFactory, make_member
from tests.inventory.iak import body_of, wire

__all__ = ["wire"]

PATH = "/api/v1/game/validate"
TYPED = {"game": "ML", "user_id": "156378300", "server": "8483"}
FOUND = {"username": "budi", "status": 1, "message": "SUCCESS", "rc": "00"}
# docs/prepaid/inquiry/game.md: its spelling, and the number counts.
NOT_FOUND = {"status": 2, "message": "INCORECT DESTINATION NUMBER", "rc": "14"}


@pytest.fixture(autouse=True)
def _no_counters(db, monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: NOON)
    cache.clear()


@pytest.fixture
def client(in_arcadia, wire) -> APIClient:
    make_game()
    connect()
    wire.says(FOUND)
    return client_of(make_member(Role.VIEWER).user)


def connect(**fields):
    return SupplierAccountFactory(
        kind="iak", credentials=json.dumps({"api_key": "demokey"}), **fields
    )


def ask(client, **changes):
    return client.post(PATH, TYPED | changes, format="json")


def test_a_name_that_a_supplier_knows_is_verified(client, wire):
    answer = ask(client)

    assert answer.status_code == 200
    assert answer.json() == {
        "game": "ML",
        "account": "156378300 (8483)",
        "parts": {"user_id": "156378300", "zone_id": "8483"},
        "status": "verified",
        "nickname": "budi",
    }
    [(_method, path, body)] = wire.sent
    assert (path, body["customer_id"]) == ("/api/inquiry-game", "156378300|8483")


def test_an_account_that_is_not_there_has_no_nickname(client, wire):
    wire.says(NOT_FOUND)

    answer = ask(client).json()

    assert (answer["status"], answer["nickname"]) == ("not_found", None)


@pytest.mark.parametrize(
    "trouble",
    [
        Unreachable("ConnectError"),
        NoAnswer("ReadTimeout"),
        Response(502, b"<html>", {}),
        body_of({"message": "WRONG SIGNATURE", "rc": "204"}),
        body_of({"message": "?", "rc": "999"}),
    ],
)
def test_whatever_goes_wrong_at_the_supplier_is_no_verdict(client, wire, trouble):
    wire.answer = trouble

    answer = ask(client)

    assert answer.status_code == 200
    assert (answer.json()["status"], answer.json()["nickname"]) == ("unchecked", None)


def test_nobody_is_asked_where_no_supplier_names_the_games_players(client, wire):
    CategoryFactory(code="CHESS", destination_fields=ZONES)

    answer = ask(client, game="chess").json()

    assert (answer["game"], answer["status"]) == ("CHESS", "unchecked")
    assert wire.sent == []


def test_the_whole_account_may_stand_in_one_input(client):
    answers = [
        client.post(PATH, {"game": "ml", "user_id": typed}, format="json").json()
        for typed in ("156378300 (8483)", "ID: 156378300 Server: 8483")
    ]

    assert [answer["account"] for answer in answers] == ["156378300 (8483)"] * 2


def test_numbers_are_taken_as_they_are_written(client):
    answer = ask(client, user_id=156378300, server=8483)

    assert answer.json()["account"] == "156378300 (8483)"


def test_a_second_input_of_a_game_with_one_part_is_not_dropped(client, wire):
    CategoryFactory(code="FF", destination_fields=ZONES[:1])

    answer = ask(client, game="FF", user_id="2772860208", server="12345678")

    assert (answer.status_code, answer.json()["field"]) == (400, "user_id")
    assert wire.sent == []


@pytest.mark.parametrize(
    ("changes", "field", "title"),
    [
        ({"server": ""}, "server", "Zone ID is missing."),
        ({"server": "12"}, "server", "Zone ID cannot be right."),
        ({"user_id": "x"}, "user_id", ""),
        ({"user_id": "8483", "server": "156378300"}, "user_id", "look swapped"),
        ({"user_id": "1563783\u202e00"}, "user_id", "hidden signs"),
    ],
)
def test_what_can_be_no_account_is_refused_with_its_input(
    client, wire, changes, field, title
):
    answer = ask(client, **changes)

    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (400, "BAD_DESTINATION")
    assert problem["field"] == field
    assert title in problem["title"]
    assert wire.sent == []


@pytest.mark.parametrize(
    "changes",
    [
        {"user_id": None},
        {"user_id": ""},
        {"user_id": ["156378300"]},
        {"user_id": True},
        {"user_id": 156378300.8483},  # would be read as an id and a zone
        {"server": 8483.0},
        {"server": None},
        {"user_id": "1" * 301},
        {"game": ""},
        {"game": "x" * 21},
        {"game": "M\u0000L"},
    ],
)
def test_a_body_of_another_shape_is_a_problem(client, wire, changes):
    answer = ask(client, **changes)

    assert (answer.status_code, answer.json()["code"]) == (400, "INVALID_INPUT")
    assert wire.sent == []


@pytest.mark.parametrize("game", ["CHESS", "CARDS", "%"])
def test_an_unknown_game_is_not_found(client, game):
    CategoryFactory(code="CARDS")

    answer = ask(client, game=game)

    assert (answer.status_code, answer.json()["code"]) == (404, "NOT_FOUND")


def test_nothing_is_written_down_for_programs(client):
    ask(client)

    assert not AccountCheck.objects.exists()


def test_a_name_is_asked_for_once_and_by_each_store_for_itself(client, wire, borealis):
    ask(client)
    ask(client)
    assert len(wire.sent) == 1

    with tenant_scope(borealis.pk):
        make_game()
        connect()
        theirs = client_of(make_member().user, "borealis")
    wire.says(NOT_FOUND)

    assert ask(theirs).json()["status"] == "not_found"
    assert ask(client).json()["status"] == "verified"
    assert len(wire.sent) == 2


def test_it_is_not_asked_inside_a_transaction(client, wire):
    game = make_game("AOV", destination_fields=ZONES[:1])

    with pytest.raises(InsideTransaction), unit_of_work("test.ask"):
        account_checks.name_account(category=game, entered={"user_id": "12345678"})

    assert wire.sent == []


def test_questions_are_rarer_than_reading(client, monkeypatch):
    monkeypatch.setattr(CheckThrottle, "limit", 2)

    answers = [ask(client) for _turn in range(3)]

    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert answers[2].json()["code"] == "THROTTLED"
    assert answers[2].headers["Retry-After"] == "60"
    assert client.get("/api/v1/game/price/ML").status_code == 200


def test_who_asks_too_often_costs_the_supplier_and_other_stores_nothing(
    client, wire, borealis, monkeypatch
):
    monkeypatch.setattr(CheckThrottle, "limit", 1)
    with tenant_scope(borealis.pk):
        make_game()
        theirs = client_of(make_member().user, "borealis")

    ask(client)
    assert ask(client, user_id="156378301").status_code == 429

    assert len(wire.sent) == 1
    assert ask(theirs).status_code == 200


def test_the_real_limit_is_a_tenth_of_the_limit_of_reading():
    assert (CheckThrottle.limit, CheckThrottle.secs) == (30, 60)


def test_strangers_and_other_stores_ask_nobody(client, wire, borealis):
    nobody = APIClient(headers={"X-Store": "arcadia"}).post(PATH, TYPED, format="json")
    elsewhere = client.post(PATH, TYPED, format="json", headers={"X-Store": "borealis"})

    assert (nobody.status_code, elsewhere.status_code) == (403, 404)
    assert wire.sent == []


def test_it_needs_the_csrf_token(client, wire):
    strict = APIClient(enforce_csrf_checks=True, headers={"X-Store": "arcadia"})
    strict.force_login(make_member().user)

    assert ask(strict).status_code == 403
    assert wire.sent == []


def test_no_line_of_the_log_names_the_account(client, caplog):
    caplog.set_level(logging.DEBUG)

    ask(client)
    ask(client, server="12")

    assert not {"156378300", "budi"} & set(caplog.text.replace("|", " ").split())
