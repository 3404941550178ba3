"""Look-ups that use an index behind row-level security.

A policy is asked before anything that could leak a row, and PostgreSQL takes `LIKE`,
`upper` and the like for such: an index on them is never used by the programs' role.
Comparing a column with a value is not, so a beginning is asked for as a range.
"""

from typing import Any

from django.db.models import Lookup

LAST = chr(0x10FFFF)  # behind every text that begins the same, byte by byte


class BeginsCapital(Lookup):
    """Whether a column of capital letters begins with this text, however written.

    Uses an index with `text_pattern_ops`.
    """

    lookup_name = "begins_capital"
    prepare_rhs = True

    def as_sql(
        self, compiler: Any, connection: Any
    ) -> tuple[str, tuple[str | int, ...]]:
        column, column_values = self.process_lhs(compiler, connection)
        text, text_values = self.process_rhs(compiler, connection)
        return (
            f"({column} ~>=~ UPPER({text}) AND {column} ~<~ (UPPER({text}) || %s))",
            (*column_values, *text_values, *column_values, *text_values, LAST),
        )
