"""Uploaded files, kept on disk when there is a data folder and in memory otherwise."""

import mimetypes
import re
from pathlib import Path
from typing import Any
from urllib.parse import quote

from simcord.backend.cdn import CdnStore

_UNSAFE = re.compile(r"[^\w.\-]+")


class LocalCdn(CdnStore):
    """SimCord's CDN with addresses a browser and a bot can fetch."""

    def __init__(self, base_url: str, folder: Path | None) -> None:
        super().__init__()
        self._base_url = base_url.rstrip("/")
        self._folder = folder

    def store_attachment(
        self,
        attachment_id: int,
        channel_id: int,
        filename: str,
        data: bytes,
        description: str | None,
    ) -> dict[str, Any]:
        """Keep the bytes and describe them the way Discord does."""
        name = _UNSAFE.sub("_", filename).strip(".") or "file"
        key = f"{channel_id}/{attachment_id}/{name}"
        self._write(key, data)
        url = f"{self._base_url}/cdn/attachments/{quote(key)}"
        return {
            "id": str(attachment_id),
            "filename": name,
            "description": description,
            "size": len(data),
            "url": url,
            "proxy_url": url,
            "content_type": mimetypes.guess_type(name)[0] or "application/octet-stream",
        }

    def read(self, key: str) -> bytes | None:
        """The bytes of `channel/attachment/name`, or None."""
        if self._folder is None:
            return self._blobs.get(key)
        path = self._folder / key
        inside = path.resolve().is_relative_to(self._folder.resolve())
        return path.read_bytes() if inside and path.is_file() else None

    def _write(self, key: str, data: bytes) -> None:
        if self._folder is None:
            self._blobs[key] = data
            return
        path = self._folder / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
