"""The control of `tests.undefined`: a forgotten name is seen, others go on."""

import pytest
from django.template import Context, engines
from django.template.base import Origin

from tests.undefined import OURS, UndefinedName


def draw(text: str, *, name: str) -> str:
    template = engines["django"].from_string(text).template
    template.origin = Origin(name)
    return str(template.render(Context({"known": "yes"})))


def draw_as_ours(text: str) -> str:
    return draw(text, name=str(OURS / "tenants/history.html"))


@pytest.mark.parametrize("text", ["{{ unknown }}", "{{ known.actor }}"])
def test_a_page_of_ours_that_asks_for_what_is_not_there_fails(text):
    with pytest.raises(UndefinedName, match="history"):
        draw_as_ours(text)


def test_a_page_of_ours_may_ask_whether_something_is_there():
    assert draw_as_ours("{{ known }}{% if unknown %}no{% endif %}") == "yes"


def test_templates_of_other_packages_go_on():
    assert draw("<{{ unknown }}>", name="/usr/lib/unfold/base.html") == "<>"
