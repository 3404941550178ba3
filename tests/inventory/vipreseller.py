"""VIP Reseller without a network: a wire that answers by the type of a request."""

from dataclasses import replace

import pytest

from inventory.suppliers import registry
from inventory.suppliers.vipreseller import adapter as vipreseller
from ppob.kit.http import Response
from tests.inventory.contract.vipreseller import (
    CONFIG,
    ORDER,
    REQUEST,
    SERVICE,
    said,
)

LOST = replace(REQUEST, supplier_reference="")
ORDERED = {**ORDER, "balance": 100_000}


class Wire:
    """Stands in for the network; `answers` by the type of a request, or by its path."""

    def __init__(self):
        self.sent = []
        self.answers = {
            "service-stock": said(SERVICE),
            "services": said([SERVICE]),
            "order": said(ORDERED),
            "status": said([ORDER]),
        }

    def request(self, method, path, *, data):
        self.sent.append((method, path, dict(data)))
        kind = data.get("type", path)
        answer = self.answers.get(f"{path} {kind}", self.answers.get(kind))
        if isinstance(answer, Exception):
            raise answer
        return Response(200, answer, {})

    def types(self):
        return [content.get("type", "") for _method, _path, content in self.sent]


@pytest.fixture
def wire(monkeypatch):
    made = Wire()
    monkeypatch.setattr(vipreseller, "_client", lambda *_limits: made)
    return made


@pytest.fixture
def shop():
    return registry.supplier_for("vipreseller", config=CONFIG)


def service(**changes):
    return {**SERVICE, **changes}
