"""The Spanish of what patients read: whole, true to the English, in the tone of the house."""

from __future__ import annotations

import gettext
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.catalog import Message
from django.template.base import Lexer, TokenType

from config import catalogs
from webinars.announcement import INVITATION

PLACEHOLDER = re.compile(r"%(?:\(\w+\))?[a-zA-Z%]")
TAG = re.compile(r"<[^>]+>")
UNSEEN = re.compile(r'<style>.*?</style>|<!--.*?-->|<[^>]*>|[\w-]+="[^"]*"|&\w+;', re.DOTALL)
ATTRIBUTES = re.compile(r'(?:aria-label|alt|title|placeholder|content)="([^"]*)"')
SAID_TO_FRIENDS = re.compile(r"\b(tú|tu|tus|te|ti|contigo|vos|vosotros)\b", re.IGNORECASE)

NAMES = {"Outlook.com", "Office 365"}
MACHINE_WORDS = {
    "noindex", "light dark", "width=device-width, initial-scale=1",
    "website", "image/png", "summary_large_image",
}  # fmt: skip
# When all is broken no catalog may be there, so this page says everything in both languages.
BILINGUAL = "config/templates/500.html"
TEMPLATES = {path.as_posix() for path in catalogs.sources() if path.suffix != ".py"} - {BILINGUAL}


def messages() -> list[Message]:
    return [message for message in catalogs.known() if message.id]


def pairs(message: Message) -> Iterator[tuple[str, str]]:
    """English and Spanish: of one thing, and of many."""
    english = [message.id] if isinstance(message.id, str) else message.id
    spanish = [message.string] if isinstance(message.string, str) else message.string
    yield from zip(english, spanish, strict=True)


EVERY_PAIR = [pair for message in messages() for pair in pairs(message)]


def test_the_catalog_on_disk_is_what_extracting_would_write():
    assert catalogs.written(catalogs.renewed()) == catalogs.SPANISH.read_text(encoding="utf-8")


def test_every_text_that_patients_read_has_its_spanish():
    assert catalogs.untranslated(catalogs.renewed()) == []


@pytest.mark.parametrize("marks", [PLACEHOLDER, TAG], ids=["placeholders", "tags"])
def test_spanish_fills_in_the_same_things_as_english(marks):
    assert [
        (english, spanish)
        for english, spanish in EVERY_PAIR
        if sorted(marks.findall(english)) != sorted(marks.findall(spanish))
    ] == []


def test_nobody_is_shouted_at_in_either_language():
    loud = [english for english, spanish in EVERY_PAIR if re.search("[!¡]", english + spanish)]

    assert loud == [INVITATION]


def test_questions_are_opened_as_spanish_opens_them():
    assert [each for _, each in EVERY_PAIR if each.count("¿") != each.count("?")] == []


def test_patients_are_addressed_as_usted():
    assert [each for _, each in EVERY_PAIR if SAID_TO_FRIENDS.search(each)] == []


def test_spaces_at_the_ends_are_the_same_in_both_languages():
    def ends(text: str) -> tuple[int, int]:
        return len(text) - len(text.lstrip()), len(text) - len(text.rstrip())

    assert [pair for pair in EVERY_PAIR if ends(pair[0]) != ends(pair[1])] == []


def test_the_organizers_words_are_left_to_english():
    wanted = {message.id for message in catalogs.wanted()}

    assert "Save my place" in wanted
    assert "Draft" not in wanted
    assert "webinars/models.py" not in {path.as_posix() for path in catalogs.sources()}


@pytest.mark.parametrize("path", sorted(TEMPLATES))
def test_a_template_has_no_word_that_is_not_marked(path):
    assert bare_words((catalogs.PROJECT / path).read_text(encoding="utf-8")) == set()


