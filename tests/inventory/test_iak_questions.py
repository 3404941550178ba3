"""What IAK says about players, the deposit and prices."""

from dataclasses import replace

import pytest

from inventory.suppliers import base
from ppob.kit.http import NoAnswer, Response, Unreachable
from tests.inventory.iak import LINE, PLAYER, body_of, shop, wire

__all__ = ["shop", "wire"]


# --- Players --------------------------------------------------------------------------


def test_a_players_name_is_the_documented_inquiry(wire, shop):
    wire.says({"username": "budi", "status": 1, "message": "SUCCESS", "rc": "00"})

    assert shop.find_name("ML", PLAYER) == "budi"
    assert wire.sent == [
        (
            "POST",
            "/api/inquiry-game",
            {
                "username": "081234567890",
                "game_code": "103",
                "customer_id": "156378300|8483",
                "sign": "df455c305927e3bf988b0325ff5c7467",
            },
        )
    ]


@pytest.mark.parametrize(
    ("game", "account", "game_code", "customer_id"),
    [
        ("FF", {"user_id": "2772860208"}, "135", "2772860208"),
        (
            "GENSHIN",
            {"server": "os_asia", "user_id": "812345678"},
            "172",
            "812345678|os_asia",
        ),
        ("AOV", {"user_id": "124590895269021"}, "139", "124590895269021"),
        ("CODM", {"user_id": "243402956362890880"}, "146", "243402956362890880"),
    ],
)
def test_each_game_has_its_code_and_its_notation(
    wire, shop, game, account, game_code, customer_id
):
    wire.says({"username": "budi", "status": 1, "message": "SUCCESS", "rc": "00"})

    shop.find_name(game, account)

    body = wire.sent[0][2]
    assert (body["game_code"], body["customer_id"]) == (game_code, customer_id)


@pytest.mark.parametrize("rc", ["14", "141", "142"])
def test_an_account_that_does_not_exist_has_no_name(wire, shop, rc):
    wire.says({"status": 2, "message": "INCORECT DESTINATION NUMBER", "rc": rc})

    assert shop.find_name("ML", PLAYER) is None


@pytest.mark.parametrize("rc", ["20", "143", "110", "106", "07", "06", "204", "102"])
def test_a_refused_inquiry_says_nothing_about_the_player(wire, shop, rc):
    wire.says({"status": 2, "message": "NO", "rc": rc})

    with pytest.raises(base.ProviderRefused) as refusal:
        shop.find_name("ML", PLAYER)
    assert refusal.value.code == rc


@pytest.mark.parametrize(
    ("game", "account", "code"),
    [
        ("PUBG", PLAYER, "NO_CHECK"),
        ("ML", {"user_id": "156378300"}, "INCOMPLETE"),
    ],
)
def test_what_cannot_be_asked_is_not_asked(wire, shop, game, account, code):
    with pytest.raises(base.ProviderRefused) as refusal:
        shop.find_name(game, account)

    assert (refusal.value.code, wire.sent) == (code, [])


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (body_of({"username": "budi", "status": 1, "rc": "39"}), base.OutcomeUnknown),
        (body_of({"username": "budi", "status": 1, "rc": "77"}), base.OutcomeUnknown),
        (body_of({"username": "budi", "status": 2, "rc": "00"}), base.OutcomeUnknown),
        (body_of({"username": " ", "status": 1, "rc": "00"}), base.OutcomeUnknown),
        (body_of({"status": 1, "rc": "00"}), base.OutcomeUnknown),
        (body_of({"status": 2, "rc": "14"}, 500), base.OutcomeUnknown),
        (Response(200, b"<!doctype html>", {}), base.OutcomeUnknown),
        (NoAnswer("ReadTimeout"), base.OutcomeUnknown),
        (Unreachable("ConnectError"), base.ProviderUnreachable),
    ],
)
def test_an_inquiry_without_an_answer_says_nothing_either(wire, shop, answer, error):
    wire.answer = answer

    with pytest.raises(error):
        shop.find_name("ML", PLAYER)


# --- Balance and prices ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("told", "balance"),
    [(997136249, 997_136_249), ("99989150", 99_989_150), (100.9, 100), (0, 0)],
)
def test_the_deposit_is_asked_for_with_its_own_signature(wire, shop, told, balance):
    wire.says({"balance": told, "message": "SUCCESS", "rc": "00"})

    assert shop.read_balance() == balance
    assert wire.sent == [
        (
            "POST",
            "/api/check-balance",
            {"username": "081234567890", "sign": "bf73a15fb99989913b4413cbda9093ce"},
        )
    ]


@pytest.mark.parametrize("answer", [{"rc": "00"}, {"balance": 5}, [], {"rc": "39"}])
def test_a_deposit_that_is_not_named_is_not_known(wire, shop, answer):
    wire.says(answer)

    with pytest.raises(base.OutcomeUnknown):
        shop.read_balance()


@pytest.mark.parametrize("shape", [list, lambda lines: {"pricelist": lines}])
def test_the_price_list_says_what_can_be_bought(wire, shop, shape):
    diamonds = {
        "product_description": "Mobile Legend",
        "product_nominal": "86 Diamonds",
    }
    wire.says({"status": 2, "message": "CODE NOT FOUND", "rc": "20"})
    wire.answers["/api/pricelist/voucher"] = body_of(shape([LINE]))
    wire.answers["/api/pricelist/game"] = body_of(
        shape(
            [
                LINE | diamonds | {"product_code": "hml86", "product_price": 18900.5},
                LINE | {"product_code": "off", "status": "non active"},
                LINE | {"product_price": "?"},
                LINE | {"product_code": "A" * 61},
                "nonsense",
            ]
        )
    )

    voucher = base.PricedProduct(
        "alfamart100",
        "Voucher Alfamart Rp 100.000",
        100_000,
        True,
        None,
        None,
        brand="Alfamart Voucher",
        category="voucher",
    )
    assert shop.list_prices() == [
        voucher,
        replace(
            voucher,
            sku="hml86",
            name="Mobile Legend 86 Diamonds",
            cost=18_901,
            brand="Mobile Legend",
        ),
        replace(voucher, sku="off", is_available=False),
    ]
    assert [path for _method, path, _body in wire.sent] == [
        f"/api/pricelist/{kind}"
        for kind in (
            *("pulsa", "data", "etoll", "voucher"),
            *("game", "pln", "international"),
        )
    ]
    assert wire.sent[0][2] == {
        "username": "081234567890",
        "status": "active",
        "sign": "8a1add2ec80b3f0dfe80822acd066812",
    }


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (body_of({"rc": "110", "message": "MAINTENANCE"}), base.ProviderRefused),
        (body_of({"rc": "00"}), base.OutcomeUnknown),
        (body_of([LINE], 502), base.OutcomeUnknown),
    ],
)
def test_a_kind_of_goods_that_fails_fails_the_whole_list(wire, shop, answer, error):
    """Or else all of it would be taken for gone."""
    wire.says([LINE])
    wire.answers["/api/pricelist/pln"] = answer

    with pytest.raises(error):
        shop.list_prices()
