"""Buying a top-up: for which account, whose that is, and how far it has come."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from bot.ids import custom_id
from bot.presenters.draft import (
    AMBER,
    BLUE,
    GREEN,
    PRIMARY,
    RED,
    SUCCESS,
    ButtonDraft,
    Draft,
    EmbedDraft,
    FieldDraft,
    FileDraft,
    MenuDraft,
    OptionDraft,
    Row,
)
from bot.presenters.text import cleaned, plain
from inventory.services.jakarta import JAKARTA
from inventory.services.serving import Serving
from inventory.services.usual_times import UsualTime
from inventory.states import CheckState, Obstacle
from ppob.kit.money import rupiah


@dataclass(frozen=True)
class TopUpOffer:
    """A top-up to be bought: what, for how much (rupiah), and for which account.

    The price is the buyer's own, and `price_label` says by which rule, if by one. Of a
    bill it is the store's fee, and the bill is for a customer number. `needed` says
    what the account consists of. `saved` are the buyer's accounts in this game: our
    row's id and its words.
    """

    panel_id: int
    product_id: int
    product_name: str
    game: str
    price: int
    serving: Serving
    usual: UsualTime | None
    needed: str
    saved: tuple[tuple[int, str], ...]
    picture: FileDraft | None = None
    price_label: str = ""
    is_bill: bool = False


@dataclass(frozen=True)
class CheckedAccount:
    """An account that a buyer named for a top-up, and what is known of it.

    `again_code` is the order of a moment ago for the very same thing, "" if there is
    none.
    """

    panel_id: int
    product_id: int
    check_id: int
    product_name: str
    price: int
    undo_secs: int
    account: str
    state: CheckState
    name: str
    again_code: str = ""
    price_label: str = ""


@dataclass(frozen=True)
class AccountAnswer:
    """What is known of an account, and what can be bought for it: id, name, rupiah."""

    check_id: int
    game: str
    account: str
    state: CheckState
    name: str
    items: tuple[tuple[int, str, int], ...]


def is_disabled(serving: Serving | None) -> bool:
    """Whether a top-up cannot be bought right now."""
    return serving is not None and not serving.is_possible


def serving_words(serving: Serving) -> str:
    """How a top-up arrives, or why it cannot be bought and until when."""
    obstacle, until = serving.obstacle, serving.until
    if obstacle is None:
        return _("⚡ Automatic")
    if obstacle == Obstacle.CLOSED and until is not None:
        return _("🕔 Opens at %(time)s WIB") % {"time": _jakarta_time(until)}
    words = {
        Obstacle.CLOSED: _("🕔 Closed for the moment"),
        Obstacle.NO_DEPOSIT: _("⏳ Being refilled"),
        Obstacle.DOWN: _("📡 Out of order for the moment"),
        Obstacle.UNAVAILABLE: _("⚠️ Out of order"),
    }
    return words.get(obstacle, _("⚠️ Not available"))


def _jakarta_time(moment: datetime) -> str:
    return f"{moment.astimezone(JAKARTA):%H:%M}"


def choose_account(offer: TopUpOffer) -> Draft:
    """The item with the question for whom: a known account, or another one."""
    if offer.is_bill:
        return _choose_number(offer)
    facts = (
        FieldDraft(
            _("Price"), _price(f"**{rupiah(offer.price)}**", offer.price_label), True
        ),
        FieldDraft(_("Delivery"), _delivery(offer), True),
    )
    embed = EmbedDraft(
        title=plain(offer.product_name, 80),
        text=_(
            "For which account? You can paste it as the game shows it, for example "
            "`123456789 (1234)`.\nNeeded: **%(parts)s**"
        )
        % {"parts": plain(offer.needed, 200)},
        colour=BLUE,
        fields=facts,
        thumbnail=f"attachment://{offer.picture.name}" if offer.picture else "",
    )
    enter = ButtonDraft(
        _("✏️ Enter the account"),
        custom_id("account", offer.panel_id, offer.product_id),
        PRIMARY,
    )
    files = (offer.picture,) if offer.picture else ()
    return Draft(embed=embed, rows=_ways(offer, enter), files=files)


def _choose_number(offer: TopUpOffer) -> Draft:
    """A bill with the question for which number: one of before, or another one."""
    embed = EmbedDraft(
        title=plain(offer.product_name, 80),
        text=_(
            "For which customer number? You see the name and the amount before you pay "
            "anything."
        ),
        colour=BLUE,
        fields=(
            FieldDraft(_("Fee"), f"**{rupiah(offer.price)}**", True),
            FieldDraft(_("Delivery"), _delivery(offer), True),
        ),
        thumbnail=f"attachment://{offer.picture.name}" if offer.picture else "",
    )
    enter = ButtonDraft(
        _("✏️ Enter the number"),
        custom_id("number", offer.panel_id, offer.product_id),
        PRIMARY,
    )
    files = (offer.picture,) if offer.picture else ()
    return Draft(embed=embed, rows=_ways(offer, enter), files=files)


def _ways(offer: TopUpOffer, enter: ButtonDraft) -> tuple[Row, ...]:
    if not offer.saved:
        return ((enter,),)
    known = MenuDraft(
        custom_id("known", offer.panel_id, offer.product_id),
        _("Use a number of before…")
        if offer.is_bill
        else _("Use an account of before…"),
        tuple(OptionDraft(words, str(pk)) for pk, words in offer.saved),
    )
    return (known, (enter,))


def _price(price: str, label: str) -> str:
    return f"{price} · {plain(label, 40)}" if label else price


def _delivery(offer: TopUpOffer) -> str:
    words = [serving_words(offer.serving)]
    if offer.usual is not None:
        words.append(usual_words(offer.usual))
    return "\n".join(words)


def usual_words(usual: UsualTime) -> str:
    """How long it usually takes, as it was measured: `usually 1–3 min`."""
    least, most = (_minutes(each) for each in (usual.half, usual.most))
    if least == most:
        return _("usually within %(minutes)d min") % {"minutes": most}
    return _("usually %(least)d–%(most)d min") % {"least": least, "most": most}


def _minutes(time: timedelta) -> int:
    return max(1, -(-int(time.total_seconds()) // 60))


def not_now(offer: TopUpOffer) -> Draft:
    """The top-up cannot be bought at the moment, and why."""
    return Draft(
        text=_("%(product)s: %(why)s. Nothing was charged.")
        % {
            "product": plain(offer.product_name, 80),
            "why": serving_words(offer.serving),
        }
    )


def confirm(found: CheckedAccount) -> Draft:
    """Is it this account? What nobody can say is said as such."""
    if found.state == CheckState.NOT_FOUND:
        return _not_found(found)
    embed = EmbedDraft(
        title=_("Is this you?") if found.name else _("Please look twice"),
        text=_who(found),
        colour=GREEN if found.name else AMBER,
        fields=(
            FieldDraft(
                plain(found.product_name, 80),
                _price(rupiah(found.price), found.price_label),
                True,
            ),
            FieldDraft(_("Goes to"), f"**{plain(found.account, 120)}**", True),
        ),
        footer=_policy(found.undo_secs),
    )
    label = _("✅ Yes, that is me") if found.name else _("✅ I am sure it is right")
    verb, style = "buyfor", SUCCESS if found.name else PRIMARY
    if found.again_code:
        verb, label = "sure", _("Buy it once more")
    go = ButtonDraft(
        label,
        custom_id(verb, found.panel_id, found.product_id, found.check_id),
        style,
    )
    return Draft(embed=embed, rows=((go, _change(found)),))


def show_check(found: AccountAnswer) -> Draft:
    """Whose account it is, as far as anybody says, and what can be bought for it."""
    words = {
        CheckState.VERIFIED: (
            GREEN,
            _("👤 **%(name)s**") % {"name": plain(found.name, 80)},
        ),
        CheckState.UNCHECKED: (
            AMBER,
            _("The format is right, but the name **cannot be checked** at the moment."),
        ),
        CheckState.NOT_FOUND: (
            RED,
            _("This account was not found. Often ID and zone are mixed up."),
        ),
    }
    colour, text = words[found.state]
    embed = EmbedDraft(
        title=plain(found.game, 80),
        text=text,
        colour=colour,
        fields=(FieldDraft(_("Account"), f"**{plain(found.account, 120)}**", True),),
    )
    if found.state == CheckState.NOT_FOUND or not found.items:
        return Draft(embed=embed)
    menu = MenuDraft(
        custom_id("pickfor", found.check_id),
        _("Buy for this account…"),
        tuple(
            OptionDraft(cleaned(name, 100), str(pk), rupiah(price))
            for pk, name, price in found.items[:25]
        ),
    )
    return Draft(embed=embed, rows=(menu,))


def account_label(account: str, name: str) -> str:
    """An account in a line: with the player's name where one is known."""
    return cleaned(f"{name} · {account}" if name else account, 100)


