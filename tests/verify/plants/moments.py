"""When wrong rows should have been dealt with, seen from `EARLY`."""

YESTERDAY = "'1999-12-31 12:00Z'"
LONG_AGO = "'1999-12-01 12:00Z'"  # before every deadline there is
NEXT_YEAR = "'2001-01-01 12:00Z'"
