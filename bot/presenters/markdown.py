"""What was written in Discord, as harmless HTML for a person to read.

Discord's own dialect: a library for Markdown knows neither its mentions, times, emoji
and spoilers nor its underlining, and knows pictures, tables and raw HTML, which Discord
doesn't. Everything that was typed is escaped where it is put out; the only tags are
those that stand here. Each delimiter is looked for once, so that no message costs more
than its length.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import groupby
from urllib.parse import urlsplit

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

DEEPEST = 6  # bold in a spoiler in a quote …; what is deeper stays as it was typed
MOST_CHARACTERS = 20_000  # five times what Discord lets anybody write

_LARGEST = 2**63 - 1  # of Discord's ids, and of our columns
_FENCE = "```"
_LANGUAGE = re.compile(r"[A-Za-z0-9_+.#-]{1,20}\n")
_HEADING = re.compile(r"(#{1,3}|-#) +(?=\S)")
_BULLET = re.compile(r"\A( *)[-*] +(?=\S)")
_QUOTE, _QUOTE_ALL = "> ", ">>> "

# Everything that may begin something; what is not here is text.
_TOKEN = re.compile(
    r"""
    \\(?P<escaped>[\\*_~`|<>#\[\]():@-])
    | (?P<code>`{1,2})
    | <@!?(?P<person>\d{1,20})>
    | <@&(?P<role>\d{1,20})>
    | <\#(?P<channel>\d{1,20})>
    | </(?P<command>[^:<>\n]{1,100}):\d{1,20}>
    | <t:(?P<time>-?\d{1,13})(?::(?P<style>[tTdDfFR]))?>
    | <a?(?P<emoji>:\w{1,64}:)\d{1,20}>
    | \[(?P<label>[^\[\]\n]{1,200})\]\(<?(?P<target>https?://[^\s()<>"]{1,2000})>?
        (?:\ "[^"\n]{0,200}")?\)
    | <(?P<bare>https?://[^\s<>"]{1,2000})>
    | (?P<link>\bhttps?://[^\s<>"]{1,2000})
    | (?P<mark>\*\*\*|\*\*|\*|__|_|~~|\|\|)
    """,
    re.VERBOSE | re.IGNORECASE,
)
_MENTIONED = re.compile(r"<(?P<kind>@!?|@&|#)(?P<id>\d{1,20})>")
_TAGS = {
    "***": ("<strong><em>", "</em></strong>"),
    "**": ("<strong>", "</strong>"),
    "*": ("<em>", "</em>"),
    "__": ("<u>", "</u>"),
    "_": ("<em>", "</em>"),
    "~~": ("<s>", "</s>"),
    "||": ('<span class="dc-spoiler">', "</span>"),
}
_STYLES = {
    "t": "H:i",
    "T": "H:i:s",
    "d": "d/m/Y",
    "D": "j F Y",
    "f": "j F Y, H:i",
    "F": "l, j F Y, H:i",
    "R": "j M Y, H:i",  # "in five minutes" was true when it was written
}


@dataclass(frozen=True)
class Names:
    """What Discord's ids are called, as far as this store knows."""

    people: Mapping[int, str] = field(default_factory=dict)
    channels: Mapping[int, str] = field(default_factory=dict)
    roles: Mapping[int, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Mentioned:
    """Ids that texts speak of; Discord's."""

    people: frozenset[int]
    channels: frozenset[int]


def mentioned(texts: Iterable[str]) -> Mentioned:
    """Whom and which channels these texts name."""
    people, channels = set(), set()
    for text in texts:
        for found in _MENTIONED.finditer(text[:MOST_CHARACTERS]):
            number = int(found["id"])
            if number > _LARGEST:
                continue
            if found["kind"] == "#":
                channels.add(number)
            elif found["kind"] != "@&":
                people.add(number)
    return Mentioned(frozenset(people), frozenset(channels))


def render(text: str, names: Names) -> SafeString:
    """The text as HTML; times are in the active time zone."""
    return _joined(_blocks(text[:MOST_CHARACTERS].replace("\r\n", "\n"), names))


# --- Blocks ---------------------------------------------------------------------------


def _blocks(text: str, names: Names) -> Iterator[SafeString]:
    start = 0
    while True:
        opens = text.find(_FENCE, start)
        closes = text.find(_FENCE, opens + 3) if opens >= 0 else -1
        if closes < 0:
            yield from _lines(text[start:], names)
            return
        yield from _lines(text[start:opens].removesuffix("\n"), names)
        inside = text[opens + 3 : closes]
        language = _LANGUAGE.match(inside)
        inside = inside[language.end() :] if language else inside
        yield format_html('<pre class="dc-code">{}</pre>', inside.strip("\n"))
        start = closes + 3 + text.startswith("\n", closes + 3)


def _lines(text: str, names: Names) -> Iterator[SafeString]:
    """Quotes, headings, and between them lines that formatting may span."""
    lines = text.split("\n") if text else []
    places = (place for place, line in enumerate(lines) if line.startswith(_QUOTE_ALL))
    end = next(places, len(lines))
    for kind, group in groupby(lines[:end], _kind_of):
        yield from _group(kind, list(group), names)
    if end < len(lines):
        rest = "\n".join(lines[end:]).removeprefix(_QUOTE_ALL)
        yield format_html("<blockquote>{}</blockquote>", _inline(rest, names))


def _kind_of(line: str) -> str:
    if line.startswith(_QUOTE):
        return "quote"
    return "heading" if _HEADING.match(line) else "plain"


def _group(kind: str, lines: list[str], names: Names) -> Iterator[SafeString]:
    if kind == "quote":
        quoted = "\n".join(line.removeprefix(_QUOTE) for line in lines)
        yield format_html("<blockquote>{}</blockquote>", _inline(quoted, names))
    elif kind == "heading":
        for line in lines:
            yield _heading(line, names)
    else:
        listed = [_BULLET.sub(r"\1• ", line, count=1) for line in lines]
        yield _inline("\n".join(listed), names)


def _heading(line: str, names: Names) -> SafeString:
    size, words = _HEADING.split(line, maxsplit=1)[1:]
    style = "dc-foot" if size == "-#" else "dc-title"
    return format_html('<div class="{}">{}</div>', style, _inline(words, names))


# --- Inside a line --------------------------------------------------------------------


def _inline(text: str, names: Names, depth: int = 0) -> SafeString:
    return _joined(_pieces(text, names, depth))


def _pieces(text: str, names: Names, depth: int) -> Iterator[SafeString]:
    start, searched = 0, 0
    missing: set[str] = set()  # delimiters that come no more in this text
    while (token := _TOKEN.search(text, searched)) is not None:
        searched = token.end()
        kind = str(token.lastgroup)
        if kind in ("mark", "code"):
            closed = _span(text, token, missing) if depth < DEEPEST else None
            if closed is None:
                continue  # it stays as it was typed
            inside, end = closed
            shown = _marked(token[0], inside, names, depth)
        else:
            shown, end = _shown(token, names), token.end()
            if kind == "link":
                end = token.start() + len(_address(token["link"]))
        yield _text(text[start : token.start()])
        yield shown
        start = searched = end
    yield _text(text[start:])


def _span(text: str, token: re.Match[str], missing: set[str]) -> tuple[str, int] | None:
    """What stands between this delimiter and its next, and where that ends."""
    mark = token[0]
    if mark in missing:
        return None
    begin = token.end()
    close = text.find(mark, begin)
    while close > 0 and text[close - 1] == "\\" and not mark.startswith("`"):
        close = text.find(mark, close + 1)
    if close < 0:
        missing.add(mark)
        return None
    inside, end = text[begin:close], close + len(mark)
    if not inside.strip() or (mark in ("*", "_") and not _hugs(text, token, close)):
        return None
    # Of three the last two close it: **bold and *both***.
    if mark in ("**", "__") and text.startswith(mark[0], end):
        inside, end = inside + mark[0], end + 1
    return inside, end


def _hugs(text: str, token: re.Match[str], close: int) -> bool:
    """Whether single delimiters belong to the words beside them: not 2 * 3, a_b_c."""
    before, after = text[: token.start()][-1:], text[close + 1 : close + 2]
    if text[token.end()].isspace() or text[close - 1].isspace():
        return False
    return token[0] == "*" or not (_is_word(before) or _is_word(after))


def _is_word(character: str) -> bool:
    return character.isalnum() or character == "_"


def _marked(mark: str, inside: str, names: Names, depth: int) -> SafeString:
    if mark.startswith("`"):
        return format_html('<code class="dc-code">{}</code>', inside.strip())
    opens, closes = _TAGS[mark]
    words = _inline(inside, names, depth + 1)
    # Both tags are our own, from the table above.
    return mark_safe(opens + words + closes)  # noqa: S308


def _shown(token: re.Match[str], names: Names) -> SafeString:
    for kind, show in _SHOW.items():
        if token[kind] is not None:
            return show(token, names)
    return _text(token[0])


def _person(token: re.Match[str], names: Names) -> SafeString:
    return _mention("@", names.people.get(int(token["person"])) or _("someone"))


def _role(token: re.Match[str], names: Names) -> SafeString:
    return _mention("@", names.roles.get(int(token["role"])) or _("a role"))


def _channel(token: re.Match[str], names: Names) -> SafeString:
    return _mention("#", names.channels.get(int(token["channel"])) or _("channel"))


def _command(token: re.Match[str], names: Names) -> SafeString:
    return _mention("/", token["command"])


def _mention(sign: str, name: str) -> SafeString:
    return format_html('<span class="dc-mention">{}{}</span>', sign, name)


def _time(token: re.Match[str], names: Names) -> SafeString:
    try:
        at = datetime.fromtimestamp(int(token["time"]), UTC)
        local = timezone.localtime(at)
    except (OverflowError, ValueError, OSError):
        return _text(token[0])
    style = _STYLES[token["style"] or "f"]
    return format_html(
        '<time class="dc-time" datetime="{}" title="{}">{}</time>',
        at.isoformat(),
        date_format(local, _STYLES["F"]),
        date_format(local, style),
    )


def _masked(token: re.Match[str], names: Names) -> SafeString:
    """A link under other words; where it leads stands beside it."""
    address = token["target"]
    return format_html(
        '{} <span class="dc-foot">({})</span>',
        _anchor(address, token["label"]),
        _host(address),
    )


def _link(token: re.Match[str], names: Names) -> SafeString:
    address = token["bare"] or _address(token["link"])
    return _anchor(address, address)


def _anchor(address: str, words: str) -> SafeString:
    return format_html(
        '<a href="{}" target="_blank" rel="noopener noreferrer nofollow">{}</a>',
        address,
        words,
    )


def _address(found: str) -> str:
    """An address without the punctuation of the sentence that it ends."""
    address = found.rstrip(".,:;!?'*_~|")
    while address.endswith(")") and address.count("(") < address.count(")"):
        address = address[:-1].rstrip(".,:;!?'*_~|")
    return address


def _host(address: str) -> str:
    try:
        return urlsplit(address).hostname or address
    except ValueError:
        return address


def _escaped(token: re.Match[str], names: Names) -> SafeString:
    return _text(token["escaped"])


def _emoji(token: re.Match[str], names: Names) -> SafeString:
    return _text(token["emoji"])


def _text(text: str) -> SafeString:
    return format_html("{}", text)


def _joined(parts: Iterable[SafeString]) -> SafeString:
    return format_html_join("", "{}", ((part,) for part in parts))


_SHOW: dict[str, Callable[[re.Match[str], Names], SafeString]] = {
    "escaped": _escaped,
    "person": _person,
    "role": _role,
    "channel": _channel,
    "command": _command,
    "time": _time,
    "emoji": _emoji,
    "target": _masked,
    "bare": _link,
    "link": _link,
}
