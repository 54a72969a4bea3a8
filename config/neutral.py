"""No private template prints a word of a sensitive webinar's topic, whoever wrote it.

Emails and private pages name a webinar by `discreet_title`, which the reader may have chosen to be
the full one. Its own title, summary and speakers are for the announcement and the public page.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from django.core.checks import CheckMessage, Error, register
from django.template import engines
from django.template.base import FilterExpression, Node, NodeList, TokenType, Variable
from django.template.base import Template as Parsed
from django.template.loader_tags import IncludeNode
from django.templatetags.i18n import BlockTranslateNode

PROJECT = Path(__file__).resolve().parent.parent
EMAILS = "notifications/email"
PAGES = "registrations"

# Pages for everybody; whatever else is in their folder is private. Parts ("_when.html") are
# checked with the pages that include them.
PUBLIC = {f"{PAGES}/{name}" for name in ("home.html", "webinar.html", "send_link.html")}

# What tells the topic, wherever it stands in a name: `webinar.title`, `webinar.speakers.all`.
TELLING = {"announced_as", "announcement", "description", "resources", "series", "speakers",
           "summary", "title", "topic"}  # fmt: skip
# And rows whose words are their title.
NAMED_BY_TITLE = {"webinar", "revision", "item"}


@register
def private_templates_are_neutral(app_configs: Any, **kwargs: Any) -> Sequence[CheckMessage]:
    """Refuses a template that would put the topic into a subject, an email or a private page."""
    return [
        Error(
            f"{name} prints {{{{ {variable} }}}}, which may name what the webinar is about.",
            hint="Emails and private pages may say discreet_title only.",
            id="webinars.E008",
        )
        for name in private_templates()
        for variable in telling(_loaded(name))
    ]


def private_templates() -> list[str]:
    """The names of the templates of emails and of private pages."""
    return sorted([*_in("notifications", EMAILS, "**/*.*"), *_pages()])


def _pages() -> set[str]:
    pages = _in("registrations", PAGES, "*.html") - PUBLIC
    return {name for name in pages if not Path(name).name.startswith("_")}


def _in(app: str, folder: str, pattern: str) -> set[str]:
    root = PROJECT / app / "templates"
    return {path.relative_to(root).as_posix() for path in (root / folder).glob(pattern)}


def _loaded(name: str) -> Parsed:
    """The one that would be rendered: another's, where one comes before ours."""
    parsed: Parsed = engines["django"].engine.get_template(name)  # type: ignore[attr-defined]
    return parsed


def telling(template: Parsed, seen: frozenset[str] = frozenset()) -> list[str]:
    """The names of what it prints, itself or by its parts, that may name the topic."""
    found = []
    for node in template.nodelist.get_nodes_by_type(Node):
        found += [name for name in _printed(node) if _is_telling(name)]
        part = _part(node)
        if part and part not in seen:
            found += telling(_loaded(part), seen | {part})
    return list(dict.fromkeys(found))


def _part(node: Node) -> str:
    """The template that it includes, where it is always the same."""
    if not isinstance(node, IncludeNode) or isinstance(node.template.var, Variable):
        return ""
    return str(node.template.var)


def _printed(node: Node) -> Iterator[str]:
    """The names that a tag takes anything from. What it only compares ({% if %}) is not printed."""
    for value in vars(node).values():
        for expression in _expressions(value):
            yield from _named(expression)
    if isinstance(node, BlockTranslateNode):
        bound = {*node.extra_context, node.countervar}
        tokens = [*node.singular, *node.plural]
        names = (token.contents for token in tokens if token.token_type == TokenType.VAR)
        yield from (name for name in names if name not in bound)


def _expressions(value: object) -> Iterator[FilterExpression]:
    if isinstance(value, FilterExpression):
        yield value
    elif isinstance(value, dict):
        yield from (each for each in value.values() if isinstance(each, FilterExpression))
    elif isinstance(value, list | tuple) and not isinstance(value, NodeList):
        yield from (each for each in value if isinstance(each, FilterExpression))


def _named(expression: FilterExpression) -> Iterator[str]:
    """What it is made of: the variable, and those that its filters take."""
    given = (each for _filter, arguments in expression.filters for _is_name, each in arguments)
    for each in (expression.var, *given):
        if isinstance(each, Variable) and each.lookups:  # else it is written out
            yield str(each)


def _is_telling(name: str) -> bool:
    parts = name.split(".")
    return bool(TELLING & {*parts}) or parts[-1] in NAMED_BY_TITLE
