"""Codes, pasted or as a text file."""

from django import forms
from django.utils.translation import gettext_lazy as _

from inventory.services.imports import MAX_BYTES


class CodesForm(forms.Form):
    """One code per line, in the text area or in a file."""

    codes = forms.CharField(
        label=_("Codes, one per line"),
        required=False,
        strip=False,
        widget=forms.Textarea(
            attrs={
                "class": "codes-input",
                "data-codes": "",
                "spellcheck": "false",
                "autocomplete": "off",
                "autocapitalize": "off",
            }
        ),
    )
    file = forms.FileField(
        label=_("or a text file"),
        required=False,
        help_text=_("Plain text or CSV, one code per line, up to 2 MB."),
        widget=forms.FileInput(attrs={"accept": ".txt,.csv,text/plain,text/csv"}),
    )

    def clean_file(self) -> str:
        """The text of the file; refuses what is too large before reading it."""
        file = self.cleaned_data["file"]
        if file is None:
            return ""
        if file.size > MAX_BYTES:
            raise forms.ValidationError(_("The file is too large: 2 MB at most."))
        content: bytes = file.read()
        if content.startswith((b"\xff\xfe", b"\xfe\xff")):
            return content.decode("utf-16", errors="replace")
        return content.decode("utf-8-sig", errors="replace")

    def text(self) -> str:
        """What was pasted, then what the file holds."""
        parts = [self.cleaned_data["codes"], self.cleaned_data["file"]]
        return "\n".join(part for part in parts if part)
