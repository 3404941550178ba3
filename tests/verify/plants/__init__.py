"""For each rule one wrong row, planted behind the back of all guards.

Each app has its module here with `PLANTS`: the rule's name, and the statements that
break it in the store of `tests/verify/conftest.py`.
"""

from tests.verify.plants import bot, inventory, payments, ppob, security, tenants

PLANTS: dict[str, list[str]] = {
    **ppob.PLANTS,
    **security.PLANTS,
    **tenants.PLANTS,
    **inventory.PLANTS,
    **payments.PLANTS,
    **bot.PLANTS,
}
