"""The keys of a provider as form fields, as its spec asks for them."""

from collections.abc import Callable, Iterable
from typing import TypeVar

from django import forms
from django.http import Http404
from django.utils.translation import gettext_lazy as _

from ppob.kit.providers import Mode, ProviderSpec

Spec = TypeVar("Spec", bound=ProviderSpec)

MODE_WORDS = {
    Mode.LIVE: _("Real money (production keys)"),
    Mode.TEST: _("Test (sandbox keys)"),
}


def key_fields(spec: ProviderSpec, *, is_required: bool) -> dict[str, forms.Field]:
    """A field for each key of a provider, by its name."""
    return {
        key.name: forms.CharField(
            label=key.label,
            help_text=key.hint,
            max_length=key.most,
            required=is_required,
            widget=(forms.PasswordInput if key.is_secret else forms.TextInput)(
                attrs={"autocomplete": "off"}
            ),
        )
        for key in spec.keys
    }


def find_offered(
    specs: Iterable[Spec], code: str, modes_of: Callable[[Spec], list[Mode]]
) -> tuple[Spec, list[Mode]]:
    """The provider of this code and the modes it can be used in here, or Http404."""
    for spec in specs:
        modes = modes_of(spec)
        if spec.code == code and modes:
            return spec, modes
    raise Http404


class KeysMixin:
    """A form with a provider's keys; `spec` says which they are."""

    spec: ProviderSpec
    fields: dict[str, forms.Field]

    @property
    def open_keys(self) -> list[forms.BoundField]:
        """The fields for what names the account, where the form asks for it."""
        return self._bound(is_secret=False)

    @property
    def secret_keys(self) -> list[forms.BoundField]:
        """The fields for what is sealed and never shown again."""
        return self._bound(is_secret=True)

    def _bound(self, *, is_secret: bool) -> list[forms.BoundField]:
        names = [key.name for key in self.spec.keys if key.is_secret is is_secret]
        return [self[name] for name in names if name in self.fields]  # type: ignore[index]
