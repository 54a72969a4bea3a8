"""What the demo's webinars say. Education in plain words, with no advice for one person and no
promise. When they take place is in `loading`, who comes is in `people`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from registrations.models import Question

Kind = Question.Kind

GOOD_TO_KNOW = (
    "<p><strong>Good to know.</strong> This talk is for learning. It cannot tell what causes your "
    "own pain, and it does not take the place of a visit to your doctor. Get medical help right "
    "away if your legs get weak, if you feel numb between your legs, or if you can no longer "
    "control your bladder or bowels.</p>"
)


class Asked(NamedTuple):
    """A question on the form."""

    text: str
    kind: Kind
    choices: tuple[str, ...] = ()
    is_required: bool = False


@dataclass(frozen=True, kw_only=True)
class Text:
    """One webinar's words. Speakers: name, role, about. Resources: title, address."""

    title: str
    calendar_title: str = "Online session"
    summary: str
    description: str
    dial_in: str = "1-800-555-0142, code 4821 337#"
    help_line: str = "1-800-555-0100, weekdays 8 am to 6 pm Eastern Time"
    language: str = "en"
    speakers: tuple[tuple[str, str, str], ...]
    resources: tuple[tuple[str, str], ...]
    questions: tuple[Asked, ...] = ()


SURGEON = (
    "Elena Marsh, MD",
    "Spine surgeon, Sacramento",
    "She sees people with low back and hip pain, and spends most visits on care without surgery.",
)
THERAPIST = (
    "Thomas Okafor, PT",
    "Physical therapist, Chicago",
    "He helps people find ways to move that they can keep up at home.",
)
NURSE = (
    "Joan Whitfield, RN",
    "Nurse in a spine clinic, Boston",
    "She helps people get ready for their visits.",
)
BACK_PAIN = ("Back pain: the basics (MedlinePlus)", "https://medlineplus.gov/backpain.html")
SI_JOINT_CARE = (
    "Sacroiliac joint pain: aftercare (MedlinePlus)",
    "https://medlineplus.gov/ency/patientinstructions/000610.htm",
)
BACK_PAIN_NIAMS = (
    "Back pain: causes and care (National Institutes of Health)",
    "https://www.niams.nih.gov/health-topics/back-pain",
)
BACK_PAIN_NHS = ("Back pain (NHS)", "https://www.nhs.uk/conditions/back-pain/")

NATIONAL = Text(
    title="When back pain comes from the SI joint",
    summary="A spine surgeon and a physical therapist explain what the SI joint does, how it is "
    "checked, and what kinds of care there are.",
    description="<p>You have two sacroiliac joints, or SI joints. They link the base of your spine "
    "to your hips. Pain from them is often felt low in the back, in the buttock or in the upper "
    "leg. It can feel like other kinds of back pain, so it can take time to find the cause.</p>"
    "<h3>What we will talk about</h3>"
    "<ul><li>What the SI joints are and what they do</li>"
    "<li>How a doctor checks where the pain may come from</li>"
    "<li>Care without surgery: exercise, physical therapy, medicine and shots</li>"
    "<li>When surgery is talked about, its risks, and what is not known yet</li>"
    "<li>Questions to take to your own doctor</li></ul>"
    "<p>You can send questions during the talk. You do not need a camera.</p>" + GOOD_TO_KNOW,
    speakers=(SURGEON, THERAPIST),
    resources=(SI_JOINT_CARE, BACK_PAIN_NIAMS),
    questions=(
        Asked(
            "Who is this talk for?",
            Kind.ONE,
            ("For me", "For somebody I care for", "I work in health care"),
            is_required=True,
        ),
        Asked(
            "What would you like to hear more about?",
            Kind.SEVERAL,
            ("How the cause is found", "Care without surgery", "Surgery and its risks"),
        ),
        Asked("Is this your first talk with us?", Kind.YES_NO),
    ),
)

MOVING = Text(
    title="Moving with low back pain: small steps for every day",
    summary="A physical therapist shows gentle ways to sit, stand, lift and rest, and tells when "
    "to ask for help.",
    description="<p>When your back hurts, it can be hard to know how much to move. We will look at "
    "daily things: getting out of bed, sitting, standing, lifting and walking.</p>"
    "<h3>What we will talk about</h3>"
    "<ul><li>Why staying active is safe for many people with low back pain</li>"
    "<li>How to start small, and how to tell that it is too much</li>"
    "<li>Ways to rest that are easier on your back</li>"
    "<li>When to call a doctor</li></ul>"
    "<p>What helps is not the same for everyone. Ask your doctor before you try new exercises, "
    "above all if you had surgery or are pregnant.</p>" + GOOD_TO_KNOW,
    speakers=(THERAPIST,),
    resources=(BACK_PAIN, BACK_PAIN_NHS),
)