def bare_words(template: str) -> set[str]:
    """What a template says in so many words: outside of its tags, and in attributes."""
    said, is_marked = "", False
    for token in Lexer(template).tokenize():
        if token.token_type == TokenType.BLOCK:
            is_marked = token.contents.startswith("blocktranslate")
        said += token.contents if token.token_type == TokenType.TEXT and not is_marked else "\n"
    said = said.replace("<!doctype html>", "")
    # A tag cut by a template tag within it is still one tag.
    lines = [*UNSEEN.sub("\n", said).splitlines(), *ATTRIBUTES.findall(said)]
    words = {line.strip() for line in lines if re.search("[A-Za-z]{2}", line)}
    return words - NAMES - MACHINE_WORDS


def test_texts_are_found_with_plural_context_and_note(tmp_path):
    template = tmp_path / "page.html"
    template.write_text(
        "{% if a %}<p>It's “{{ x }}” (:\n"
        "    {# Translators: on a button #}\n"
        '  {% translate "Go" context "verb" %}\n'
        "{% blocktranslate trimmed count n=n with name=x.name %}\n  {{ name }}: one\n"
        "{% plural %}\n  {{ name }}: {{ n }}, 100%\n{% endblocktranslate %}{% endif %}"
        '{{ y|default:_("none") }}'
    )

    assert list(catalogs.texts(template)) == [
        (3, "Go", ["Translators: on a button"], "verb"),
        (4, ("%(name)s: one", "%(name)s: %(n)s, 100%%"), [], None),
        (8, "none", [], None),
    ]


def test_extracting_keeps_translations_and_drops_what_is_gone(tmp_path, capsys):
    whole = catalogs.SPANISH.read_text(encoding="utf-8")
    po = tmp_path / "django.po"
    po.write_text(whole + '\nmsgid "We said this once"\nmsgstr "Esto lo dijimos una vez"\n')

    assert catalogs.extract(po) == 0
    assert po.read_text(encoding="utf-8") == whole


def test_extracting_says_which_texts_still_need_their_spanish(tmp_path, capsys):
    po = tmp_path / "django.po"
    whole = catalogs.SPANISH.read_text(encoding="utf-8")
    po.write_text(whole.replace('msgstr "Reservar mi lugar"', 'msgstr ""'))

    assert catalogs.extract(po) == 1
    assert capsys.readouterr().out.endswith(" texts, 1 without Spanish\n  Save my place\n")


def test_what_is_compiled_speaks_spanish(tmp_path):
    po = copy_of_the_catalog(tmp_path)

    catalogs.compile_catalog(po)

    with po.with_suffix(".mo").open("rb") as file:
        spanish = gettext.GNUTranslations(file)
    assert spanish.gettext("Save my place") == "Reservar mi lugar"
    assert spanish.ngettext("%(count)d day before", "%(count)d days before", 1) == (
        "%(count)d día antes"
    )
    assert spanish.ngettext("%(count)d day before", "%(count)d days before", 2) == (
        "%(count)d días antes"
    )
    assert [path.name for path in sorted(tmp_path.iterdir())] == ["django.mo", "django.po"]


def test_compiling_again_touches_nothing_until_the_catalog_changes(tmp_path):
    po = copy_of_the_catalog(tmp_path)
    mo = po.with_suffix(".mo")
    catalogs.compile_catalog(po)
    first = mo.stat().st_ino

    catalogs.compile_catalog(po)
    assert mo.stat().st_ino == first

    os.utime(po, ns=(mo.stat().st_mtime_ns + 1,) * 2)
    catalogs.compile_catalog(po)
    assert mo.stat().st_ino != first


def test_compiling_needs_no_settings_and_no_database():
    done = subprocess.run(
        [sys.executable, "-m", "config.catalogs", "compile"],
        cwd=catalogs.PROJECT,
        env={"PATH": os.defpath},
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, done.stderr) == (0, "")
    assert catalogs.SPANISH.with_suffix(".mo").exists()


def copy_of_the_catalog(folder: Path) -> Path:
    po = folder / "django.po"
    po.write_bytes(catalogs.SPANISH.read_bytes())
    return po
