"""Buttons, select menus and modals as a person uses them."""

from typing import Any

from simcord.backend.access import message_accessible
from simcord.backend.models import Interaction, Message
from simcord.components import validate_modal, walk_components
from simcord.enums import SELECT_TYPES, ComponentType, InteractionType

from bot.simulator import interactions, modals, resolving
from bot.simulator.bodies import Upload
from bot.simulator.core import LocalDiscord
from bot.simulator.refusals import ActionRefused

_LINK, _PREMIUM = 5, 6


def visible_message(
    local: LocalDiscord, person_id: int, channel_id: int, message_id: int
) -> Message:
    """The message if the person sees it, or ActionRefused."""
    message = local.backend.messages.get(channel_id, {}).get(message_id)
    if message is None or not message_accessible(
        local.backend, channel_id, message, person_id
    ):
        raise ActionRefused("You cannot see that message.")
    return message


def click(
    local: LocalDiscord, person_id: int, message: Message, custom_id: str
) -> Interaction:
    """Press a button."""
    button = _component(message, (ComponentType.BUTTON,), custom_id)
    if button.get("style") in (_LINK, _PREMIUM):
        raise ActionRefused("That button only opens a link.")
    data = {
        "custom_id": custom_id,
        "component_type": int(ComponentType.BUTTON),
        "id": button.get("id", 0),
    }
    return _press(local, person_id, message, data)


def select(
    local: LocalDiscord,
    person_id: int,
    message: Message,
    custom_id: str,
    values: list[str],
) -> Interaction:
    """Choose in a select menu; ids for people, roles and channels."""
    menu = _component(message, SELECT_TYPES, custom_id)
    low, high = menu.get("min_values", 1), menu.get("max_values", 1)
    if len(set(values)) != len(values) or not low <= len(values) <= high:
        raise ActionRefused(f"Choose between {low} and {high}.")
    data: dict[str, Any] = {
        "custom_id": custom_id,
        "component_type": int(menu["type"]),
        "id": menu.get("id", 0),
        "values": values,
    }
    kind = resolving.SELECT_KINDS.get(menu["type"])
    if kind is None:
        offered = {option["value"] for option in menu.get("options") or []}
        if not set(values) <= offered:
            raise ActionRefused("That choice is not in the menu.")
        return _press(local, person_id, message, data)
    resolved: resolving.Resolved = {}
    resolving.add(
        local.backend,
        resolved,
        kind=kind,
        ids=values,
        person_id=person_id,
        channel_id=message.channel_id,
    )
    data["resolved"] = resolved
    return _press(local, person_id, message, data)


def submit(
    local: LocalDiscord,
    shown: Interaction,
    values: dict[str, Any],
    files: list[Upload],
) -> Interaction:
    """Send a modal the bot had opened for this interaction."""
    if shown.modal is None or shown.modal_consumed:
        raise ActionRefused("That form is not open.")
    spec = validate_modal(shown.modal)
    form = modals.Form(
        local.backend, shown.user_id, shown.channel_id, values, files, {}
    )
    components = modals.submitted(form, spec["components"])
    data: dict[str, Any] = {"custom_id": spec["custom_id"], "components": components}
    if form.resolved:
        data["resolved"] = form.resolved
    source = None
    if shown.source_message_id is not None:
        source = local.backend.messages.get(shown.channel_id, {}).get(
            shown.source_message_id
        )
    shown.modal_consumed = True
    return interactions.start(
        local,
        person_id=shown.user_id,
        channel_id=shown.channel_id,
        kind=InteractionType.MODAL_SUBMIT,
        data=data,
        source=source,
    )


def _press(
    local: LocalDiscord, person_id: int, message: Message, data: dict[str, Any]
) -> Interaction:
    return interactions.start(
        local,
        person_id=person_id,
        channel_id=message.channel_id,
        kind=InteractionType.MESSAGE_COMPONENT,
        data=data,
        source=message,
    )


def _component(
    message: Message, types: tuple[int, ...], custom_id: str
) -> dict[str, Any]:
    for component in walk_components(message.components):
        if component.get("type") in types and component.get("custom_id") == custom_id:
            if component.get("disabled"):
                raise ActionRefused("That control is disabled.")
            return component
    raise ActionRefused("There is no such control on that message.")