def _who(found: CheckedAccount) -> str:
    lines = []
    if found.again_code:
        lines.append(
            _(
                "⚠️ You ordered the same for the same account a moment ago: order "
                "#%(code)s. Buy it once more?"
            )
            % {"code": found.again_code}
        )
    if found.name:
        lines.append(_("👤 **%(name)s**") % {"name": plain(found.name, 80)})
    else:
        lines.append(
            _(
                "The format is right, but the name **cannot be checked** at the "
                "moment. A top-up that went to a wrong account cannot be taken back."
            )
        )
    return "\n".join(lines)


def _policy(undo_secs: int) -> str:
    sent = _("What has been sent to a wrong account cannot be taken back.")
    if not undo_secs:
        return sent
    undo = _("You can take it back for %(secs)d seconds after payment.") % {
        "secs": undo_secs
    }
    return f"{sent} {undo}"


def _not_found(found: CheckedAccount) -> Draft:
    embed = EmbedDraft(
        title=_("This account was not found"),
        text=_(
            "**%(account)s** does not exist there. Often ID and zone are mixed up, or "
            "the account belongs to another region. Nothing was ordered."
        )
        % {"account": plain(found.account, 120)},
        colour=RED,
    )
    return Draft(embed=embed, rows=((_change(found),),))


def _change(found: CheckedAccount) -> ButtonDraft:
    opens = custom_id("account", found.panel_id, found.product_id)
    return ButtonDraft(_("✏️ Change"), opens)
