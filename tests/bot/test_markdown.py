"""What was written in Discord, for a person to read, never as a part of the page."""

import re
import time
from html.parser import HTMLParser
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from bot.presenters import markdown
from bot.presenters.markdown import Names
from ppob.kit.i18n import speaking

NAMES = Names(
    people={7: "Ayu", 8: "<b>Eve</b>"}, channels={42: "produk"}, roles={9: "staff"}
)
NOON = 1773464400  # 14 March 2026, 12:00 in Jakarta
# Every tag and attribute that a page may get from here.
KNOWN = {
    "strong": set(),
    "em": set(),
    "u": set(),
    "s": set(),
    "blockquote": set(),
    "pre": {"class"},
    "code": {"class"},
    "span": {"class"},
    "div": {"class"},
    "time": {"class", "datetime", "title"},
    "a": {"href", "target", "rel"},
}


@pytest.fixture(autouse=True)
def english_in_jakarta():
    with speaking("en"), timezone.override(ZoneInfo("Asia/Jakarta")):
        yield


def html(text):
    return str(markdown.render(text, NAMES))


def link(address, words=None):
    return (
        f'<a href="{address}" target="_blank" rel="noopener noreferrer nofollow">'
        f"{words or address}</a>"
    )


class Reader(HTMLParser):
    """What a browser would see: tags, their attributes, and the words."""

    def __init__(self, page):
        super().__init__()
        self.tags, self.open, self.words = [], [], ""
        self.feed(page)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.words += data

    def handle_comment(self, data):
        raise AssertionError(f"a comment: {data}")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain words", "plain words"),
        ("**bold**", "<strong>bold</strong>"),
        ("*leaning* and _leaning_", "<em>leaning</em> and <em>leaning</em>"),
        ("***both***", "<strong><em>both</em></strong>"),
        ("**bold and *both***", "<strong>bold and <em>both</em></strong>"),
        ("__under__", "<u>under</u>"),
        ("~~gone~~", "<s>gone</s>"),
        ("||secret||", '<span class="dc-spoiler">secret</span>'),
        ("**over\ntwo lines**", "<strong>over\ntwo lines</strong>"),
        ("__**deep**__", "<u><strong>deep</strong></u>"),
        ("`**code**`", '<code class="dc-code">**code**</code>'),
        ("``a`b``", '<code class="dc-code">a`b</code>'),
        ("```py\nx = 1\n```", '<pre class="dc-code">x = 1</pre>'),
        ("a\n```\n29000\n```\nb", 'a<pre class="dc-code">29000</pre>b'),
        ("> said\n> more", "<blockquote>said\nmore</blockquote>"),
        (">>> all\nof it", "<blockquote>all\nof it</blockquote>"),
        ("# Title", '<div class="dc-title">Title</div>'),
        ("-# small", '<div class="dc-foot">small</div>'),
        ("- one\n- two", "• one\n• two"),
    ],
)
def test_formatting_is_shown(text, shown):
    assert html(text) == shown


@pytest.mark.parametrize(
    "text",
    [
        "2 * 3 * 4",
        "snake_case_name",
        "a ** b",
        "**never closed",
        "****",
        "||||",
        "#nospace",
        "`never closed",
        "``` never closed",
        "<t:99999999999999999>",
        "<t:9999999999999>",
        "@everyone",
        "[text](javascript:alert)",
        "5 < 6",
    ],
)
def test_what_formats_nothing_in_discord_stays_as_it_was_typed(text):
    assert Reader(html(text)).words == text
    assert Reader(html(text)).tags == []


def test_a_backslash_takes_the_meaning_away():
    assert html(r"\*no\* \_no\_ \<@7>") == "*no* _no_ &lt;@7&gt;"
    assert html(r"**a \* b**") == "<strong>a * b</strong>"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("<@7> <@!7>", "@Ayu @Ayu"),
        ("<@1>", "@someone"),
        ("<@&9> <@&1>", "@staff @a role"),
        ("<#42> <#1>", "#produk #channel"),
        ("</history:123>", "/history"),
        ("<:toko:123> <a:party:456>", ":toko: :party:"),
        ("<@8>", "@<b>Eve</b>"),
    ],
)
def test_ids_become_names_as_far_as_they_are_known(text, words):
    found = Reader(html(text))

    assert found.words == words
    assert {tag for tag, _attributes in found.tags} <= {"span"}


