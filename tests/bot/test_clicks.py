"""How a click is answered: service and words in one thread, with the database."""

import threading
from types import SimpleNamespace

from django.utils.translation import get_language

from bot.presenters.draft import Draft
from bot.ui.clicks import Click
from bot.ui.context import Shop
from tenants.models import Customer


class Answers:
    """As much of an interaction as an answer needs."""

    def __init__(self) -> None:
        self.sent: list[str] = []
        self.followup = SimpleNamespace(send=self._send)

    async def _send(self, *, content: str, **_rest: object) -> None:
        self.sent.append(content)


def place(row: str) -> str:
    return f"{row} {threading.current_thread().name} {get_language()}"


def drawn(found: str) -> Draft:
    return Draft(text=f"{found} | {place('drawn')}")


async def test_what_a_click_shows_is_loaded_and_worded_beside_the_database():
    answers = Answers()
    click = Click(
        interaction=answers,  # type: ignore[arg-type]
        shop=Shop(tenant_id=7, customer=Customer(), language="id"),
        ids={},
    )

    await click.show(drawn, place, "read")

    [text] = answers.sent
    read, worded = (part.split() for part in text.split(" | "))
    assert read[1] == worded[1]
    assert worded[1].startswith("bridge")
    assert (worded[0], worded[2]) == ("drawn", "id")
