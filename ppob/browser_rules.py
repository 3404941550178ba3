"""What a browser may do with our pages, and which cookies it keeps."""

Directives = dict[str, list[str]]

_CLOSED: Directives = {
    "object-src": ["'none'"],
    "base-uri": ["'none'"],
    "frame-ancestors": ["'none'"],
}


def policy(
    *, discord: str, pictures: list[str], sockets: list[str]
) -> dict[str, Directives]:
    """The content security policy of our own pages: nothing inline, nothing evaluated.

    `discord` is where a form may lead for signing in, `pictures` who serves people's
    and servers' pictures, `sockets` our own addresses for live updates.
    """
    directives: Directives = {
        "default-src": ["'self'"],
        # `blob:` is a picture that was chosen and is shown before it is sent.
        "img-src": ["'self'", "data:", "blob:", *pictures],
        "connect-src": ["'self'", *sockets],
        "form-action": ["'self'", discord],
        **_CLOSED,
    }
    return {"DIRECTIVES": directives}


# The admin's theme writes its colours into the page and evaluates expressions that
# stand in it (Alpine). That is all it may do more; everything else is closed.
ADMIN_POLICY: Directives = {
    "default-src": ["'none'"],
    "script-src": ["'self'", "'unsafe-eval'"],
    "style-src": ["'self'", "'unsafe-inline'"],
    "img-src": ["'self'", "data:"],
    "font-src": ["'self'"],
    "connect-src": ["'self'"],
    "form-action": ["'self'"],
    **_CLOSED,
}


def cookie_name(name: str, *, is_secure: bool) -> str:
    """With a prefix that browsers hold us to: over TLS, by this host, for all of it.

    A neighbour below the same domain can then not put a cookie of its own in place of
    ours. Browsers refuse the prefix without TLS, so not on a developer's machine.
    """
    return f"__Host-{name}" if is_secure else name


def socket_origins(
    *, site: str, trusted: list[str], local_hosts: list[str], port: int
) -> list[str]:
    """The addresses whose pages may open a WebSocket.

    A pattern (`https://*.example.com`) is no address and opens none. `local_hosts` are
    the names of a developer's machine, all at the same port.
    """
    local = [f"http://{host}:{port}" for host in local_hosts if "*" not in host]
    named = [address for address in (site, *trusted, *local) if "*" not in address]
    return list(dict.fromkeys(named))


def as_sockets(origins: list[str]) -> list[str]:
    """The same addresses as a policy names their sockets; it knows no IPv6 address."""
    return [
        origin.replace("http", "ws", 1).rstrip("/")
        for origin in origins
        if "[" not in origin
    ]
