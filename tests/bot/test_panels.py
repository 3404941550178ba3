"""Panels as sellers set them up and as the bot keeps them."""

from datetime import timedelta

import pytest

from bot.access import access_panel
from bot.cross_tenant.panels import list_panel_states
from bot.cross_tenant.serving import Serving
from bot.models import OutgoingMessage, Panel, Ticket
from bot.services import panels, tickets
from bot.services.panels import PanelDraft, Post
from bot.states import PanelStatus, PauseReason
from inventory.services import stock
from ppob.kit.errors import InvalidInput, NotAllowed, NotFound
from ppob.kit.scope import tenant_scope
from security.models import AuditEntry
from tenants.states import Role
from tests.bot.conftest import Store, outbox_kinds
from tests.conftest import NOON
from tests.factories import make_guild, make_member, make_product

EVERYBODY = Serving()
DAY = timedelta(days=1)


def draft(store: Store, **changes) -> PanelDraft:
    return PanelDraft(**{"guild_id": store.guild.pk, "channel_id": 66, **changes})


def shown(store: Store, *, message_id: int = 9, now=NOON) -> None:
    """Let the bot have posted the panel."""
    snapshot = panels.read_panel(store.panel.pk)
    [state] = list_panel_states(EVERYBODY)
    panels.note_sent(
        snapshot,
        message_id=message_id,
        layout="cards",
        fingerprint="f",
        version=state.version,
        now=now,
    )
    store.panel.refresh_from_db()


def is_stale() -> bool:
    [state] = list_panel_states(EVERYBODY)
    return state.version != state.sent_version


def test_a_new_panel_waits_for_the_bot(store):
    panel = panels.place_panel(actor=store.seller, draft=draft(store), now=NOON)

    assert panel.message_id is None
    assert panel.status == PanelStatus.ACTIVE
    assert AuditEntry.objects.get().action == "panel.placed"
    assert panel.pk in {state.pk for state in list_panel_states(EVERYBODY)}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("title", ""),
        ("title", "x" * 101),
        ("description", "x" * 301),
        ("layout", "fancy"),
        ("colour", -1),
        ("colour", 0x1000000),
        ("buy_style", 5),
        ("refresh_secs", 4),
        ("refresh_secs", 3601),
        ("name_template", "{secret}"),
        ("channel_id", 0),
        ("guild_id", 999_999),
    ],
)
def test_what_discord_would_refuse_is_refused_here(store, field, value):
    with pytest.raises(InvalidInput) as refusal:
        panels.place_panel(
            actor=store.seller, draft=draft(store, **{field: value}), now=NOON
        )

    assert refusal.value.field == field
    assert Panel.objects.count() == 1


def test_a_cashier_may_not_touch_panels(store):
    cashier = make_member(Role.CASHIER)

    with pytest.raises(NotAllowed):
        panels.place_panel(actor=cashier, draft=draft(store), now=NOON)
    with pytest.raises(NotAllowed):
        panels.remove_panel(actor=cashier, panel=store.panel, now=NOON)
    with pytest.raises(NotAllowed):
        access_panel(cashier, store.panel.public_id)


def test_another_stores_panel_does_not_exist(store, borealis):
    with tenant_scope(borealis.pk):
        stranger = make_member()
        with pytest.raises(NotFound):
            access_panel(stranger, store.panel.public_id)


def test_the_version_changes_with_stock_products_and_settings_only(store):
    shown(store)
    assert not is_stale()

    stock.add_items(product=store.product, codes=["N-1"], actor="t", now=NOON)
    assert is_stale()
    shown(store)

    store.product.price = 31_000
    store.product.updated_at = NOON + DAY
    store.product.save()
    assert is_stale()
    shown(store)

    Panel.objects.update(title="Baru")
    assert is_stale()
    shown(store)
    assert not is_stale()


def test_the_version_does_not_change_with_another_stores_stock(store, borealis):
    shown(store)

    with tenant_scope(borealis.pk):
        make_product(codes=5)

    assert not is_stale()


def test_panels_rest_where_the_bot_is_not(store):
    store.guild.bot_joined_at = None
    store.guild.save()

    assert list_panel_states(EVERYBODY) == []


def test_another_channel_means_a_new_message_and_the_old_one_goes(store):
    shown(store)

    panels.change_panel(
        actor=store.seller, panel=store.panel, draft=draft(store), now=NOON
    )

    store.panel.refresh_from_db()
    assert (store.panel.channel_id, store.panel.message_id) == (66, None)
    removal = OutgoingMessage.objects.get(kind="remove_message")
    assert (removal.channel_id, removal.payload) == (55, {"message": "9"})


def test_a_panel_is_removed_but_its_tickets_stay(store):
    shown(store)
    ticket = tickets.open_ticket(
        customer=store.buyer,
        guild_id=store.guild.pk,
        product_id=store.product.pk,
        panel_id=store.panel.pk,
        request_key="discord:1",
        now=NOON,
    ).ticket

    panels.remove_panel(actor=store.seller, panel=store.panel, now=NOON)

    assert not Panel.objects.exists()
    assert Ticket.objects.get().pk == ticket.pk
    assert "remove_message" in outbox_kinds()


