"""The Spanish of everything that patients read: sources -> django.po -> django.mo.

`python -m config.catalogs extract` brings django.po up to date, `compile` writes what Django
reads. Babel alone does it: no gettext tools, no settings, no database. Organizers read English,
so their words are left out. Words for times are not here: `webinars.times` has its own.
"""

import os
import sys
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_file
from babel.messages.extract import extract as extract_from
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

PROJECT = Path(__file__).resolve().parent.parent
SPANISH = PROJECT / "config" / "locale" / "es" / "LC_MESSAGES" / "django.po"
ROOMS = ("config", "webinars", "registrations", "notifications")

# What only organizers and operators see: whole folders or modules by name, and single files.
NOT_FOR_PATIENTS = {"admin", "unfold", "management", "migrations", "models", "demo"}
ORGANIZERS_FORMS = {
    "config/settings.py",
    *(f"webinars/{name}.py" for name in ("forms", "inputs", "openings")),
}

KEYWORDS = {
    **DEFAULT_KEYWORDS,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext_lazy": (1, 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext_lazy": ((1, "c"), 2, 3),
}
NOTES = ["Translators:"]

# Babel's own header carries the date and its version: noise in every diff.
HEADER = (
    'msgid ""\n'
    'msgstr ""\n'
    '"Language: es\\n"\n'
    '"MIME-Version: 1.0\\n"\n'
    '"Content-Type: text/plain; charset=utf-8\\n"\n'
    '"Content-Transfer-Encoding: 8bit\\n"\n'
    '"Plural-Forms: nplurals=2; plural=(n != 1);\\n"\n\n'
)


def sources() -> list[Path]:
    """The files whose words patients read, relative to the project, in a fixed order."""
    files = (path for room in ROOMS for path in (PROJECT / room).rglob("*.*"))
    relative = (path.relative_to(PROJECT) for path in files)
    return sorted(path for path in relative if _has_words(path) and _is_for_patients(path))


def _has_words(path: Path) -> bool:
    is_template = path.suffix in {".html", ".txt"} and "templates" in path.parts
    return is_template or path.suffix == ".py"


def _is_for_patients(path: Path) -> bool:
    names = {*path.parent.parts, path.stem}
    return not names & NOT_FOR_PATIENTS and path.as_posix() not in ORGANIZERS_FORMS


def wanted() -> Catalog:
    """Every text that is marked for translation, without translations."""
    catalog = Catalog()
    for path in sources():
        for line, text, notes, context in texts(path):
            place = (path.as_posix(), line)
            catalog.add(text, locations=[place], auto_comments=notes, context=context)
    return catalog


def texts(path: Path) -> Iterator[tuple[int, str | tuple[str, ...], list[str], str | None]]:
    """Each marked text of a file (singular and plural, where there are two).

    Line, text, notes for translators, context.
    """
    if path.suffix == ".py":
        yield from extract_from_file("python", PROJECT / path, KEYWORDS, NOTES)
        return
    code = templatize((PROJECT / path).read_text(encoding="utf-8"), origin=path.as_posix())
    # What is left of the template around the calls has no sense as Python, nor its indentation.
    flat = "\n".join(line.strip() for line in code.splitlines())
    yield from extract_from("python", BytesIO(flat.encode()), KEYWORDS, NOTES)


def known(po: Path = SPANISH) -> Catalog:
    """The catalog as it is on disk."""
    with po.open("rb") as file:
        return read_po(file, locale="es")


def renewed(po: Path = SPANISH) -> Catalog:
    """The catalog on disk with every wanted text and no other; what is new has no translation."""
    catalog = known(po)
    catalog.update(wanted(), no_fuzzy_matching=True)
    return catalog


def written(catalog: Catalog) -> str:
    """The .po file: by file and place in it, without dates, line numbers and past texts."""
    body = BytesIO()
    write_po(
        body,
        catalog,
        width=100,
        omit_header=True,
        sort_by_file=True,
        ignore_obsolete=True,
        include_lineno=False,
    )
    return HEADER + body.getvalue().decode().rstrip() + "\n"


def untranslated(catalog: Catalog) -> list[str]:
    """The texts that have no Spanish yet, or a doubtful one."""
    return [_singular(each.id) for each in catalog if each.id and _is_open(each)]


def _is_open(message: Message) -> bool:
    said = [message.string] if isinstance(message.string, str) else message.string
    return message.fuzzy or not said or not all(said)


def _singular(text: str | tuple[str, ...] | list[str]) -> str:
    return text if isinstance(text, str) else text[0]


def extract(po: Path = SPANISH) -> int:
    """Bring the .po file up to date; how many texts still need a translation."""
    catalog = renewed(po)
    po.write_text(written(catalog), encoding="utf-8")
    missing = untranslated(catalog)
    lines = [f"{len(catalog)} texts, {len(missing)} without Spanish", *missing]
    sys.stdout.write("\n  ".join(lines) + "\n")
    return len(missing)


def compile_catalog(po: Path = SPANISH) -> None:
    """Write the .mo file beside it, unless that is newer than the .po file."""
    mo = po.with_suffix(".mo")
    if mo.exists() and mo.stat().st_mtime_ns > po.stat().st_mtime_ns:
        return
    # Whoever reads meanwhile, or compiles too, finds the old file or the new one, both whole.
    fresh = mo.with_name(f"{po.stem}.{os.getpid()}.mo")
    with fresh.open("wb") as file:
        write_mo(file, known(po))
    fresh.replace(mo)


def main(act: str) -> int:
    """0 when done; 1 when texts still need a translation, 2 for an unknown act."""
    if act == "extract":
        return 1 if extract() else 0
    if act == "compile":
        compile_catalog()
        return 0
    sys.stderr.write("python -m config.catalogs extract|compile\n")
    return 2


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:2] or [""]))
