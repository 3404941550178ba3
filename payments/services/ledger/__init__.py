"""The only place that books: entries, balances, what is set aside, and their limits."""

from payments.services.ledger.entries import (
    AlreadyBooked,
    BalanceTooLow,
    Posting,
    WalletFull,
    balance,
    book,
    lock_wallet,
    wallet_balance,
)

__all__ = [
    "AlreadyBooked",
    "BalanceTooLow",
    "Posting",
    "WalletFull",
    "balance",
    "book",
    "lock_wallet",
    "wallet_balance",
]
