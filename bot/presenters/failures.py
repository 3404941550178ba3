"""What somebody was doing when it failed, in a seller's words."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

_BUYING = _("Buying a product")
_CHECKING = _("Naming an account for a top-up")
_PAYING = _("Choosing how to pay")
_TOPPING_UP = _("Topping up the balance")
_LOOKING = _("Looking at orders")
_RATING = _("Rating an order")
_BACK = _("Asking for money back")

_DOING: dict[str, Promise] = {
    **dict.fromkeys(("buy", "pick", "browse", "page", "another", "buy_btn"), _BUYING),
    **dict.fromkeys(("buyfor", "sure", "pickfor"), _BUYING),
    **dict.fromkeys(("number", "paybill", "surebill"), _BUYING),
    **dict.fromkeys(("account", "named", "known"), _CHECKING),
    "undo": _("Taking a top-up back"),
    **dict.fromkeys(("quantity", "pieces"), _("Choosing a quantity")),
    **dict.fromkeys(
        ("pay", "method", "methods", "change", "balance", "split", "payment_btn"),
        _PAYING,
    ),
    "paid": _("Saying that it is paid"),
    **dict.fromkeys(("cancel", "cancelled"), _("Cancelling an order")),
    "reveal": _("Looking at codes"),
    **dict.fromkeys(("star", "review"), _RATING),
    **dict.fromkeys(("history", "mine", "orders", "chosen", "card"), _LOOKING),
    **dict.fromkeys(
        ("topup", "fund", "fundother", "fundform", "fundby", "fundwith", "howto"),
        _TOPPING_UP,
    ),
    **dict.fromkeys(("undeposit", "deposit"), _TOPPING_UP),
    **dict.fromkeys(("lines", "saldo"), _("Looking at the balance")),
    **dict.fromkeys(("askback", "askall"), _BACK),
    "price": _("Looking at prices"),
}
# Commands whose name is a button's verb as well, or no button's at all.
_COMMANDS: dict[str, Promise] = {
    "topup": _BUYING,
    "cek": _("Checking an account"),
    "pemasok": _("Looking at suppliers"),
}
_OTHERWISE = _("Pressing a button or using a command")


def doing_words(doing: str) -> Promise:
    """`v1:buy:3:7` or a command's name, as what it was for."""
    parts = doing.split(":")
    if len(parts) > 1:
        return _DOING.get(parts[1], _OTHERWISE)
    return _COMMANDS.get(doing) or _DOING.get(doing, _OTHERWISE)
