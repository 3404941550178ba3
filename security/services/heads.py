"""The ends of the audit chains, kept outside the database.

Whoever can write to the database could cut off a chain's end or build it anew. Against
a head that was written down elsewhere, both show.
"""

import json
import logging
import os
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from security import cross_tenant
from security.cross_tenant import Head

log = logging.getLogger(__name__)


class UnreadableHeads(ValueError):
    """The file is not a list of heads."""


@dataclass(frozen=True)
class LostHead:
    """A head that was published and is no longer in its chain.

    `has_other` tells whether another entry stands in its place.
    """

    head: Head
    has_other: bool

    def __str__(self) -> str:
        what = "holds another entry" if self.has_other else "is gone"
        return f"{chain_name(self.head)}: link {self.head.seq} {what}"


def chain_name(head: Head) -> str:
    """Whose chain it is."""
    return "platform" if head.tenant_id is None else f"store {head.tenant_id}"


def publish_heads(file: Path | None, *, now: datetime) -> list[LostHead]:
    """Log every head and append it to `file`; what earlier heads in it are lost.

    Raises UnreadableHeads, then nothing is appended.
    """
    # Before anything is appended: the head of a chain that was built anew may be the
    # furthest afterwards.
    lost = find_lost(file) if file is not None and file.exists() else []
    for loss in lost:
        log.error("Audit trail was cut or rewritten: %s", loss)
    heads = cross_tenant.list_heads()
    for head in heads:
        log.info("Audit head of %s: %s %s", chain_name(head), head.seq, head.hash.hex())
    if file is not None:
        append_heads(file, heads, now=now)
    return lost


def append_heads(file: Path, heads: list[Head], *, now: datetime) -> None:
    """Write the heads down, one line of JSON each, and wait until the disk has them."""
    lines = "".join(
        json.dumps(
            {
                "at": now.isoformat(),
                "tenant": head.tenant_id,
                "seq": head.seq,
                "hash": head.hash.hex(),
            }
        )
        + "\n"
        for head in heads
    )
    with file.open("a", encoding="utf-8") as stream:
        stream.write(lines)
        stream.flush()
        os.fsync(stream.fileno())


def find_lost(file: Path) -> list[LostHead]:
    """The furthest head of each chain in `file` that is not in the database any more.

    The furthest is enough: its hash depends on everything before it. Raises
    UnreadableHeads.
    """
    furthest: dict[int | None, Head] = {}
    for head in _read(file):
        known = furthest.get(head.tenant_id)
        # Of two heads of one number the earlier counts: the later may be a forger's.
        if known is None or head.seq > known.seq:
            furthest[head.tenant_id] = head
    lost = []
    for head in furthest.values():
        found = cross_tenant.find_hash(head.tenant_id, head.seq)
        if found != head.hash:
            lost.append(LostHead(head, has_other=found is not None))
    return lost


def _read(file: Path) -> list[Head]:
    heads = []
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
        try:
            entry = json.loads(line)
            heads.append(
                Head(entry["tenant"], entry["seq"], bytes.fromhex(entry["hash"]))
            )
        except (ValueError, KeyError, TypeError) as error:
            raise UnreadableHeads(f"Line {number} is not a head.") from error
    return heads
