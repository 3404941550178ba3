"""What stands in a button's custom id: a version, a verb and the ids it is about.

Ids say what was pressed and grant nothing: whoever sees a message may press it, so the
handler loads everything again for the person who did. Old messages stay clickable, so a
verb is never reused for something else.
"""

VERSION = "v1"
# Whoever sends a press writes its id: plain digits, and no more than a column holds.
_ID = "(?:[1-8][0-9]{18}|[0-9]{1,18})"


def custom_id(verb: str, *ids: int) -> str:
    """The custom id of `verb` about these ids: `v1:buy:12:7`."""
    return ":".join([VERSION, verb, *map(str, ids)])


def template(verb: str, *names: str) -> str:
    """The regular expression that recognises the verb's ids and names their parts."""
    parts = "".join(f":(?P<{name}>{_ID})" for name in names)
    return f"{VERSION}:{verb}{parts}"
