"""Accounts as people type them: `destinations/cases.txt` holds the examples."""

from pathlib import Path

import pytest
from django.utils.translation import override
from hypothesis import given, settings
from hypothesis import strategies as st

from catalog.destinations import (
    MOST_CHARACTERS,
    BadDestination,
    DestinationField,
    asked_fields,
    fill,
    join,
    parse,
    read_fields,
    readable,
    split,
)
from catalog.games import KINDS

CASES = Path(__file__).parent / "destinations" / "cases.txt"
OLD_USER_ID = {"name": "user_id", "label": "User ID", "pattern": "[0-9]{6,12}"}
OLD_FIELDS = {
    "ML-OLD": [
        OLD_USER_ID,
        {"name": "zone_id", "label": "Zone ID", "pattern": "[0-9]{4,5}"},
    ],
    "GENSHIN-OLD": [
        {"name": "user_id", "label": "UID", "pattern": "[0-9]{9,10}"},
        {"name": "server", "label": "Server", "pattern": "os_(asia|usa|euro|cht)"},
    ],
}
FIELDS = {kind.code: read_fields(kind.destination_fields) for kind in KINDS} | {
    name: read_fields(stored) for name, stored in OLD_FIELDS.items()
}


def cases() -> list[tuple[str, str, str]]:
    lines = CASES.read_text().splitlines()
    return [
        tuple(part.strip(" ") for part in line.split(" ~ "))
        for line in lines
        if line and not line.startswith("#")
    ]


def unescaped(text: str) -> str:
    return text.encode("ascii", "backslashreplace").decode("unicode_escape")


def read(name: str, *texts: str) -> dict[str, str]:
    fields = FIELDS[name]
    entered = {
        field.name: text for field, text in zip(fields, texts, strict=False) if text
    }
    return parse(entered, fields, game=name.removesuffix("-OLD"))


def outcome(name: str, *texts: str) -> dict[str, str] | BadDestination:
    try:
        return read(name, *texts)
    except BadDestination as refusal:
        return refusal


@pytest.mark.parametrize(("name", "typed", "expected"), cases())
def test_what_people_type_is_read_or_refused(name, typed, expected):
    texts = [unescaped(each) for each in typed.split(" ¦ ")]
    texts = ["" if text == "-" else text for text in texts]

    if expected.startswith("! "):
        with pytest.raises(BadDestination) as refusal:
            read(name, *texts)

        assert refusal.value.field == expected[2:]
    else:
        account = read(name, *texts)

        names = [field.name for field in FIELDS[name]]
        assert account == dict(zip(names, expected.split(" ¦ "), strict=True))
        assert list(account) == names


def test_there_are_many_examples():
    assert len(cases()) >= 150
    assert {name for name, *_ in cases()} >= {"ML", "FF", "PUBG", "GENSHIN", "VALORANT"}


@pytest.mark.parametrize(
    ("name", "texts", "sentence"),
    [
        (
            "ML",
            ["123456 12345"],
            "It is not clear which account this is. "
            "Needed: User ID 5 to 12 digits, Zone ID 3 to 6 digits.",
        ),
        (
            "ML",
            ["1234", "123456789"],
            "User ID and Zone ID look swapped. "
            "Needed: User ID 5 to 12 digits, Zone ID 3 to 6 digits.",
        ),
        (
            "ML",
            ["123456789"],
            "Zone ID is missing. "
            "Needed: User ID 5 to 12 digits, Zone ID 3 to 6 digits.",
        ),
        (
            "ML",
            ["123456789", "\u200f1234"],
            "Zone ID contains hidden signs. Please type it instead of pasting it.",
        ),
        (
            "ML",
            ["123456789 (1234)", "4321"],
            "Zone ID was entered twice, and not the same. Please check it.",
        ),
        (
            "GENSHIN",
            ["812345678", "America"],
            "This UID belongs to Asia. Please check both.",
        ),
        (
            "GENSHIN",
            ["112345678"],
            "This UID belongs to no server that can be topped up here.",
        ),
        (
            "GENSHIN",
            ["812345678", "Mars"],
            "Server cannot be right. "
            "Needed: Server America / Europe / Asia / TW, HK, MO.",
        ),
        (
            "VALORANT",
            ["Name"],
            "Riot ID cannot be right. Needed: Riot ID such as Name#TAG.",
        ),
        (
            "PULSA",
            ["0812"],
            "Phone number cannot be right. Needed: Phone number such as 081234567890.",
        ),
        (
            "PLN",
            ["0812"],
            "Meter number cannot be right. Needed: Meter number 11 to 12 digits.",
        ),
    ],
)
def test_a_refusal_says_what_the_game_wants(name, texts, sentence):
    with override("en"), pytest.raises(BadDestination) as refusal:
        read(name, *texts)

    with override("en"):
        assert str(refusal.value.sentence) == sentence


def test_only_what_cannot_be_derived_is_asked():
    def asked(name: str) -> list[str]:
        game = name.removesuffix("-OLD")
        return [field.name for field in asked_fields(FIELDS[name], game=game)]

    assert asked("GENSHIN") == ["user_id"]
    assert asked("GENSHIN-OLD") == ["user_id"]
    assert asked("ML") == ["user_id", "zone_id"]


def test_an_older_genshin_category_asks_for_the_server_where_nobody_names_the_game():
    fields = FIELDS["GENSHIN-OLD"]

    account = parse({"user_id": "812345678", "server": "os_usa"}, fields)

    assert account == {"user_id": "812345678", "server": "os_usa"}
    with pytest.raises(BadDestination) as refusal:
        parse({"user_id": "812345678"}, fields)
    assert refusal.value.field == "server"


