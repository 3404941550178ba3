"""What a browser sends back of an edit form: everything that the page put into it."""

from html.parser import HTMLParser
from typing import Any

from django.test import Client

VOID = "input"


class _Form(HTMLParser):
    """Collects the values of the first form on a page that carries a version."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[dict[str, str]] = []
        self._area: str | None = None
        self._select: str | None = None

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]):
        found = dict(attributes)
        name = found.get("name") or ""
        if tag == "form":
            self.forms.append({})
        elif tag == VOID and name and self.forms:
            kind = found.get("type", "text")
            if kind in ("checkbox", "radio") and "checked" not in found:
                return
            if kind != "file":
                self.forms[-1][name] = found.get("value") or (
                    "on" if kind == "checkbox" else ""
                )
        elif tag == "textarea":
            self._area = name
            self.forms[-1][name] = ""
        elif tag == "select":
            self._select = name
        elif tag == "option" and self._select and "selected" in found:
            self.forms[-1][self._select] = found.get("value") or ""

    def handle_endtag(self, tag: str):
        if tag == "textarea":
            self._area = None
        elif tag == "select":
            self._select = None

    def handle_data(self, data: str):
        if self._area is not None:
            self.forms[-1][self._area] += data.removeprefix("\n")


def fields_of(response: Any) -> dict[str, str]:
    """What the page's edit form would send if nothing was typed."""
    reader = _Form()
    reader.feed(response.content.decode())
    (form,) = [form for form in reader.forms if "seen" in form]
    form.pop("csrfmiddlewaretoken", None)
    return form


def open_form(browser: Client, address: str) -> dict[str, str]:
    """A tab: the edit form of this page, as it was when it was opened."""
    return fields_of(browser.get(address))


def seen_at(browser: Client, address: str) -> dict[str, str]:
    """Only the version, for tests that type everything else themselves."""
    return {"seen": open_form(browser, address)["seen"]}
