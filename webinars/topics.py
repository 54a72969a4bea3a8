"""Whether words name what a webinar is about: then they may stand in no email and no calendar.

Compared without case, accents and a plural's s. What any session may be called is no topic.
"""

from __future__ import annotations

import re
import unicodedata

from webinars.models import Webinar

WORD = re.compile(r"\w+")
SHORTEST, LONGEST_ABBREVIATION = 3, 4


def named_topic(webinar: Webinar, text: str) -> str:
    """The first word of the text that names the webinar's topic, as it is written; else empty."""
    said = WORD.findall(f"{webinar.title} {webinar.announced_as}")
    topic = {_folded(word) for word in said if len(word) >= SHORTEST} - COMMON
    abbreviations = {word for word in said if _is_abbreviation(word)}
    words = WORD.findall(text)
    return next((each for each in words if _folded(each) in topic or each in abbreviations), "")


def _folded(word: str) -> str:
    """ "Cirugías" -> "cirugia"."""
    decomposed = unicodedata.normalize("NFKD", word.casefold())
    plain = "".join(sign for sign in decomposed if not unicodedata.combining(sign))
    return plain.removesuffix("s")


def _is_abbreviation(word: str) -> bool:
    """ "SI" or "MS", which small letters would make another word."""
    return 1 < len(word) <= LONGEST_ABBREVIATION and word.isalpha() and word.isupper()


# What a session of any topic may be called by.
COMMON_WORDS = """
    about after all and answers any appointment are ask before begin can chat come day does each
    evening event every expert first for free from get good guide has have help here hour how into
    join know learn life live make many meeting more most national new not now online our out
    patient people please question remember session should starts steps talk than that the their
    them then there they this time today together tomorrow use was webinar week welcome what when
    where which who why will with without work year you your

    ahora algo ante antes aprender ayuda bien bienvenido cada charla cita como con conocer cosas
    cual cuando de del desde después día donde ella ellos encuentro entre era esa ese eso está esta
    este esto evento experto gente guía hablar hacer hasta hay hora hoy las línea los más mañana
    mes mucho muy nacional nosotros nuestra nuestro nueva nuevo otra otro paciente pasos para pero
    persona poco por porque preguntas primer puede que quién recordar respuestas reunión saber
    según semana ser sesión sin sobre son sus también tiempo tiene todo tras tus una unos usted vida
    vivo
"""
COMMON = frozenset(map(_folded, WORD.findall(COMMON_WORDS)))