def test_a_server_is_chosen_by_its_value_or_its_label():
    fields = read_fields(
        [
            {"name": "role", "label": "Role name", "pattern": ".{2,20}"},
            {
                "name": "server",
                "label": "Server",
                "choices": [["s1", "Asia"], ["s2", "Europe"]],
            },
        ]
    )

    by_label = parse({"role": "King of Asia", "server": "europe"}, fields)

    assert by_label == {"role": "King of Asia", "server": "s2"}
    assert parse({"role": "Rizky", "server": "s1"}, fields)["server"] == "s1"
    with pytest.raises(BadDestination) as refusal:
        parse({"role": "King of Asia"}, fields)
    assert refusal.value.field == "server"


def test_a_category_without_fields_takes_one_text():
    fields = read_fields([])

    assert parse({"account": "  budi@example.com "}, fields) == {
        "account": "budi@example.com"
    }
    for bad in ["", "a|b", "a\u200bb", "a\u202eb", "a" * 121]:
        with pytest.raises(BadDestination):
            parse({"account": bad}, fields)


@pytest.mark.parametrize("pattern", ["[0-9]+", r"\d{6,}", "^[0-9]{5,12}$"])
def test_numbers_of_other_patterns_are_read_as_numbers(pattern):
    fields = [DestinationField("user_id", "User ID", pattern)]

    assert parse({"user_id": "ID: 123456789"}, fields) == {"user_id": "123456789"}


# Texts that look like accounts reach further than letters picked at random.
PIECES = st.sampled_from(
    [
        *("123456789", "1234", "12", "123", "812345678", "0812", "3456", "7890", "62"),
        *("id", "zone", "Server: ", "asia", "os_usa", "Name", "#TAG", "riot id: "),
        *(
            " ",
            "\n",
            "(",
            ")",
            "/",
            "|",
            "-",
            ".",
            ",",
            "+",
            "#",
            "@",
            "＃",
            "：",
            "🔥",
        ),
        *("\u200b", "\u202e", "\u3164", "\u0301", "\ufe0f", "\u20e3", "ﬁ", "²", "١"),
        *("\ue000", "\x00", "\u00a0", "\ufeff", "１２３", "|", "\ufdfa", "\u2067"),
    ]
)
TEXTS = st.lists(PIECES, max_size=10).map("".join) | st.text(max_size=40)


@settings(deadline=None)  # other tests share the processors
@given(name=st.sampled_from(sorted(FIELDS)), texts=st.lists(TEXTS, max_size=2))
def test_any_text_is_refused_or_becomes_an_account_that_stays_as_it_is(name, texts):
    fields = FIELDS[name]
    account = outcome(name, *texts)
    if isinstance(account, BadDestination):
        assert account.field in {field.name for field in fields}
        assert str(account.sentence)
        return

    assert parse(account, fields, game=name.removesuffix("-OLD")) == account
    kept = join(account)
    assert len(kept) <= MOST_CHARACTERS
    assert kept.count("|") == len(fields) - 1
    assert kept.isprintable()
    assert split(kept, fields) == account
    assert fill("|".join(f"{{{name}}}" for name in account), account) == kept
    if name not in {"VALORANT", "WILDRIFT"}:
        assert kept.isascii()


@settings(deadline=None)  # other tests share the processors
@given(text=TEXTS)
def test_any_text_without_a_format_is_refused_or_stays_as_it_is(text):
    fields = read_fields([])
    try:
        account = parse({"account": text}, fields)
    except BadDestination:
        return

    assert parse(account, fields) == account
    assert "|" not in join(account)
    assert split(join(account), fields) == account


@settings(deadline=None)  # other tests share the processors
@given(
    user_id=st.from_regex("[0-9]{5,12}", fullmatch=True),
    zone=st.from_regex("[0-9]{3,6}", fullmatch=True),
)
def test_what_the_game_shows_can_be_pasted(user_id, zone):
    account = read("ML", f"{user_id} ({zone})")

    assert account == {"user_id": user_id, "zone_id": zone}
    assert read("ML", readable(join(account))) == account


@settings(deadline=None)  # other tests share the processors
@given(
    first=st.from_regex("[0-9]{3,12}", fullmatch=True),
    second=st.from_regex("[0-9]{3,12}", fullmatch=True),
    between=st.sampled_from([" ", "/", "-", ",", "\n", " | "]),
)
def test_two_bare_numbers_are_never_guessed(first, second, between):
    can_be_ids = [5 <= len(number) <= 12 for number in (first, second)]
    can_be_zones = [3 <= len(number) <= 6 for number in (first, second)]
    in_order = can_be_ids[0] and can_be_zones[1]
    swapped = can_be_ids[1] and can_be_zones[0]
    account = outcome("ML", f"{first}{between}{second}")
    if isinstance(account, BadDestination):
        return

    assert in_order
    assert not swapped or first == second
    assert account == {"user_id": first, "zone_id": second}


def test_what_holds_the_separator_is_not_kept():
    with pytest.raises(BadDestination) as refusal:
        join({"user_id": "123", "zone_id": "4|5"})

    assert refusal.value.field == "zone_id"


def test_a_suppliers_notation_is_filled():
    account = {"user_id": "123456789", "zone_id": "1234"}

    assert fill("{user_id}{zone_id}", account) == "1234567891234"
    assert fill("{zone_id}:{user_id}", account) == "1234:123456789"
    for unknown in ["{server}", "{}", "{user_id", "{user_id.real}"]:
        with pytest.raises(BadDestination):
            fill(unknown, account)


def test_what_was_kept_before_the_parts_is_one_whole():
    fields = FIELDS["ML"]

    assert split("1234567891234", fields) == {"user_id": "1234567891234"}
    assert readable("123456789|1234") == "123456789 (1234)"
    assert readable("EarlGreyTeemo#sip") == "EarlGreyTeemo#sip"
