"""One place keeps the connections to providers and says what a failed call means."""

import pytest

from ppob.kit.http import NoAnswer, Response, Unreachable
from ppob.kit.provider_calls import MOST_KEPT, HttpClients, send
from ppob.kit.providers import OutcomeUnknown, ProviderUnreachable

HERE = "http://127.0.0.1:1"


class Line:
    """Answers, or fails, as told."""

    def __init__(self, answer):
        self.answer, self.sent = answer, []

    def request(self, method, path, **content):
        self.sent.append((method, path, content))
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


@pytest.mark.parametrize(
    ("failure", "meaning"),
    [(Unreachable, ProviderUnreachable), (NoAnswer, OutcomeUnknown)],
)
def test_only_a_call_that_did_not_arrive_may_be_repeated(failure, meaning):
    line = Line(failure("ReadTimeout"))

    with pytest.raises(meaning, match=r"^ReadTimeout$") as raised:
        send(line, "POST", "/buy", json={"ref_id": "TRX1"})

    assert raised.value.__cause__ is line.answer
    assert line.sent == [("POST", "/buy", {"json": {"ref_id": "TRX1"}})]


@pytest.mark.parametrize("status", [200, 302, 404, 503])
def test_whatever_was_answered_is_handed_on(status):
    answer = Response(status, b"{}", {})

    assert send(Line(answer), "GET", "/balance") is answer


def test_an_address_keeps_its_client_and_each_limit_has_its_own():
    clients = HttpClients(name="test", read_secs=15)
    usual = clients(HERE)

    assert clients(HERE) is clients(HERE, 15) is usual
    others = [clients(HERE, 2.5), clients(HERE, 15, 2_000_000), clients(f"{HERE}/v1")]
    assert len({id(each) for each in (usual, *others)}) == 4
    read_secs = [each._client.timeout.read for each in (usual, *others)]
    assert read_secs == [15, 2.5, 15, 15]
    assert [each._most_bytes for each in (usual, *others)][2] == 2_000_000


def test_two_providers_share_no_client():
    assert HttpClients(name="one")(HERE) is not HttpClients(name="other")(HERE)


def test_only_so_many_are_kept():
    clients = HttpClients(name="test")
    first = clients(HERE)

    for number in range(MOST_KEPT):
        clients(f"{HERE}/{number}")

    assert clients(HERE) is not first


def test_what_is_forgotten_is_made_anew():
    clients = HttpClients(name="test")
    before = clients(HERE)

    clients.forget()

    assert clients(HERE) is not before
