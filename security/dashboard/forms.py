"""What people type on the pages about their own account."""

import json
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

LONGEST_ANSWER = 20_000


class CodeForm(forms.Form):
    """The app's six digits, or an emergency code."""

    code = forms.CharField(
        label=_("Code"),
        max_length=20,
        widget=forms.TextInput(
            attrs={
                "autocomplete": "one-time-code",
                "autocapitalize": "none",
                "spellcheck": "false",
                "autofocus": True,
            }
        ),
    )


class AppCodeForm(CodeForm):
    """The first code of a new app."""

    code = forms.CharField(
        label=_("The six digits your app shows"),
        max_length=12,
        widget=forms.TextInput(
            attrs={"autocomplete": "one-time-code", "inputmode": "numeric"}
        ),
    )


class PasskeyForm(forms.Form):
    """A passkey's answer, written by the page's script."""

    answer = forms.CharField(max_length=LONGEST_ANSWER, widget=forms.HiddenInput)

    def clean_answer(self) -> dict[str, Any]:
        """The answer as an object."""
        try:
            answer = json.loads(self.cleaned_data["answer"])
        except (ValueError, RecursionError):
            answer = None
        if not isinstance(answer, dict):
            raise ValidationError(
                _("This passkey could not be read. Please try again.")
            )
        return answer


class NewPasskeyForm(PasskeyForm):
    """A new passkey and what its owner calls it."""

    name = forms.CharField(
        label=_("Name of this passkey"),
        help_text=_("For instance “My phone”, so that you know later which one it is."),
        max_length=60,
    )
