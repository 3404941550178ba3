"""Panels: what sellers decide about them, and what Discord shows of them."""

from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from django.db.models import F

from bot import locks
from bot.message_kinds import Chore
from bot.models import Panel, Ticket
from bot.presenters.panel import PanelProduct, PanelView, panel_view
from bot.presenters.prices import label_of
from bot.services import outbox, panel_drafts, panel_transitions
from bot.services.announcing import announce
from bot.services.panel_drafts import PanelDraft
from bot.states import PanelStatus, PauseReason
from catalog import selectors as catalog
from catalog.models import Product
from catalog.states import SUPPLIED_KINDS, ProductKind
from inventory import selectors as inventory
from inventory.services.serving import serving_of
from payments.services.orders import buyer_prices
from ppob.kit import clock, live
from ppob.kit.db import unit_of_work
from ppob.kit.errors import NotFound
from ppob.kit.i18n import speaking
from ppob.kit.versions import Facts, require_unchanged
from security.services import audit
from tenants.actors import Actor
from tenants.auth import require
from tenants.models import Customer
from tenants.permissions import Permission

MAX_REPOSTS = 3  # a day: somebody who keeps deleting the panel wants it gone


@dataclass(frozen=True)
class PanelSnapshot:
    """A panel as it should look now, and what Discord shows of it."""

    pk: int
    guild_id: int
    channel_id: int
    message_id: int | None
    post_is_open: bool
    sent_hash: str
    sent_layout: str
    settings_key: str
    view: PanelView


# --- For sellers ----------------------------------------------------------------------


def place_panel(*, actor: Actor, draft: PanelDraft, now: datetime) -> Panel:
    """Add a panel; the bot posts it within seconds. Raises InvalidInput."""
    require(actor, Permission.EDIT_PANELS)
    panel_drafts.check(draft)
    with unit_of_work("bot.place_panel"):
        panel: Panel = Panel.objects.create(**asdict(draft), created_at=now)
        panel_transitions.PANELS.note_created(panel, actor=actor.name, now=now)
        _record_audit(actor, panel, "panel.placed", now=now, after=asdict(draft))
    return panel


def facts_of(panel: Panel) -> Facts:
    """What can be changed of a panel, as it is now."""
    return {name: getattr(panel, name) for name in PanelDraft.__dataclass_fields__}


def change_panel(
    *,
    actor: Actor,
    panel: Panel,
    draft: PanelDraft,
    now: datetime,
    seen: str | None = None,
) -> Panel:
    """Change a panel; in another channel it is posted anew and the old one removed.

    `seen` is the version of what was read. Raises NotAllowed, NotFound, InvalidInput or
    ChangedMeanwhile.
    """
    require(actor, Permission.EDIT_PANELS)
    panel_drafts.check(draft)
    with unit_of_work("bot.change_panel"):
        after = asdict(draft)
        changes: dict[str, Any] = dict(after)
        old = _lock(panel)
        before = dict(facts_of(old))
        require_unchanged(seen, before)
        if draft.channel_id != old.channel_id:
            # The row that is locked knows which message Discord shows now.
            _remove_message(old, now=now)
            changes |= {"message_id": None, "sent_hash": "", "sent_layout": ""}
            # A post that is on its way into the old channel is removed by `note_sent`.
            changes["post_is_open"] = False
        Panel.objects.filter(pk=panel.pk).update(**changes)
        panel.refresh_from_db()
        _record_audit(
            actor, panel, "panel.changed", now=now, before=before, after=after
        )
    return panel


def resume_panel(*, actor: Actor, panel: Panel, now: datetime) -> None:
    """Take a paused panel up again; a deleted message is posted anew."""
    require(actor, Permission.EDIT_PANELS)
    with unit_of_work("bot.resume_panel"):
        is_gone = panel.paused_reason == PauseReason.GONE
        if panel_transitions.resume(
            panel.pk, is_gone=is_gone, actor=actor.name, now=now
        ):
            before = {"status": PanelStatus.PAUSED, "reason": panel.paused_reason}
            after = {"status": PanelStatus.ACTIVE, "reason": ""}
            _record_audit(
                actor, panel, "panel.resumed", now=now, before=before, after=after
            )


