"""Codes, pasted or as a file, and why they are not to be sold."""

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _

from inventory.codes.table import MAX_BYTES
from inventory.services.drafts import Upload
from inventory.services.withdrawals import MAX_REASON, MIN_REASON

ACCEPTED = ".txt,.csv,.tsv,.xlsx,text/plain,text/csv"


class CodesForm(forms.Form):
    """One code per line in the text area, or a file."""

    codes = forms.CharField(
        label=_("Codes, one per line"),
        required=False,
        strip=False,
        help_text=_(
            "A code of several lines stands in quotation marks, as in a CSV file."
        ),
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
        label=_("or a file"),
        required=False,
        help_text=_("Excel (XLSX), CSV or plain text, up to 2 MB and 20,000 codes."),
        widget=forms.FileInput(attrs={"accept": ACCEPTED}),
    )

    def clean_file(self) -> UploadedFile | None:
        """The file; refuses what is too large before reading it."""
        file: UploadedFile | None = self.cleaned_data["file"]
        if file is not None and (file.size or 0) > MAX_BYTES:
            raise forms.ValidationError(_("The file is too large: 2 MB at most."))
        return file

    def upload(self) -> Upload:
        """What was pasted, or what the file holds."""
        file: UploadedFile | None = self.cleaned_data["file"]
        if file is None:
            return Upload(text=self.cleaned_data["codes"])
        return Upload(
            text=self.cleaned_data["codes"],
            content=file.read(),
            file_name=file.name or "",
        )


class ReasonForm(forms.Form):
    """Why an unsold code has to be opened, or an upload withdrawn."""

    reason = forms.CharField(
        label=_("Reason"),
        help_text=_("It stays in the change history, with your name."),
        min_length=MIN_REASON,
        max_length=MAX_REASON,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
