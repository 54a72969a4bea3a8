"""How many years of school a text asks for.

English: Flesch and Kincaid's grade (1975); 6.9 is the ninth month of the sixth. Spanish: Fernández
Huerta's ease (1959, with words for each sentence), which from 70 on is the sixth grade's by his
own table. Both count words, sentences and syllables alone: what passes is short and plain.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import NamedTuple

from tests.patient import syllables

SENTENCE_END = re.compile(r"(?<=[.?!:])[\"”’)]*\s+")
WORD = re.compile(r"[^\W_]+(?:['’.-][^\W_]+)*")
HALF_OF_A_DAY = re.compile(r"\b([ap])\.\s?m\.")
SYLLABLES: dict[str, Callable[[str], int]] = {"en": syllables.english, "es": syllables.spanish}
# From which ease on it is which grade: Fernández Huerta's table.
GRADES = {90: 4, 80: 5, 70: 6, 60: 8, 50: 10, 30: 12, -1000: 16}


class Counts(NamedTuple):
    """Of a text."""

    sentences: int
    words: int
    syllables: int


def grade(blocks: Iterable[str], language: str) -> float:
    """Of these blocks together; each ends its last sentence."""
    counts = count(blocks, language)
    by_sentence, by_word = counts.words / counts.sentences, counts.syllables / counts.words
    if language == "en":
        return 0.39 * by_sentence + 11.8 * by_word - 15.59
    ease = 206.84 - 60 * by_word - 1.02 * by_sentence
    return next(grade for least, grade in GRADES.items() if ease >= least)


def count(blocks: Iterable[str], language: str) -> Counts:
    found = [sentence for block in blocks for sentence in sentences(block)]
    words = [word for sentence in found for word in WORD.findall(sentence)]
    return Counts(len(found), len(words), sum(map(SYLLABLES[language], words)))


def sentences(block: str) -> list[str]:
    """Each with a word at least."""
    whole = HALF_OF_A_DAY.sub(r"\1m", block)
    return [each for each in SENTENCE_END.split(whole) if WORD.search(each)]
