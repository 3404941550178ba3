"""Unique codes (*kode unik*) that tell bank transfers of equal price apart.

Uniqueness itself is the database's work, by its constraint on (account, final amount);
`payments.locks.find_free_code` draws a code that nobody has.
"""

MAXIMUM = 999  # rupiah; buyers accept less than a thousand on top
