"""Read what a client sent: JSON, multipart with files, query."""

import io
import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

from aiohttp import BodyPartReader, web
from simcord.backend.errors import BackendError

MAX_FILE_BYTES = 10 * 1024 * 1024


@dataclass
class Upload:
    """One file of a multipart request."""

    filename: str
    data: bytes
    description: str | None = None


@dataclass
class OpenUpload:
    """An upload in the shape SimCord reads."""

    filename: str
    description: str | None
    fp: io.BytesIO


@dataclass
class Call:
    """One request of the bot API, decoded."""

    method: str
    path: str
    body: Any = None
    params: dict[str, str] = field(default_factory=dict)
    uploads: list[Upload] = field(default_factory=list)
    reason: str | None = None

    def open_files(self) -> list[OpenUpload]:
        """The uploads, readable once more."""
        return [
            OpenUpload(item.filename, item.description, io.BytesIO(item.data))
            for item in self.uploads
        ]

    def drop_fields(self, names: list[str]) -> None:
        """Take fields out of the body, wherever the route reads them."""
        for part in _objects_of(self.body):
            for name in names:
                part.pop(name, None)


async def read_call(request: web.Request, method: str, path: str) -> Call:
    """Decode a request; BackendError 50109 when the JSON is broken."""
    reason = request.headers.get("X-Audit-Log-Reason")
    call = Call(
        method,
        path,
        params=dict(request.query),
        reason=unquote(reason) if reason else None,
    )
    if request.content_type.startswith("multipart/"):
        await _read_multipart(request, call)
    elif request.can_read_body:
        call.body = _parse(await request.read())
    return call


async def read_uploads(request: web.Request) -> tuple[dict[str, str], list[Upload]]:
    """The text fields and the files of a multipart form."""
    fields: dict[str, str] = {}
    uploads: list[Upload] = []
    reader = await request.multipart()
    while (part := await reader.next()) is not None:
        if not isinstance(part, BodyPartReader):
            continue
        data = bytes(await part.read(decode=True))
        if part.filename is None:
            fields[part.name or ""] = data.decode()
            continue
        if len(data) > MAX_FILE_BYTES:
            raise BackendError(413, 40005, "Request entity too large")
        uploads.append(Upload(part.filename, data, part.name))
    return fields, uploads


async def _read_multipart(request: web.Request, call: Call) -> None:
    fields, uploads = await read_uploads(request)
    payload = fields.pop("payload_json", None)
    call.body = _parse(payload.encode()) if payload is not None else dict(fields)
    described = {
        str(item.get("id")): item.get("description")
        for part in _objects_of(call.body)
        for item in part.get("attachments") or []
        if isinstance(item, dict)
    }
    for index, upload in enumerate(uploads):
        upload.description = described.get(str(index))
    call.uploads = uploads


def _parse(raw: bytes) -> Any:
    if not raw.strip():
        return None
    try:
        return json.loads(raw)
    except ValueError as error:
        raise BackendError(
            400, 50109, "The request body contains invalid JSON."
        ) from error


def _objects_of(body: Any) -> list[dict[str, Any]]:
    """The body and the objects inside it that carry fields of their own."""
    if isinstance(body, list):
        return [item for item in body if isinstance(item, dict)]
    if not isinstance(body, dict):
        return []
    inner = [body.get("data"), body.get("message")]
    return [body, *(part for part in inner if isinstance(part, dict))]
