"""Forms over something that exists: they carry the version they read."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from ppob.kit.versions import Facts, changed_since, version_of

SEEN = "seen"
PICK = "pick-"  # which of two values shall count
TYPED = "typed-"  # what was typed when that question was asked
NEWER, MINE = "newer", "mine"


@dataclass(frozen=True)
class Clash:
    """A value that somebody else has changed since it was read, and what was typed."""

    name: str
    label: str | Promise
    newer: str
    typed: str
    raw: str
    keeps_mine: bool

    @property
    def pick_name(self) -> str:
        """The name of the question which of the two counts."""
        return f"{PICK}{self.name}"

    @property
    def typed_name(self) -> str:
        """The name under which what was typed comes back."""
        return f"{TYPED}{self.name}"


class EditForm(forms.Form):
    """What can be changed of one thing; `facts` are its values as they are now.

    The page shows `version` as a hidden field, and the service that saves gets `seen`,
    the version that came back. When the service says that something is newer,
    `show_newer` asks for each such value which one counts: what the person touched is
    preselected as theirs, everything else as the newer one.
    """

    def __init__(
        self, data: Any = None, files: Any = None, *, facts: Facts, **options: Any
    ) -> None:
        super().__init__(data, files, **options)
        self.version = version_of(facts)
        self.clashes: list[Clash] = []
        if data is not None:
            self.version = self.seen
            self.data = self._with_picks(data)

    @property
    def seen(self) -> str:
        """The version that the page had read; empty when it carried none."""
        return str(self.data.get(SEEN, ""))

    def typed_facts(self) -> dict[str, object]:
        """What was typed, by the names of the facts."""
        return dict(self.cleaned_data)

    def show_newer(self, facts: Facts) -> None:
        """Ask about every value that is newer than what was read and not as typed."""
        self.version = version_of(facts)
        self.clashes = list(self._compare(facts))

    def _compare(self, facts: Facts) -> Iterator[Clash]:
        typed = {name: _as_stored(value) for name, value in self.typed_facts().items()}
        known = {pair.partition(":")[0] for pair in self.seen.split()}
        newer = [
            name
            for name in changed_since(self.seen, facts)
            if name in self.fields and name in typed
        ]
        touched = changed_since(self.seen, {name: typed[name] for name in newer})
        for name in newer:
            value = facts[name]
            if typed[name] != value:
                yield Clash(
                    name=name,
                    label=self.fields[name].label or name,
                    newer=self._shown(name, value),
                    typed=self._shown(name, typed[name]),
                    raw=self.data.get(name, ""),
                    keeps_mine=name in touched and name in known,
                )

    def _with_picks(self, data: Any) -> Any:
        """What was posted, with the newer value where that one was chosen.

        Whoever then typed something else still means that.
        """
        picked = [
            name
            for name in self.fields
            if data.get(f"{PICK}{name}") == NEWER
            and data.get(f"{TYPED}{name}", "") == data.get(name, "")
        ]
        if not picked:
            return data
        merged = data.copy()
        for name in picked:
            self._put_initial(merged, name)
        return merged

    def _put_initial(self, data: Any, name: str) -> None:
        field = self.fields[name]
        value = field.prepare_value(self.get_initial_for_field(field, name))
        if isinstance(field, forms.BooleanField):
            data.pop(name, None)
            if value:
                data[name] = "on"
        else:
            data[name] = "" if value is None else str(value)

    def _shown(self, name: str, value: object) -> str:
        """A value in words, as the page's reader knows it."""
        field = self.fields[name]
        if isinstance(value, bool):
            return _("Yes") if value else _("No")
        if isinstance(field, forms.ChoiceField):
            return str(_label_of(field, value))
        show = getattr(field, "show", str)
        return show(value) if value not in (None, "") else "–"


def _as_stored(value: object) -> object:
    """Browsers send line breaks as two characters; rows keep one."""
    return value.replace("\r\n", "\n") if isinstance(value, str) else value


def _label_of(field: forms.ChoiceField, value: object) -> object:
    wanted = "" if value is None else str(value)
    choices: Any = field.choices
    for key, label in choices:
        options = label if isinstance(label, list | tuple) else [(key, label)]
        for option, words in options:
            if str(option) == wanted:
                return words
    return wanted or "–"
