"""A buyer's way through the local Discord, step by step, by what stands on screen."""

from typing import Any

from bot.simulator import world
from bot.simulator.client import (
    NotSeen,
    SimulatedPerson,
    components_of,
    text_of,
)
from tests.processes.installation import Installation

Json = dict[str, Any]
SECS = 60  # a busy machine starts a process in many seconds


class Buyer:
    """One person who buys in Toko Rizky."""

    def __init__(self, installation: Installation, who: world.Person) -> None:
        self.installation, self.who = installation, who
        self.person: SimulatedPerson = installation.person(who)
        self.ticket = 0

    def panel(self) -> Json:
        """The product panel, once it is there."""
        return self.person.wait_for_message(
            world.RIZKY_PRODUCTS_ID, is_panel, secs=SECS
        )

    def buy(self, product_id: int) -> Json:
        """Press Buy on the product's card; the ticket's channel is remembered.

        A card that was sold out a moment ago can be pressed once the panel caught up.
        """
        panel = self.person.wait_for_message(
            world.RIZKY_PRODUCTS_ID,
            lambda message: can_buy(message, product_id),
            secs=SECS,
        )
        answer = self.person.click(panel, pick(panel, "buy", product_id))
        text = text_of(answer["message"])
        assert "<#" in text, text
        self.ticket = int(text.split("<#")[1].split(">")[0])
        return answer

    def wait_for(self, verb: str, *, secs: float = SECS) -> Json:
        """The newest message of the ticket with a button for `verb`."""
        return self.person.wait_for_message(
            self.ticket, lambda message: has(message, verb), secs=secs
        )

    def press(self, verb: str) -> Json:
        """Press the newest button for `verb` in the ticket."""
        message = self.wait_for(verb)
        return self.person.click(message, pick(message, verb))

    def choose_method(self, method_id: int) -> Json:
        """Choose how to pay; the message with the QR code or account."""
        guide = self.wait_for("pay")
        self.person.click(guide, pick(guide, "pay", method_id))
        return self.wait_for("paid")

    def read_code(self) -> str:
        """The code, as the buyer alone sees it."""
        return text_of(self.press("reveal")["message"])

    def rate(self, stars: int) -> Json:
        """Give stars without words."""
        message = self.wait_for("star")
        shown = self.person.click(message, pick(message, "star", stars))
        return self.person.submit(shown, {"text": ""})

    def texts_for_staff(self) -> str:
        """Everything the seller reads in the ticket."""
        staff = self.installation.person(world.RIZKY)
        return "\n".join(map(text_of, staff.messages(self.ticket)))


def buttons(message: Json) -> list[Json]:
    return [
        component
        for component in components_of(message)
        if component.get("custom_id") and component["type"] == 2
    ]


def is_panel(message: Json) -> bool:
    """Whether products stand on it; an answer to a press can have buttons as well."""
    return any(button["custom_id"].startswith("v1:buy:") for button in buttons(message))


def has(message: Json, verb: str) -> bool:
    return any(
        button["custom_id"].startswith(f"v1:{verb}:") and not button.get("disabled")
        for button in buttons(message)
    )


def can_buy(message: Json, product_id: int) -> bool:
    return any(
        button["custom_id"].startswith("v1:buy:")
        and button["custom_id"].endswith(f":{product_id}")
        and not button.get("disabled")
        for button in buttons(message)
    )


def pick(message: Json, verb: str, last_id: int | None = None) -> str:
    """The custom id of the button for `verb`, about `last_id` if that matters."""
    for button in buttons(message):
        _version, name, *ids = str(button["custom_id"]).split(":")
        if name == verb and last_id in (None, int(ids[-1])):
            custom_id: str = button["custom_id"]
            return custom_id
    raise NotSeen(f"no button for {verb} {last_id}")
