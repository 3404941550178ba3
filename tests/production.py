"""What makes a process measured by the tests run as in production."""

# Django writes every statement down while DEBUG is on.
IN_PRODUCTION = {"DEBUG": "0", "PPOB_ALLOW_EMBEDDED": "1"}