def remove_panel(*, actor: Actor, panel: Panel, now: datetime) -> None:
    """Delete a panel here and in Discord; tickets opened from it stay.

    Raises NotAllowed, or NotFound when it was removed before.
    """
    require(actor, Permission.EDIT_PANELS)
    with unit_of_work("bot.remove_panel"):
        # By the locked row: since the page was read, the bot may have posted anew.
        _remove_message(_lock(panel), now=now)
        before = {"title": panel.title, "channel_id": panel.channel_id}
        _record_audit(actor, panel, "panel.removed", now=now, before=before)
        # A row that others name cannot go (PROTECT), and tickets outlive their panel.
        Ticket.objects.filter(panel=panel).update(panel=None)
        Panel.objects.filter(pk=panel.pk).delete()


# --- For the bot ----------------------------------------------------------------------


def list_panel_products() -> list[PanelProduct]:
    """What the store shows everybody now, with the stock of this moment."""
    return _shown(catalog.list_panel_products(), now=clock.now())


def list_products_for(*, customer: Customer, now: datetime) -> list[PanelProduct]:
    """The same for one buyer alone: at the prices that they would pay."""
    products = catalog.list_panel_products()
    own = buyer_prices.read_prices(customer, products, now=now)
    shown = []
    for product, each in zip(products, _shown(products, now=now), strict=True):
        priced = own.of(product, serving=each.serving)
        shown.append(replace(each, price=priced.total, price_label=label_of(priced)))
    return shown


def _shown(products: list[Product], *, now: datetime) -> list[PanelProduct]:
    codes = [each.pk for each in products if each.kind == ProductKind.CODE]
    stock = inventory.available(codes) if codes else {}
    top_ups = [each for each in products if each.kind in SUPPLIED_KINDS]
    served = serving_of(top_ups, now=now)
    return [
        PanelProduct(
            pk=product.pk,
            name=product.name,
            price=product.price,
            stock=stock.get(product.pk, 0),
            description=product.description,
            serving=served.get(product.pk),
            is_bill=product.kind == ProductKind.BILL,
        )
        for product in products
    ]


def read_panel(panel_id: int) -> PanelSnapshot | None:
    """How an active panel should look now; None if there is nothing to show."""
    # Nothing is held while Discord is asked: `note_sent` looks at the row again.
    panel: Panel | None = (
        Panel.objects.select_related("tenant")
        .filter(pk=panel_id, status=PanelStatus.ACTIVE)
        .first()
    )
    if panel is None:
        return None
    with speaking(panel.tenant.language):
        view = panel_view(panel, list_panel_products())
    return PanelSnapshot(
        pk=panel.pk,
        guild_id=panel.guild_id,
        channel_id=panel.channel_id,
        message_id=panel.message_id,
        post_is_open=panel.post_is_open,
        sent_hash=panel.sent_hash,
        sent_layout=panel.sent_layout,
        settings_key=panel.settings_key,
        view=view,
    )


@dataclass(frozen=True)
class Post:
    """A message that is to be posted. One that was begun before may be there."""

    nonce: str
    is_new: bool


def begin_post(snapshot: PanelSnapshot) -> Post | None:
    """Write down that a message is about to be posted; None if nobody wants it now.

    Each post has a nonce of its own: a later one must not find an earlier message. What
    was begun and never noted as sent (a crash, a lost answer) goes on with its nonce.
    """
    with unit_of_work("bot.begin_panel_post"):
        panel = locks.lock_panel(snapshot.pk)
        if panel is None or panel.channel_id != snapshot.channel_id:
            return None
        is_new = not panel.post_is_open
        if is_new:
            # An earlier post's nonce would find its message, even a deleted one.
            panel.posts += 1
            panel.post_is_open = True
            panel.save(update_fields=["posts", "post_is_open"])
    return Post(panel.nonce, is_new)


def forget_post(panel_id: int, *, nonce: str) -> None:
    """What was posted under this nonce is gone again: the next post is another one."""
    with unit_of_work("bot.forget_panel_post"):
        panel = locks.lock_panel(panel_id)
        if panel is not None and panel.nonce == nonce:
            Panel.objects.filter(pk=panel_id).update(post_is_open=False)


