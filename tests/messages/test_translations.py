"""Everything that people read exists in Indonesian, and the compiled file is fresh."""

import gettext
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "locale" / "id" / "LC_MESSAGES"
IGNORED = ("tests", "locale")
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%[sd]|\{\w+\}")


def read_catalog(text: str) -> Iterator[dict[str, str]]:
    """The entries of a catalog: `msgid`, `msgid_plural`, `msgstr`, `flags`, …"""
    for block in text.split("\n\n"):
        entry: dict[str, str] = {"flags": ""}
        key = ""
        for line in block.splitlines():
            if line.startswith("#~"):
                break
            if line.startswith("#,"):
                entry["flags"] += line
            elif not line.startswith("#") and '"' in line:
                if not line.startswith('"'):
                    key = line.split()[0].removesuffix("[0]")
                    entry[key] = ""
                quoted = line[line.index('"') + 1 : line.rindex('"')]
                entry[key] += quoted
        if entry.get("msgid"):
            yield entry


@pytest.fixture(scope="module")
def entries() -> list[dict[str, str]]:
    return list(read_catalog((FOLDER / "django.po").read_text()))


def test_every_entry_is_translated(entries):
    assert len(entries) > 300
    missing = [entry["msgid"] for entry in entries if not entry["msgstr"]]
    unsure = [entry["msgid"] for entry in entries if "fuzzy" in entry["flags"]]

    assert missing == []
    assert unsure == []


def test_translations_keep_the_placeholders(entries):
    for entry in entries:
        wanted = {*PLACEHOLDER.findall(entry["msgid"])} | {
            *PLACEHOLDER.findall(entry.get("msgid_plural", ""))
        }
        given = {*PLACEHOLDER.findall(entry["msgstr"])}
        assert given <= wanted, entry["msgid"]
        assert wanted - given <= {"%(count)d"}, entry["msgid"]


def test_the_compiled_catalog_says_the_same(entries):
    with (FOLDER / "django.mo").open("rb") as compiled:
        catalog = gettext.GNUTranslations(compiled)

    stale = []
    for entry in entries:
        wanted = unquoted(entry["msgstr"])
        source = unquoted(entry["msgid"])
        if "msgctxt" in entry:
            said = catalog.pgettext(unquoted(entry["msgctxt"]), source)
        elif "msgid_plural" in entry:
            said = catalog.ngettext(source, unquoted(entry["msgid_plural"]), 2)
        else:
            said = catalog.gettext(source)
        if said != wanted:
            stale.append(source)

    assert stale == []


def unquoted(text: str) -> str:
    return (
        text.replace(r"\\", "\0")
        .replace(r"\n", "\n")
        .replace(r"\"", '"')
        .replace(r"\t", "\t")
        .replace("\0", "\\")
    )


@pytest.mark.skipif(not shutil.which("xgettext"), reason="gettext is not installed")
def test_the_catalog_knows_every_text_of_the_code(entries, tmp_path):
    files = [path for path in ROOT.rglob("*.py") if is_ours(path)]
    for number, page in enumerate(filter(is_ours, ROOT.rglob("*.html"))):
        file = tmp_path / f"{number}.py"
        file.write_text(templatize(page.read_text(), origin=str(page)))
        files.append(file)

    in_code = {entry["msgid"] for entry in read_catalog(extracted(files))}

    assert len(in_code) > 300
    assert in_code - {entry["msgid"] for entry in entries} == set()


def is_ours(path: Path) -> bool:
    top = path.relative_to(ROOT).parts[0]
    return top not in IGNORED and not top.startswith(".")


def extracted(files: list[Path]) -> str:
    keywords = ("gettext_lazy", "ngettext_lazy:1,2", "pgettext_lazy:1c,2", "_")
    return subprocess.run(
        [
            "xgettext",
            "--language=Python",
            "--from-code=UTF-8",
            "--output=-",
            "--no-location",
            "--keyword=gettext_noop",
            *(f"--keyword={keyword}" for keyword in keywords),
            *map(str, files),
        ],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
