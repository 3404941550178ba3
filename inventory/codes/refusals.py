"""Why a file or a pasted text is refused as a whole: nothing of it is stored."""

from django.utils.translation import gettext_lazy as _

from ppob.kit.errors import InvalidInput


class TooMuchText(InvalidInput):
    """The text is longer than one upload may be."""

    code = "TOO_MUCH_TEXT"


class BrokenQuotes(InvalidInput):
    """A quoted cell does not end as it should; `line_no` is where its row begins."""

    code = "BROKEN_QUOTES"

    def __init__(self, line_no: int, *, field: str = "") -> None:
        self.line_no = line_no
        sentence = _(
            "Line %(line)s opens a quotation mark that is not closed before the next"
            " cell or line. Nothing was stored. Close it, or write it twice if it"
            " belongs to the code."
        ) % {"line": line_no}
        super().__init__(sentence, field=field)


class NotAList(InvalidInput):
    """The file is something else than text or a workbook; the sentence says what."""

    code = "NOT_A_LIST"
