"""The games and other top-ups that stores know, and how they are recognised."""

import json
from datetime import UTC, datetime

import pytest

from catalog.destinations import parse, read_fields
from catalog.games import GAMES, KINDS, find_game, find_kind, operator_of
from catalog.models import Category, Product
from catalog.services import seeding
from tests.factories import make_member

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("number", "operator"),
    [
        ("081234567890", "Telkomsel"),
        ("085112345678", "Telkomsel"),
        ("085312345678", "Telkomsel"),
        ("085151234567", "Telkomsel"),
        ("085154123456", "by.U"),
        ("085158123456", "by.U"),
        ("085159123456", "Telkomsel"),
        ("081412345678", "Indosat"),
        ("085812345678", "Indosat"),
        ("081712345678", "XL"),
        ("085912345678", "XL"),
        ("087712345678", "XL"),
        ("083112345678", "Axis"),
        ("083812345678", "Axis"),
        ("088112345678", "Smartfren"),
        ("088812345678", "Smartfren"),
        ("089512345678", "Three"),
        ("089912345678", "Three"),
        ("081112345678", None),
        ("088912345678", None),
        ("083312345678", None),
        ("021123456", None),
        ("", None),
    ],
)
def test_a_prefix_tells_the_operator(number, operator):
    assert operator_of(number) == operator


@pytest.mark.parametrize(
    ("brand", "category", "code"),
    [
        ("MOBILE LEGENDS", "Games", "ML"),
        ("MOBILELEGEND", "Games", "ML"),
        ("Mobile Legends: Bang Bang", "", "ML"),
        ("Mobile Legends B", "game", "ML"),
        ("FREE FIRE", "Games", "FF"),
        ("PUBG MOBILE", "Games", "PUBG"),
        ("Genshin Impact", "Games", "GENSHIN"),
        ("Valorant", "Games", "VALORANT"),
        ("ARENA OF VALOR", "Games", "AOV"),
        ("Call of Duty MOBILE", "Games", "CODM"),
        ("Honkai: Star Rail", "Games", "HSR"),
        ("Zenless Zone Zero", "Games", "ZZZ"),
        ("LEAGUE OF LEGENDS WILD RIFT", "Games", "WILDRIFT"),
        ("TELKOMSEL", "Pulsa", "PULSA"),
        ("by.U", "PULSA", "PULSA"),
        ("XL", "Data", "DATA"),
        ("INDOSAT", "Paket Data", "DATA"),
        ("GO PAY", "E-Money", "EMONEY"),
        ("DANA", "E-Money", "EMONEY"),
        ("ShopeePay", "E-Money", "EMONEY"),
        ("PLN", "PLN", "PLN"),
        ("Token PLN", "", "PLN"),
    ],
)
def test_a_line_is_known_by_its_brand_or_its_category(brand, category, code):
    assert find_kind(brand, category) is find_game(code)


@pytest.mark.parametrize(
    ("brand", "category"),
    [
        ("", ""),
        ("STEAM", "Games"),
        ("MOBILE LEGENDS BRAZIL", "Games"),
        ("MOBILE LEGENDS ADVENTURE", "Games"),
        ("FREE FIRE", "Voucher"),
        ("VALORANT Gift", "Games"),
        ("MANDIRI E-TOLL", "E-Money"),
        ("MAXIM", "E-Money"),
        ("PLN PASCABAYAR", "Pascabayar"),
        ("PLN", "Pascabayar"),
        ("TELKOMSEL", "Pulsa Internasional"),
        ("CHINA MOBILE", "China TOPUP"),
        ("TELKOMSEL", "Aktivasi Perdana Data"),
        ("TELKOMSEL", "Paket SMS & Telpon"),
    ],
)
def test_what_is_not_known_for_certain_is_no_kind(brand, category):
    assert find_kind(brand, category) is None


def test_no_two_kinds_share_a_code_or_a_brand():
    codes = [kind.code for kind in KINDS]
    brands = [
        "".join(filter(str.isalnum, name.upper()))
        for kind in KINDS
        for name in {kind.name.upper(), *kind.brands}
    ]
    owners = {
        brand: {
            kind.code
            for kind in KINDS
            for name in (kind.name, *kind.brands)
            if "".join(filter(str.isalnum, name.upper())) == brand
        }
        for brand in brands
    }

    assert len(codes) == len(set(codes))
    assert [brand for brand, owner in owners.items() if len(owner) > 1] == []


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.code)
def test_the_examples_that_people_are_shown_fit(kind):
    for field in read_fields(kind.destination_fields):
        assert field.derived or not field.example or field.fits(field.example)


@pytest.mark.parametrize("code", ["ML", "FF", "PUBG", "GENSHIN", "HSR", "ZZZ", "CODM"])
def test_the_examples_together_are_an_account(code):
    fields = read_fields(find_game(code).destination_fields)
    entered = {field.name: field.example for field in fields if field.example}

    account = parse(entered, fields, game=code)

    assert {name: account[name] for name in entered} == entered


def test_the_fields_of_a_kind_outlive_json():
    for kind in KINDS:
        stored = json.loads(
            json.dumps([dict(part) for part in kind.destination_fields])
        )

        assert read_fields(stored) == read_fields(kind.destination_fields)


def test_a_seeded_category_reads_what_a_buyer_types(in_arcadia):
    seeding.add_topups(actor=make_member(), now=NOON)

    genshin = Category.objects.get(code="GENSHIN")
    fields = read_fields(genshin.destination_fields)

    assert parse({"user_id": "UID 812345678"}, fields) == {
        "user_id": "812345678",
        "server": "os_asia",
    }


def test_a_store_that_was_seeded_before_keeps_its_fields(in_arcadia):
    owner = make_member()
    old = [{"name": "user_id", "label": "User ID", "pattern": "[0-9]{6,12}"}]
    seeding.add_topups(actor=owner, now=NOON)
    Category.objects.filter(code="ML").update(destination_fields=old)

    added = seeding.add_topups(actor=owner, now=NOON)

    assert added == []
    assert Category.objects.count() == len(GAMES)
    assert Product.objects.count() == 15
    kept = Category.objects.get(code="ML").destination_fields
    assert kept == old
    assert parse({"user_id": "123456789"}, read_fields(kept)) == {
        "user_id": "123456789"
    }
