"""Slash commands as a person uses them: the list, running one, autocomplete."""

from dataclasses import dataclass, field
from typing import Any

from simcord import interactions as simcord_interactions
from simcord.backend.access import channel_accessible
from simcord.backend.models import Interaction
from simcord.enums import AppCommandType, InteractionType, OptionType

from bot.simulator import interactions, resolving
from bot.simulator.bodies import Upload
from bot.simulator.core import LocalDiscord
from bot.simulator.refusals import ActionRefused

_NESTED = (OptionType.SUBCOMMAND, OptionType.SUBCOMMAND_GROUP)
_NUMBERS = (OptionType.INTEGER, OptionType.NUMBER)


@dataclass
class Use:
    """One use of a command: who, where, "group command", options by name."""

    person_id: int
    channel_id: int
    command: str
    options: dict[str, Any] = field(default_factory=dict)
    files: list[Upload] = field(default_factory=list)


def available(
    local: LocalDiscord, person_id: int, channel_id: int
) -> list[dict[str, Any]]:
    """Every command this person can run here, one row per subcommand, localised."""
    backend = local.backend
    if not channel_accessible(backend, channel_id, person_id):
        raise ActionRefused("You cannot see that channel.")
    locale = backend.locales.get(person_id, "id")
    commands = backend.visible_commands(user_id=person_id, channel_id=channel_id)
    return [
        {
            "command": " ".join(path),
            "name": _localised_path(command, path, locale),
            "description": _localised(leaf, "description", locale),
            "options": [
                _option(option, locale) for option in leaf.get("options") or []
            ],
        }
        for command in commands
        for path, leaf in simcord_interactions.command_leaves(command)
    ]


def run(local: LocalDiscord, use: Use) -> Interaction:
    """Send the command to the bot. Raises ActionRefused or SimCord's OptionError."""
    root, leaf, nesting = _find(local, use)
    resolved: resolving.Resolved = {}
    options = _wire_options(local, use, leaf, resolved)
    given = {option["name"] for option in options}
    for option in leaf.get("options") or []:
        if option.get("required") and option["name"] not in given:
            raise ActionRefused(f"The option {option['name']} is required.")
    data = _data(root, nesting, options)
    if resolved:
        data["resolved"] = resolved
    return interactions.start(
        local,
        person_id=use.person_id,
        channel_id=use.channel_id,
        kind=InteractionType.APPLICATION_COMMAND,
        data=data,
    )


def autocomplete(local: LocalDiscord, use: Use, focused: str, text: str) -> Interaction:
    """Ask the bot for choices of one option while the person types."""
    root, leaf, nesting = _find(local, use)
    declared = {option["name"]: option for option in leaf.get("options") or []}
    if not declared.get(focused, {}).get("autocomplete"):
        raise ActionRefused(f"The option {focused} has no suggestions.")
    use.options.pop(focused, None)
    use.files = []
    options = _wire_options(local, use, leaf, {})
    options.append(
        {
            "name": focused,
            "type": declared[focused]["type"],
            "value": text,
            "focused": True,
        }
    )
    return interactions.start(
        local,
        person_id=use.person_id,
        channel_id=use.channel_id,
        kind=InteractionType.APPLICATION_COMMAND_AUTOCOMPLETE,
        data=_data(root, nesting, options),
    )


def _find(
    local: LocalDiscord, use: Use
) -> tuple[dict[str, Any], dict[str, Any], list[str]]:
    backend = local.backend
    if not channel_accessible(backend, use.channel_id, use.person_id):
        raise ActionRefused("You cannot see that channel.")
    name, *path = use.command.split()
    for command in backend.visible_commands(
        user_id=use.person_id, channel_id=use.channel_id
    ):
        if command["name"] == name:
            leaf, nesting = simcord_interactions.walk_to_subcommand(command, path)
            if any(o.get("type") in _NESTED for o in leaf.get("options") or []):
                raise ActionRefused(f"/{use.command} needs a subcommand.")
            return command, leaf, nesting
    raise ActionRefused(f"There is no command /{name} for you here.")


def _wire_options(
    local: LocalDiscord, use: Use, leaf: dict[str, Any], resolved: resolving.Resolved
) -> list[dict[str, Any]]:
    declared = {option["name"]: option for option in leaf.get("options") or []}
    unknown = set(use.options) - set(declared)
    if unknown:
        raise ActionRefused(f"There is no option {sorted(unknown)[0]}.")
    wire = [
        {
            "name": name,
            "type": declared[name]["type"],
            "value": _wire_value(local, use, declared[name], value, resolved),
        }
        for name, value in use.options.items()
    ]
    for upload in use.files:
        option = declared.get(upload.description or "")
        if option is None or option["type"] != OptionType.ATTACHMENT:
            raise ActionRefused("There is no option for that file.")
        stored = simcord_interactions.store_interaction_attachment(
            local.backend, use.channel_id, upload.filename, upload.data, resolved
        )
        wire.append({"name": option["name"], "type": option["type"], "value": stored})
    return wire


def _wire_value(
    local: LocalDiscord,
    use: Use,
    option: dict[str, Any],
    value: Any,
    resolved: resolving.Resolved,
) -> Any:
    kind = resolving.OPTION_KINDS.get(option["type"])
    if kind is not None:
        resolving.add(
            local.backend,
            resolved,
            kind=kind,
            ids=[str(value)],
            person_id=use.person_id,
            channel_id=use.channel_id,
        )
        return str(value)
    if option["type"] in _NUMBERS and isinstance(value, str):
        return simcord_interactions.parse_option_input(use.command, option, value)
    return simcord_interactions.validate_option_value(use.command, option, value)


def _data(
    root: dict[str, Any], nesting: list[str], options: list[dict[str, Any]]
) -> dict[str, Any]:
    data = {
        "id": root["id"],
        "name": root["name"],
        "type": root.get("type", AppCommandType.CHAT_INPUT),
        "options": simcord_interactions.nest_options(root, nesting, options),
    }
    if root.get("guild_id"):
        data["guild_id"] = root["guild_id"]
    return data


def _option(option: dict[str, Any], locale: str) -> dict[str, Any]:
    return {
        "name": option["name"],
        "label": _localised(option, "name", locale),
        "description": _localised(option, "description", locale),
        "type": option["type"],
        "required": bool(option.get("required")),
        "autocomplete": bool(option.get("autocomplete")),
        "choices": [
            {"name": _localised(choice, "name", locale), "value": choice["value"]}
            for choice in option.get("choices") or []
        ],
        "min_value": option.get("min_value"),
        "max_value": option.get("max_value"),
        "min_length": option.get("min_length"),
        "max_length": option.get("max_length"),
    }


def _localised_path(command: dict[str, Any], path: list[str], locale: str) -> str:
    names = [_localised(command, "name", locale)]
    node = command
    for part in path[1:]:
        node = next(o for o in node["options"] if o["name"] == part)
        names.append(_localised(node, "name", locale))
    return " ".join(names)


def _localised(node: dict[str, Any], key: str, locale: str) -> str:
    texts = node.get(f"{key}_localizations") or {}
    return str(texts.get(locale) or node.get(key) or "")
