"""What Tripay keeps of a QRIS payment; the merchant bears it. Whole rupiah."""

from payments.simulator.records import Transaction

FLAT_FEE = 750  # plus FEE_PERMILLE of the amount
FEE_PERMILLE = 7


def fee_of(transaction: Transaction) -> int:
    """The fee of what came in, or has to come in."""
    return fee_on(transaction.amount)


def fee_on(amount: int) -> int:
    """The fee of a payment of `amount`, rounded up."""
    return FLAT_FEE + -(-amount * FEE_PERMILLE // 1000)