def test_a_deleted_message_is_posted_again_three_times_a_day(store):
    for number in range(3):
        shown(store, message_id=number + 1)
        panels.note_message_gone(store.panel.pk, message_id=number + 1, now=NOON)
        store.panel.refresh_from_db()
        assert (store.panel.status, store.panel.message_id) == ("active", None)

    shown(store, message_id=4)
    panels.note_message_gone(store.panel.pk, message_id=4, now=NOON)

    store.panel.refresh_from_db()
    assert (store.panel.status, store.panel.paused_reason) == ("paused", "gone")
    assert outbox_kinds() == ["panel_paused"]


def test_a_deletion_that_is_heard_of_twice_counts_once(store):
    shown(store, message_id=1)
    for _turn in range(2):
        panels.note_message_gone(store.panel.pk, message_id=1, now=NOON)
    shown(store, message_id=2)

    panels.note_message_gone(store.panel.pk, message_id=1, now=NOON)

    store.panel.refresh_from_db()
    assert (store.panel.reposts, store.panel.message_id) == (1, 2)


def test_the_next_day_counts_anew(store):
    for number in range(3):
        shown(store, message_id=number + 1)
        panels.note_message_gone(store.panel.pk, message_id=number + 1, now=NOON)

    shown(store, message_id=9)
    panels.note_message_gone(store.panel.pk, message_id=9, now=NOON + DAY)

    store.panel.refresh_from_db()
    assert (store.panel.status, store.panel.reposts) == ("active", 1)


def test_a_paused_panel_is_told_once_a_day_and_resumed_by_hand(store):
    shown(store)
    for _again in range(2):
        panels.pause_panel(store.panel.pk, reason=PauseReason.FORBIDDEN, now=NOON)

    assert list_panel_states(EVERYBODY) == []
    assert outbox_kinds() == ["panel_paused"]

    store.panel.refresh_from_db()
    panels.resume_panel(actor=store.seller, panel=store.panel, now=NOON)

    store.panel.refresh_from_db()
    assert (store.panel.status, store.panel.message_id) == ("active", 9)
    assert is_stale()


def test_a_deleted_channel_pauses_all_its_panels(store):
    other = Panel.objects.create(
        guild=make_guild(bot_joined_at=NOON), channel_id=99, created_at=NOON
    )

    panels.pause_channel(55, reason=PauseReason.GONE, now=NOON)

    assert [state.pk for state in list_panel_states(EVERYBODY)] == [other.pk]


# --- Posts ----------------------------------------------------------------------------


def begin(store) -> Post:
    return panels.begin_post(panels.read_panel(store.panel.pk))


def test_a_post_whose_end_nobody_saw_goes_on_under_its_nonce(store):
    first, again = begin(store), begin(store)

    assert (first.is_new, again.is_new) == (True, False)
    assert again.nonce == first.nonce


def test_each_later_post_has_a_nonce_of_its_own(store):
    nonces = []
    for message_id in (9, 10, 11):
        nonces.append(begin(store).nonce)
        shown(store, message_id=message_id)

    assert len(set(nonces)) == 3
    assert not store.panel.post_is_open


def test_a_post_that_is_gone_is_forgotten_once(store):
    gone = begin(store).nonce
    panels.forget_post(store.panel.pk, nonce=gone)
    later = begin(store)
    panels.forget_post(store.panel.pk, nonce=gone)  # told again, too late

    assert later.nonce != gone
    assert begin(store) == Post(later.nonce, is_new=False)


def test_nothing_is_posted_for_a_panel_that_was_moved_or_removed(store):
    before = panels.read_panel(store.panel.pk)
    panels.change_panel(
        actor=store.seller,
        panel=store.panel,
        draft=draft(store, channel_id=67),
        now=NOON,
    )
    assert panels.begin_post(before) is None

    moved = panels.read_panel(store.panel.pk)
    panels.remove_panel(actor=store.seller, panel=store.panel, now=NOON)
    assert panels.begin_post(moved) is None


def test_a_picture_that_is_not_known_is_drawn_again(store):
    snapshot = panels.read_panel(store.panel.pk)
    [state] = list_panel_states(EVERYBODY)
    panels.note_sent(
        snapshot,
        message_id=9,
        layout="classic",
        fingerprint="",
        version=state.version,
        now=NOON,
    )

    store.panel.refresh_from_db()
    assert (store.panel.sent_hash, store.panel.sent_layout) == ("", "classic")
    assert is_stale()


def test_settings_changed_while_a_panel_is_drawn_are_seen_to_change_back(store):
    [state] = list_panel_states(EVERYBODY)
    Panel.objects.update(layout="classic")
    drawn = panels.read_panel(store.panel.pk)
    Panel.objects.update(layout="cards")

    assert state.version != state.drawn_with(drawn.settings_key)
    assert state.version == list_panel_states(EVERYBODY)[0].version
