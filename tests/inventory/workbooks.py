"""XLSX packages of our own making, right ones and hostile ones."""

import io
import zipfile
from html import escape

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
LINKS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
SHEET = "xl/worksheets/sheet1.xml"
STRINGS = "xl/sharedStrings.xml"


def text(place: str, value: str) -> str:
    """A cell with a text."""
    inner = escape(value).replace("\n", "&#10;")
    return (
        f'<c r="{place}" t="inlineStr"><is><t xml:space="preserve">{inner}</t></is></c>'
    )


def number(place: str, value: str, *, style: int = 0) -> str:
    """A cell with a number as the file writes it; style 1 shows a date."""
    return f'<c r="{place}" s="{style}"><v>{value}</v></c>'


def rows(*cells_of_rows: str) -> str:
    """Rows one below the other."""
    return "".join(
        f'<row r="{place}">{cells}</row>'
        for place, cells in enumerate(cells_of_rows, start=1)
    )


def column(*values: str) -> str:
    """One text below the other."""
    return rows(*(text(f"A{place}", value) for place, value in enumerate(values, 1)))


def parts(body: str, *, more: dict[str, str] | None = None) -> dict[str, str]:
    """The parts of a package with one sheet."""
    return {
        "[Content_Types].xml": f'<Types xmlns="{PACKAGE}/content-types"/>',
        "_rels/.rels": _links(
            f'Type="{LINKS}/officeDocument" Target="xl/workbook.xml"'
        ),
        "xl/workbook.xml": workbook("Sheet1"),
        "xl/_rels/workbook.xml.rels": _links(
            f'Type="{LINKS}/worksheet" Target="worksheets/sheet1.xml"',
            f'Type="{LINKS}/sharedStrings" Target="sharedStrings.xml"',
            f'Type="{LINKS}/styles" Target="styles.xml"',
        ),
        "xl/styles.xml": (
            f'<styleSheet xmlns="{MAIN}"><cellXfs><xf numFmtId="0"/>'
            '<xf numFmtId="14"/></cellXfs></styleSheet>'
        ),
        STRINGS: f'<sst xmlns="{MAIN}"/>',
        SHEET: sheet(body),
        **(more or {}),
    }


def sheet(body: str) -> str:
    return f'<worksheet xmlns="{MAIN}"><sheetData>{body}</sheetData></worksheet>'


def workbook(*sheet_names: str, hidden: tuple[str, ...] = ()) -> str:
    sheets = "".join(
        f'<sheet name="{name}" sheetId="{place}" r:id="rId{place}"'
        f"{' state=' + chr(34) + 'hidden' + chr(34) if name in hidden else ''}/>"
        for place, name in enumerate(sheet_names, start=1)
    )
    names = f'xmlns="{MAIN}" xmlns:r="{LINKS}"'
    return f"<workbook {names}><sheets>{sheets}</sheets></workbook>"


def links_to(*sheets: str) -> str:
    """The relations of a workbook with these sheets alone."""
    return _links(*(f'Type="{LINKS}/worksheet" Target="{each}"' for each in sheets))


def _links(*relations: str) -> str:
    inner = "".join(
        f'<Relationship Id="rId{place}" {relation}/>'
        for place, relation in enumerate(relations, start=1)
    )
    return f'<Relationships xmlns="{PACKAGE}/relationships">{inner}</Relationships>'


def pack(package: dict[str, str]) -> bytes:
    """The package as a file."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, part in package.items():
            archive.writestr(name, part)
    return packed.getvalue()


def book(body: str, *, more: dict[str, str] | None = None) -> bytes:
    """A workbook whose only sheet has this body."""
    return pack(parts(body, more=more))
