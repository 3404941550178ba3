"""The suppliers of a run: their engines, the lines to them, and their plans."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from inventory.models import PurchaseAttempt
from inventory.simulator.engine import Callback, Engine, Order
from inventory.suppliers import registry
from inventory.suppliers.apigames.simulator.engine import Engine as ApigamesEngine
from inventory.suppliers.digiflazz.simulator.engine import Engine as DigiflazzEngine
from inventory.suppliers.iak.simulator.engine import Engine as IakEngine
from inventory.suppliers.tokovoucher.simulator.engine import Engine as TokoEngine
from inventory.suppliers.vipreseller.simulator.engine import Engine as VipEngine
from tests.inventory.contract.cases import case_of
from tests.inventory.contract.stage import RIZKY
from tests.inventory.shop import Content, Line

FLIP_SECS = 45
# What happens to the next orders, most of them nothing special; see `Engine.plan`.
PLANS = {
    "digiflazz": ["00"] * 5 + ["03>00", "03>02", "99>00", "02", "53", "68", "44"],
    "vipreseller": ["waiting>success"] * 5
    + ["success", "waiting>error", "error", "service", "balance", "busy", "riddle"],
    "iak": ["00"] * 5 + ["39>00", "39>07", "07", "106", "17", "20"],
    "apigames": ["Sukses"] * 5
    + ["Proses>Sukses", "Validasi Provider>Gagal", "Gagal"]
    + ["product", "balance", "riddle"],
    "tokovoucher": ["pending>sukses"] * 5
    + ["sukses", "pending>gagal", "gagal", "product", "balance", "riddle"],
}
SKUS = {
    "digiflazz": "ML86",
    "vipreseller": "ML86-S1",
    "iak": "hml86",
    "apigames": "ML86",
    "tokovoucher": "ML86",
}
COSTS = {
    "digiflazz": 18_500,
    "vipreseller": 18_900,
    "iak": 18_900,
    "apigames": 18_700,
    "tokovoucher": 18_600,
}
# Where a buyer's own pages there ask for our address; Digiflazz is told it each time.
WHERE_TO_REPORT = {
    "vipreseller": "webhooks",
    "iak": "callback_urls",
    "apigames": "webhooks",
    "tokovoucher": "webhooks",
}
# Where a request with a reference may buy.
BUYS = ("/transaction", "/api/top-up", "/v2/transaksi", "/v1/transaksi")
WELL = ""
TROUBLES = [*[WELL] * 12, "away", "silent", "lost", "lost", "broken"]


@dataclass
class Shop:
    """One supplier as everybody outside the product sees it."""

    code: str
    engine: Engine[Any]
    dice: random.Random
    is_calm: bool = False
    is_steady: bool = False  # nothing but `state` goes wrong
    state: str = WELL  # what is wrong with every request

    def trouble(self) -> str:
        """What goes wrong with the next request."""
        if self.is_calm:
            return WELL
        if self.state or self.is_steady:
            return self.state
        return self.dice.choice(TROUBLES)

    def plan_next(self) -> None:
        """Decide how one of the next orders ends."""
        self.engine.plan.append(self.dice.choice(PLANS[self.code]))

    def calm(self) -> None:
        """From now on nothing goes wrong any more, and there is money enough."""
        self.is_calm = True
        self.engine.plan.clear()
        self.get_well()

    def get_well(self) -> None:
        """It is up, has everything, and the store's deposit there is full."""
        self.state = WELL
        self.engine.off.clear()
        self.fill_up()

    def listen(self, url: str) -> None:
        """Have the store's news sent there."""
        if self.code in WHERE_TO_REPORT:
            self.engine.switch({WHERE_TO_REPORT[self.code]: {self.buyer: url}})

    def fill_up(self) -> None:
        """The store transfers to its deposit."""
        self.engine.switch({"balance": {self.buyer: 10**9}})

    @property
    def spec(self) -> Any:
        return registry.spec_of(self.code)

    @property
    def buyer(self) -> str:
        """Whom the supplier knows the store as."""
        return str(self.spec.demo_keys[RIZKY][self.spec.account_key.name])

    def take_callback(self) -> Callback | None:
        """One of the callbacks that are on their way, in any order."""
        self.engine.flip_due()
        waiting = self.engine.callbacks
        return self.dice.choice(waiting) if waiting else None

    def orders_to(self, attempt: PurchaseAttempt) -> list[Order]:
        """What the supplier's own pages show for the account of an attempt."""
        orders = self.engine.all_transactions()
        if self.spec.keeps_our_reference:
            return [each for each in orders if each.ref_id == attempt.ref_id]
        known = attempt.supplier_reference
        if known:
            return [each for each in orders if each.ref_id == known]
        return [each for each in orders if f"{each.data}|{each.zone}" == attempt.target]


def open_shops(
    patch: Any,
    dice: random.Random,
    clock: Callable[[], float],
    watch: Callable[[str], None],
) -> dict[str, Shop]:
    """All of them, with their adapters' lines leading to them.

    `watch` hears of every request before it has an effect.
    """
    engines: dict[str, Engine[Any]] = {
        "digiflazz": DigiflazzEngine(clock=clock, flip_secs=FLIP_SECS),
        "vipreseller": VipEngine(clock=clock, flip_secs=FLIP_SECS),
        "iak": IakEngine(clock=clock, flip_secs=FLIP_SECS),
        "apigames": ApigamesEngine(clock=clock, flip_secs=FLIP_SECS),
        "tokovoucher": TokoEngine(clock=clock, flip_secs=FLIP_SECS),
    }
    shops = {}
    for code, engine in engines.items():
        shop = shops[code] = Shop(code, engine, dice)
        shop.fill_up()
        line = Line(code, _answering(engine, watch), shop.trouble)
        adapter = case_of(code).adapter
        patch.setattr(adapter, "_client", lambda *_args, line=line, **_options: line)
    return shops


def _answering(engine: Any, watch: Callable[[str], None]) -> Callable[..., Content]:
    """What a request to a path is answered, as the simulator's server does it."""
    answers = _answers(engine)

    def answer(path: str, content: Content) -> Content:
        if isinstance(engine, VipEngine):
            return engine.answer(path.strip("/"), content)
        if path in BUYS:
            watch(str(content["ref_id"]))
        said: Content = answers[path](content)
        is_bare = isinstance(engine, ApigamesEngine | TokoEngine)
        return said if is_bare else {"data": said}

    return answer


def _answers(engine: Any) -> dict[str, Callable[[Content], Any]]:
    if isinstance(engine, DigiflazzEngine):
        return {"/transaction": engine.transact, "/cek-saldo": engine.balance}
    if isinstance(engine, IakEngine):
        return {
            "/api/top-up": engine.top_up,
            "/api/check-status": engine.check_status,
            "/api/check-balance": engine.balance,
        }
    if isinstance(engine, ApigamesEngine):
        merchant = registry.spec_of("apigames").demo_keys[RIZKY]["merchant_id"]
        return {
            "/v2/transaksi": engine.transact,
            "/v2/transaksi/status": engine.check_status,
            f"/merchant/{merchant}": partial(engine.show_account, merchant),
        }
    if isinstance(engine, TokoEngine):
        return {
            "/v1/transaksi": engine.transact,
            "/v1/transaksi/status": engine.check_status,
            "/produk/code": engine.search,
            "/member": engine.show_member,
        }
    return {}