def note_sent(
    snapshot: PanelSnapshot,
    *,
    message_id: int,
    layout: str,
    fingerprint: str,
    version: str,
    now: datetime,
) -> None:
    """Remember what Discord shows from now on; an earlier message is removed.

    Where it is not known what the message shows, `fingerprint` is empty: then it is
    drawn again. `layout` is how it was made, which no edit changes.
    """
    is_edit = message_id == snapshot.message_id
    with unit_of_work("bot.note_sent"):
        panel = Panel.objects.filter(
            pk=snapshot.pk, channel_id=snapshot.channel_id
        ).first()
        if panel is None:
            # Removed or moved while it was being drawn: nobody wants this one.
            _remove(snapshot.guild_id, snapshot.channel_id, message_id, now=now)
            return
        # Discord turns no cards back into an embed: another layout is another message.
        if panel.message_id is not None and panel.message_id != message_id:
            _remove_message(panel, now=now)
        Panel.objects.filter(pk=panel.pk).update(
            message_id=message_id,
            sent_hash=fingerprint,
            sent_version=version if fingerprint else "",
            sent_layout=layout,
            sent_at=now,
            post_is_open=False,
            edits=F("edits") + int(is_edit),
        )


def note_unchanged(panel_id: int, *, version: str) -> None:
    """Remember that this version looks like what Discord shows already."""
    Panel.objects.filter(pk=panel_id).update(sent_version=version)


def note_if_deleted(panel_id: int, *, message_ids: list[int], now: datetime) -> bool:
    """Whether the panel's message was deleted just now; it is then posted again."""
    if not Panel.objects.filter(pk=panel_id, message_id__in=message_ids).exists():
        return False
    for message_id in message_ids:
        note_message_gone(panel_id, message_id=message_id, now=now)
    return True


def note_message_gone(panel_id: int, *, message_id: int, now: datetime) -> None:
    """Somebody deleted the panel's message: post it again, or rest after the third.

    One deletion is heard of twice, as an event and as a refused edit; it counts once.
    """
    with unit_of_work("bot.note_message_gone"):
        panel = locks.lock_panel(panel_id)
        if panel is None or panel.message_id != message_id:
            return
        # The day begins with its first repost: a deletion now and then never adds up.
        day_ago = now - timedelta(days=1)
        is_recent = panel.reposted_at is not None and panel.reposted_at > day_ago
        reposts = panel.reposts if is_recent else 0
        if reposts >= MAX_REPOSTS:
            panel_transitions.pause(panel_id, PauseReason.GONE, now=now)
            announce(
                "panel.paused", panel=panel, reason=PauseReason.GONE, at=now, now=now
            )
            return
        Panel.objects.filter(pk=panel_id).update(
            message_id=None,
            sent_hash="",
            sent_layout="",
            reposts=reposts + 1,
            reposted_at=panel.reposted_at if is_recent else now,
        )


def pause_panel(panel_id: int, *, reason: PauseReason, now: datetime) -> None:
    """Stop keeping a panel up to date and tell the seller why."""
    with unit_of_work("bot.pause_panel"):
        # Several edits can be refused at once; the first of them tells the seller.
        if not panel_transitions.pause(panel_id, reason, now=now):
            return
        panel = Panel.objects.get(pk=panel_id)
        announce("panel.paused", panel=panel, reason=reason, at=now, now=now)


def pause_channel(channel_id: int, *, reason: PauseReason, now: datetime) -> None:
    """A channel is gone: all its panels rest."""
    for panel_id in Panel.objects.filter(channel_id=channel_id).values_list(
        "pk", flat=True
    ):
        pause_panel(panel_id, reason=reason, now=now)


def find_panel_of_message(message_id: int) -> int | None:
    """The panel a message shows; for buttons that carry no ids."""
    found: int | None = (
        Panel.objects.filter(message_id=message_id).values_list("pk", flat=True).first()
    )
    return found


def _lock(panel: Panel) -> Panel:
    locked = locks.lock_panel(panel.pk)
    if locked is None:
        raise NotFound
    return locked


def _remove_message(panel: Panel, *, now: datetime) -> None:
    if panel.message_id is not None:
        _remove(panel.guild_id, panel.channel_id, panel.message_id, now=now)


def _remove(guild_id: int, channel_id: int, message_id: int, *, now: datetime) -> None:
    outbox.to_channel(
        guild_id=guild_id,
        channel_id=channel_id,
        kind=Chore.REMOVE_MESSAGE,
        payload={"message": str(message_id)},
        dedupe_key=f"message:{message_id}:remove",
        now=now,
    )


def _record_audit(
    actor: Actor,
    panel: Panel,
    action: str,
    *,
    now: datetime,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> None:
    audit.record(
        actor=actor.name,
        action=action,
        object=f"panel:{panel.public_id}",
        now=now,
        before=before,
        after=after,
        data={"name": panel.title},
    )
    live.announce(actor.tenant_id, "panels", panel=panel.pk)