@pytest.mark.parametrize(
    ("style", "words"),
    [
        ("", "14 March 2026, 12:00"),
        (":t", "12:00"),
        (":T", "12:00:00"),
        (":d", "14/03/2026"),
        (":D", "14 March 2026"),
        (":f", "14 March 2026, 12:00"),
        (":F", "Saturday, 14 March 2026, 12:00"),
        (":R", "14 Mar 2026, 12:00"),
    ],
)
def test_times_are_told_in_the_stores_zone(style, words):
    found = Reader(html(f"<t:{NOON}{style}>"))

    assert found.words == words
    [(tag, attributes)] = found.tags
    assert (tag, attributes["datetime"]) == ("time", "2026-03-14T05:00:00+00:00")


def test_links_lead_out_and_say_where_to():
    assert html("see https://toko.id/a?b=1&c=2.") == (
        f"see {link('https://toko.id/a?b=1&amp;c=2')}."
    )
    assert html("<https://toko.id/>") == link("https://toko.id/")
    assert html("(https://toko.id/a_(b))") == f"({link('https://toko.id/a_(b)')})"
    assert html("[your bank](https://evil.example/bca)") == (
        f"{link('https://evil.example/bca', 'your bank')} "
        '<span class="dc-foot">(evil.example)</span>'
    )


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        '"><svg/onload=alert(1)>',
        "[x](javascript:alert(1))",
        "[x](JaVaScRiPt:alert(1))",
        "[x](data:text/html,<script>alert(1)</script>)",
        '[x](https://a.example/" onmouseover="alert(1))',
        "[x](https://a.example/'onmouseover='alert(1))",
        "[<img src=x onerror=alert(1)>](https://a.example)",
        "<javascript:alert(1)>",
        "https://a.example/<script>alert(1)</script>",
        'https://a.example/"><script>alert(1)</script>',
        "https://user:pass@a.example/%22%3E%3Cscript%3E",
        "`<script>`",
        "```html\n</pre><script>alert(1)</script>\n```",
        "```<script>\nalert(1)```",
        "**<b onclick=alert(1)>x</b>**",
        "||<style>*{display:none}</style>||",
        "> <iframe src=//evil>",
        "# <h1 onclick=alert(1)>",
        "<@8><script>",
        "<:<script>:1>",
        "</<script>:1>",
        '<t:1773464400:"onclick=>',
        "&lt;script&gt;&#60;script&#62;",
        "<!-- <script>alert(1)</script> -->",
        "\u202e<scr\u0000ipt>\u2028<script>",
        "***<a href=javascript:alert(1)>***",
        "~~</s></div></body><script>~~",
        "{{ request.user }} {% debug %}",
    ],
)
def test_nothing_that_is_typed_becomes_a_part_of_the_page(text):
    found = Reader(html(text))

    for tag, attributes in found.tags:
        assert set(attributes) == KNOWN[tag]
        if tag == "a":
            assert re.match(r"https?://", attributes["href"])
            assert attributes["rel"] == "noopener noreferrer nofollow"
    assert found.open == []


def test_random_pieces_never_leave_a_tag_open_or_let_one_in():
    pieces = [
        "**", "*", "_", "__", "~~", "||", "`", "```", "\n", "> ", ">>> ", "# ", "<@8>",
        "<t:1:R>", "<script>", "\\", "[x](https://a.b)", "https://a.b", " ", "x", "]",
        "(", '"', "'", "&", "-# ", "- ", "</a:1>", "<", ">",
    ]  # fmt: skip
    state = 12345
    for _turn in range(2000):
        text = ""
        for _piece in range(14):
            state = (state * 1103515245 + 12345) % 2**31
            text += pieces[(state >> 8) % len(pieces)]
        found = Reader(html(text))
        assert found.open == [], text
        assert {tag for tag, _attributes in found.tags} <= set(KNOWN), text


@pytest.mark.parametrize(
    "piece",
    ["**a ", "*a ", "_a ", "`a ", "||a ", "\\", "[", "<@", "> a\n", "[a](https://",
     "***", "a_b", "~~a~~", "```", "(https://a.b", "\\_a_"],
)  # fmt: skip
def test_no_text_costs_more_than_its_length(piece):
    small, large = (
        piece * (size // len(piece))
        for size in (markdown.MOST_CHARACTERS // 10, 20_000)
    )

    took = [seconds(small), seconds(large)]

    # Ten times the length: sixty times as long would be on the way to a hundred.
    assert took[1] < max(60 * took[0], 0.25), took


def seconds(text):
    started = time.process_time()
    html(text)
    return time.process_time() - started


def test_what_is_longer_than_anything_in_discord_is_cut():
    assert len(Reader(html("x" * 50_000)).words) == markdown.MOST_CHARACTERS


def test_ids_to_look_up_are_those_that_are_named():
    found = markdown.mentioned(
        ["<@7> and <@!8> in <#42>, <@&9>", "<@99999999999999999999>", "<t:1:R>"]
    )

    assert found.people == {7, 8}
    assert found.channels == {42}
