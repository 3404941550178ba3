"""What the roles of a store may do."""

from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from tenants.states import Role


class Permission(StrEnum):
    """One thing that not everybody in a store may do."""

    SEE_STORE = "see_store"
    SEE_ORDERS = "see_orders"
    SEE_COSTS = "see_costs"
    EDIT_CATALOG = "edit_catalog"
    EDIT_STOCK = "edit_stock"
    EDIT_PAYMENTS = "edit_payments"
    EDIT_PANELS = "edit_panels"
    CONFIRM_PAYMENTS = "confirm_payments"
    SETTLE_MONEY = "settle_money"
    REFUND = "refund"
    REVEAL_CODES = "reveal_codes"
    BLOCK_BUYERS = "block_buyers"
    EDIT_STORE = "edit_store"
    EDIT_MEMBERS = "edit_members"
    SEE_AUDIT = "see_audit"

    @property
    def label(self) -> Promise:
        """The permission in words, to follow “the right to …”."""
        return _LABELS[self]


_LABELS: dict[Permission, Promise] = {
    Permission.SEE_STORE: _("see the store"),
    Permission.SEE_ORDERS: _("see orders"),
    Permission.SEE_COSTS: _("see what products cost the store"),
    Permission.EDIT_CATALOG: _("change products"),
    Permission.EDIT_STOCK: _("change stock"),
    Permission.EDIT_PAYMENTS: _("change payment methods"),
    Permission.EDIT_PANELS: _("change panels"),
    Permission.CONFIRM_PAYMENTS: _("confirm payments"),
    Permission.SETTLE_MONEY: _("settle unmatched money"),
    Permission.REVEAL_CODES: _("open sold codes for a dispute"),
    Permission.REFUND: _("refund orders"),
    Permission.BLOCK_BUYERS: _("block buyers"),
    Permission.EDIT_STORE: _("change the store's settings"),
    Permission.EDIT_MEMBERS: _("change who works here"),
    Permission.SEE_AUDIT: _("see the change history"),
}

_VIEWER = frozenset({Permission.SEE_STORE, Permission.SEE_ORDERS})
_CASHIER = _VIEWER | {Permission.CONFIRM_PAYMENTS, Permission.EDIT_STOCK}
_ADMIN = frozenset(Permission) - {Permission.EDIT_PAYMENTS, Permission.EDIT_MEMBERS}

PERMISSIONS_OF: dict[Role, frozenset[Permission]] = {
    Role.VIEWER: _VIEWER,
    Role.CASHIER: _CASHIER,
    Role.ADMIN: _ADMIN,
    Role.OWNER: frozenset(Permission),
}


def covers(one: Role, other: Role) -> bool:
    """Whether `one` stands at least as high as `other`: it may grant it, or take it.

    Nobody hands out a right that they do not have, and only owners touch owners.
    """
    if other == Role.OWNER:
        return one == Role.OWNER
    return PERMISSIONS_OF[other] <= PERMISSIONS_OF[one]
