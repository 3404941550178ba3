"""The browser page: static files of `page/`, nothing from other hosts."""

from pathlib import Path

from aiohttp import web

FOLDER = Path(__file__).parent / "page"
_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
_HEADERS = {
    "Cache-Control": "no-cache",
    "Content-Security-Policy": (
        "default-src 'self'; img-src 'self' data: blob: http: https:; "
        "style-src 'self' 'unsafe-inline'; media-src 'self' blob:; "
        "frame-ancestors 'none'"
    ),
}


def add_routes(app: web.Application) -> None:
    """Install the files; the index itself is served at the root."""
    app.router.add_get("/page/{name:[a-z_]+\\.(?:css|js|svg)}", static_file)


async def static_file(request: web.Request) -> web.Response:
    """One file of the page."""
    path = FOLDER / request.match_info["name"]
    if not path.is_file():
        raise web.HTTPNotFound
    return _file(path)


def index() -> web.Response:
    """The page itself."""
    return _file(FOLDER / "index.html")


def _file(path: Path) -> web.Response:
    headers = {**_HEADERS, "Content-Type": _TYPES[path.suffix]}
    return web.Response(body=path.read_bytes(), headers=headers)
