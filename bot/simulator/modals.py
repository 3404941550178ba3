"""Turn what a person filled in into the components of a modal submit."""

from dataclasses import dataclass
from typing import Any

from simcord import interactions as simcord_interactions
from simcord.enums import SELECT_TYPES, ComponentType

from bot.simulator import resolving
from bot.simulator.backend import LocalBackend
from bot.simulator.bodies import Upload
from bot.simulator.refusals import ActionRefused


@dataclass
class Form:
    """The answers of one person; files carry the custom id as their description."""

    backend: LocalBackend
    person_id: int
    channel_id: int
    values: dict[str, Any]
    files: list[Upload]
    resolved: resolving.Resolved


def submitted(form: Form, nodes: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The wire components of a filled modal; ActionRefused names a bad field."""
    return [_node(form, node) for node in nodes]


def _node(form: Form, node: dict[str, Any]) -> dict[str, Any]:
    kind = node["type"]
    if kind == ComponentType.TEXT_DISPLAY:
        return {"type": kind, "id": node["id"]}
    if kind == ComponentType.ACTION_ROW:
        inner = [_control(form, child, child) for child in node["components"]]
        return {"type": kind, "id": node["id"], "components": inner}
    if kind == ComponentType.LABEL:
        inner_control = _control(form, node["component"], node)
        return {"type": kind, "id": node["id"], "component": inner_control}
    raise ActionRefused("That form has a part nobody can fill in.")


def _control(
    form: Form, control: dict[str, Any], labelled: dict[str, Any]
) -> dict[str, Any]:
    kind = control["type"]
    label = str(labelled.get("label") or control["custom_id"])
    data = {"type": kind, "id": control["id"], "custom_id": control["custom_id"]}
    if kind == ComponentType.TEXT_INPUT:
        data["value"] = _text(form, control, label)
    elif kind in SELECT_TYPES:
        data["values"] = _choices(form, control, label)
    elif kind == ComponentType.FILE_UPLOAD:
        data["values"] = _files(form, control, label)
    elif kind == ComponentType.CHECKBOX_GROUP:
        data["values"] = _offered(form, control, label)
    elif kind == ComponentType.RADIO_GROUP:
        chosen = _offered(form, control, label)
        data["value"] = chosen[0] if chosen else None
    elif kind == ComponentType.CHECKBOX:
        given = form.values.get(control["custom_id"], control.get("default", False))
        data["value"] = bool(given)
    else:
        raise ActionRefused(f"{label} cannot be filled in.")
    return data


def _text(form: Form, control: dict[str, Any], label: str) -> str:
    text = str(form.values.get(control["custom_id"], control.get("value") or ""))
    if control.get("required", True) and not text:
        raise ActionRefused(f"{label} is required.")
    if text and len(text) < (control.get("min_length") or 0):
        raise ActionRefused(f"{label} is too short.")
    if len(text) > (control.get("max_length") or 4000):
        raise ActionRefused(f"{label} is too long.")
    return text


def _choices(form: Form, control: dict[str, Any], label: str) -> list[str]:
    if control["type"] == ComponentType.STRING_SELECT:
        return _offered(form, control, label)
    chosen = _given(form, control)
    _check_count(control, chosen, label)
    resolving.add(
        form.backend,
        form.resolved,
        kind=resolving.SELECT_KINDS[control["type"]],
        ids=chosen,
        person_id=form.person_id,
        channel_id=form.channel_id,
    )
    return chosen


def _offered(form: Form, control: dict[str, Any], label: str) -> list[str]:
    options = control.get("options") or []
    chosen = _given(form, control)
    if control["custom_id"] not in form.values:
        chosen = [option["value"] for option in options if option.get("default")]
    if not set(chosen) <= {option["value"] for option in options}:
        raise ActionRefused(f"{label}: that choice is not offered.")
    _check_count(control, chosen, label)
    return chosen


def _files(form: Form, control: dict[str, Any], label: str) -> list[str]:
    mine = [f for f in form.files if f.description == control["custom_id"]]
    _check_count(control, mine, label)
    return [
        simcord_interactions.store_interaction_attachment(
            form.backend, form.channel_id, upload.filename, upload.data, form.resolved
        )
        for upload in mine
    ]


def _given(form: Form, control: dict[str, Any]) -> list[str]:
    given = form.values.get(control["custom_id"])
    if given is None or given == "":
        return []
    return [str(item) for item in (given if isinstance(given, list) else [given])]


def _check_count(control: dict[str, Any], chosen: list[Any], label: str) -> None:
    if not chosen:
        if control.get("required", True):
            raise ActionRefused(f"{label} is required.")
        return
    low = control.get("min_values")
    high = control.get("max_values")
    count = len(control.get("options") or []) or 1
    default_high = count if control["type"] == ComponentType.CHECKBOX_GROUP else 1
    if len(chosen) < (low if low is not None else 1) or len(chosen) > (
        high or default_high
    ):
        raise ActionRefused(f"{label}: too few or too many choices.")
