"""What a browser sends back of a page's forms: everything the page put into them."""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

from django.test import Client

Attributes = list[tuple[str, str | None]]

UNTYPED = ("hidden", "submit", "button", "search")


@dataclass
class Form:
    """One form that is posted: where to, what it would send, whether one types."""

    action: str
    values: dict[str, str] = field(default_factory=dict)
    is_typed: bool = False


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self._form: Form | None = None
        self._area: str | None = None
        self._select: str | None = None

    def handle_starttag(self, tag: str, attrs: Attributes) -> None:
        found = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._form = Form(found.get("action", ""))
            if found.get("method") == "post":
                self.forms.append(self._form)
        elif self._form is not None and tag in ("input", "textarea", "select"):
            self._read(tag, found, self._form)
        elif tag == "option" and self._form and self._select and "selected" in found:
            self._form.values[self._select] = found.get("value", "")

    def _read(self, tag: str, found: dict[str, str], form: Form) -> None:
        name, kind = found.get("name", ""), found.get("type", "text")
        form.is_typed |= tag != "input" or kind not in UNTYPED
        if tag == "select":
            self._select = name
        elif tag == "textarea":
            self._area = name
            form.values[name] = ""
        elif kind in ("checkbox", "radio"):
            if "checked" in found:
                form.values[name] = found.get("value", "on")
        elif kind != "file":
            form.values[name] = found.get("value", "")

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = None
        elif tag == "textarea":
            self._area = None
        elif tag == "select":
            self._select = None

    def handle_data(self, data: str) -> None:
        if self._area is not None and self._form is not None:
            self._form.values[self._area] += data.removeprefix("\n")


def forms_of(response: Any) -> list[Form]:
    """All forms of the page that are posted."""
    reader = _Reader()
    reader.feed(response.content.decode())
    return reader.forms


def fields_of(response: Any) -> dict[str, str]:
    """What the page's edit form would send if nothing was typed."""
    (form,) = [form for form in forms_of(response) if "seen" in form.values]
    return {k: v for k, v in form.values.items() if k != "csrfmiddlewaretoken"}


def open_form(browser: Client, address: str) -> dict[str, str]:
    """A tab: the edit form of this page, as it was when it was opened."""
    return fields_of(browser.get(address))


def seen_at(browser: Client, address: str) -> dict[str, str]:
    """Only the version, for tests that type everything else themselves."""
    return {"seen": open_form(browser, address)["seen"]}