SPANISH = Text(
    title="Dolor en la parte baja de la espalda: ¿puede ser la articulación sacroilíaca?",
    calendar_title="Sesión en línea",
    summary="Una médica explica qué es la articulación sacroilíaca, cómo se revisa y qué tipos de "
    "cuidado hay.",
    description="<p>Las dos articulaciones sacroilíacas unen la base de la columna con las "
    "caderas. Su dolor se siente a menudo en la parte baja de la espalda, en el glúteo o en el "
    "muslo. Se parece a otros dolores de espalda. Por eso puede tomar tiempo saber la causa.</p>"
    "<h3>De qué vamos a hablar</h3>"
    "<ul><li>Qué son estas articulaciones y qué hacen</li>"
    "<li>Cómo revisa el médico de dónde puede venir el dolor</li>"
    "<li>Cuidados sin cirugía: ejercicio, terapia física, medicinas e inyecciones</li>"
    "<li>Cuándo se habla de cirugía y cuáles son sus riesgos</li>"
    "<li>Preguntas para su propio médico</li></ul>"
    "<p>Puede mandar preguntas durante la charla. No necesita cámara.</p>"
    "<p><strong>Bueno saber.</strong> Esta charla es para aprender. No puede decir qué causa su "
    "dolor y no reemplaza una visita a su médico. Busque ayuda médica de inmediato si siente "
    "debilidad en las piernas, si no siente la zona entre las piernas o si ya no puede controlar "
    "la orina o el intestino.</p>",
    dial_in="1-800-555-0142, código 5930 218#",
    help_line="1-800-555-0111, de lunes a viernes, se habla español",
    language="es",
    speakers=(
        (
            "Lucía Ferrán, MD",
            "Médica de rehabilitación, San Antonio",
            "Atiende a personas con dolor de espalda y de cadera, en español y en inglés.",
        ),
    ),
    resources=(
        ("Dolor de espalda (MedlinePlus)", "https://medlineplus.gov/spanish/backpain.html"),
        (
            "Dolor de la articulación sacroilíaca: cuidados (MedlinePlus)",
            "https://medlineplus.gov/spanish/ency/patientinstructions/000610.htm",
        ),
    ),
    questions=(
        Asked(
            "¿Para quién es esta charla?",
            Kind.ONE,
            ("Para mí", "Para alguien a quien cuido", "Trabajo en salud"),
            is_required=True,
        ),
        Asked("¿Es su primera charla con nosotros?", Kind.YES_NO),
        Asked("¿Cómo supo de esta charla?", Kind.SHORT),
    ),
)

GROUP = Text(
    title="Ask a spine nurse: a small group",
    summary="A nurse takes your questions about back pain, in a group of four people.",
    description="<p>There are no slides. You ask, and the nurse answers. The group is small so "
    "that each of you has time.</p>"
    "<h3>What you can ask</h3>"
    "<ul><li>How to get ready for a visit or a test</li>"
    "<li>How to sleep, sit and lift with less pain</li>"
    "<li>Whom to call, and when</li></ul>"
    "<p>You can also just listen. You do not need a camera.</p>" + GOOD_TO_KNOW,
    speakers=(NURSE,),
    resources=(BACK_PAIN,),
)

DRAFT = Text(
    title="Your back pain visit: what to ask and what to bring",
    summary="A nurse shows how to get ready for a visit, so that the time is spent on what "
    "matters to you.",
    description="<p>A visit is short. A list helps. We will make one together.</p>"
    "<h3>What we will talk about</h3>"
    "<ul><li>How to tell where it hurts, and when</li>"
    "<li>What to write down in the week before</li>"
    "<li>What to ask about tests, medicine, shots and surgery</li>"
    "<li>How to ask for a second opinion</li></ul>" + GOOD_TO_KNOW,
    speakers=(NURSE,),
    resources=(BACK_PAIN_NIAMS,),
)

HELD = Text(
    title="What is the SI joint? A first look",
    summary="A short talk on where the SI joints are, what they do, and why they can hurt.",
    description="<p>This talk has taken place. You can watch the recording.</p>"
    "<ul><li>Where the SI joints are</li>"
    "<li>What they do when you walk, sit and stand</li>"
    "<li>Why their pain can be hard to tell from other back pain</li></ul>" + GOOD_TO_KNOW,
    speakers=(SURGEON,),
    resources=(SI_JOINT_CARE,),
)
