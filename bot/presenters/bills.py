"""A bill that was looked up: whose, for when, and what it costs with the fee."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from bot.ids import custom_id
from bot.presenters.draft import (
    AMBER,
    BLUE,
    GREEN,
    GREY,
    PRIMARY,
    SUCCESS,
    ButtonDraft,
    Draft,
    EmbedDraft,
    FieldDraft,
)
from bot.presenters.text import plain
from inventory.services.bills import Receipt
from ppob.kit.money import rupiah


@dataclass(frozen=True)
class BillAnswer:
    """What was answered about a number; `fee` is the store's for it (rupiah).

    Without a `receipt` there is nothing to pay, and `words` say why. `again_code` is
    the order of a moment ago for the very same bill, "" if there is none. For
    `undo_secs` after payment nothing is sent to the company.
    """

    panel_id: int
    product_id: int
    inquiry_id: int
    product_name: str
    number: str
    destination: str
    fee: int
    receipt: Receipt | None = None
    words: str = ""
    again_code: str = ""
    undo_secs: int = 0


@dataclass(frozen=True)
class PaidBill:
    """A bill of an order, and what of its price is the store's `fee` (rupiah)."""

    product_name: str
    receipt: Receipt
    fee: int


def confirm(found: BillAnswer) -> Draft:
    """Is it this bill? With nothing to pay, why, and a way to another number."""
    if found.receipt is None:
        return _nothing(found)
    embed = EmbedDraft(
        title=_("Is this the bill?"),
        text="\n".join(_words(found, found.receipt)),
        colour=BLUE if found.receipt.name else AMBER,
        fields=(
            FieldDraft(
                plain(found.product_name, 80), f"**{plain(found.number, 120)}**"
            ),
            *receipt_fields(found.receipt, fee=found.fee),
        ),
        footer=_policy(found.undo_secs),
    )
    verb, label = "paybill", _("✅ Pay this bill")
    if found.again_code:
        verb, label = "surebill", _("Pay it once more")
    pay = ButtonDraft(
        label,
        custom_id(verb, found.panel_id, found.product_id, found.inquiry_id),
        SUCCESS if found.receipt.name else PRIMARY,
    )
    return Draft(embed=embed, rows=((pay, _change(found)),))


def _policy(undo_secs: int) -> str:
    paid = _("What was paid to the company cannot be taken back.")
    if not undo_secs:
        return paid
    undo = _("You can take it back for %(secs)d seconds after payment.")
    return f"{paid} {undo % {'secs': undo_secs}}"


def _words(found: BillAnswer, receipt: Receipt) -> list[str]:
    again = _("⚠️ You ordered this bill a moment ago: order #%(code)s.")
    lines = [again % {"code": found.again_code}] if found.again_code else []
    if receipt.name:
        return [*lines, _("👤 **%(name)s**") % {"name": plain(receipt.name, 80)}]
    return [*lines, _("The company tells no name. Please look at the number twice.")]


def receipt_fields(receipt: Receipt, *, fee: int) -> tuple[FieldDraft, ...]:
    """What a bill says, and what it costs: `billed + fee = total`."""
    total = receipt.billed + fee
    price = f"{rupiah(receipt.billed)} + {rupiah(fee)} = **{rupiah(total)}**"
    lines = [f"{label}: {plain(text, 120)}" for label, text in receipt.details]
    return tuple(
        FieldDraft(name, value, is_inline)
        for name, value, is_inline in (
            (_("Period"), plain(receipt.period, 80), True),
            (_("Bill + fee"), price, False),
            (_("Of it admin"), _admin(receipt), True),
            (_("Details"), "\n".join(lines)[:1000], False),
        )
        if value
    )


def fields_of_bills(paid: Sequence[PaidBill]) -> tuple[FieldDraft, ...]:
    """The same of every bill of an order, for whom it was paid included."""
    return tuple(
        field
        for each in paid
        for field in (
            *_name(each.receipt),
            *receipt_fields(each.receipt, fee=each.fee),
        )
    )


def receipts(paid: Sequence[PaidBill], *, code: str) -> Draft:
    """What proves that bills were paid, but for their serial numbers."""
    fields: list[FieldDraft] = []
    for each in paid:
        number = f"**{plain(each.receipt.number, 120)}**"
        fields.append(FieldDraft(plain(each.product_name, 80), number, True))
        fields += fields_of_bills([each])
        reference = f"`{plain(each.receipt.reference, 80)}`"
        fields.append(FieldDraft(_("Reference"), reference, True))
    embed = EmbedDraft(
        title=_("🧾 Receipt of order #%(code)s") % {"code": code},
        colour=GREEN,
        fields=tuple(fields),
    )
    return Draft(embed=embed)


def _name(receipt: Receipt) -> tuple[FieldDraft, ...]:
    if not receipt.name:
        return ()
    return (FieldDraft(_("Name"), f"**{plain(receipt.name, 80)}**", True),)


def _admin(receipt: Receipt) -> str:
    return rupiah(receipt.admin) if receipt.admin else ""


def _nothing(found: BillAnswer) -> Draft:
    embed = EmbedDraft(
        title=plain(found.product_name, 80),
        text=f"{found.words}\n**{plain(found.number, 120)}**",
        colour=GREY,
    )
    return Draft(embed=embed, rows=((_change(found),),))


def _change(found: BillAnswer) -> ButtonDraft:
    opens = custom_id("number", found.panel_id, found.product_id)
    return ButtonDraft(_("✏️ Change"), opens)
