"""Whose address a URL really is."""

from urllib.parse import SplitResult, urlsplit

_NEVER_IN_A_URL = {"\\", "@", *map(chr, range(0x21)), "\x7f"}


def is_at(url: str, host: str, *, subdomains: bool = False) -> bool:
    """Whether `url` leads over TLS to exactly `host`, or below it with `subdomains`.

    `evilbank.co.id` is not below `bank.co.id`. What programs read in different
    ways (users before the host, backslashes, spaces) leads nowhere, and neither do
    other ports.
    """
    parts = _split(url)
    if parts is None or parts.scheme != "https" or _port(parts) not in (None, 443):
        return False
    found = parts.hostname or ""
    return found == host or (subdomains and found.endswith(f".{host}"))


def is_web_address(url: str) -> bool:
    """Whether a browser would open `url` as a page of some host."""
    parts = _split(url)
    return parts is not None and parts.scheme in ("http", "https")


def mailbox_at(url: str, name: str) -> str:
    """`name@` the domain of this site.

    A machine without a domain (localhost, an IP address) gets one below `.invalid`,
    which nobody can own (RFC 2606).
    """
    parts = _split(url)
    host = (parts.hostname or "") if parts else ""
    has_domain = "." in host and host.rpartition(".")[2].isalpha()
    return f"{name}@{host if has_domain else 'localhost.invalid'}"


def _split(url: str) -> SplitResult | None:
    if not url.isascii() or _NEVER_IN_A_URL & set(url):
        return None
    try:
        parts = urlsplit(url)
        _port(parts)
    except ValueError:
        return None
    return parts if parts.hostname else None


def _port(parts: SplitResult) -> int | None:
    return parts.port
