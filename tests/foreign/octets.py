"""RFC 5545's rules for raw octets, checked without any parser."""

from __future__ import annotations

import re


def content_lines(octets: bytes) -> list[str]:
    """The unfolded lines of a file that keeps to RFC 5545 3.1; AssertionError where it does not."""
    assert octets.endswith(b"\r\n")
    physical = octets[:-2].split(b"\r\n")
    for line in physical:
        assert 0 < len(line) <= 75, line
        assert not re.search(rb"[\x00-\x08\x0a-\x1f\x7f]", line), line
        assert line.decode().strip(" "), line  # whole characters, and not a blank line
    lines = octets.decode().replace("\r\n ", "").removesuffix("\r\n").split("\r\n")
    for line in lines:
        assert re.match(r"[A-Z-]+[;:]", line), line
    return lines


def properties(octets: bytes) -> list[tuple[str, str]]:
    """Every line as (name with its parameters, raw value), in the file's order."""
    return [_parts(line) for line in content_lines(octets)]


def values(octets: bytes, name: str) -> list[str]:
    """The raw values of every property of this name, the alarm's included."""
    return [value for head, value in properties(octets) if head.split(";")[0] == name]


def text(raw: str) -> str:
    """A TEXT value without its escapes (RFC 5545 3.3.11), which must be those four only."""
    assert not re.search(r"(?<!\\)(\\\\)*\\[^\\;,n]", raw), raw
    assert not re.search(r"(?<!\\)(\\\\)*[;,]", raw), raw
    return re.sub(r"\\(.)", lambda escape: {"n": "\n"}.get(escape[1], escape[1]), raw)


def _parts(line: str) -> tuple[str, str]:
    found = re.fullmatch(r'((?:"[^"]*"|[^":])*):(.*)', line)
    assert found, line
    return found[1], found[2]
