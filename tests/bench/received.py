"""What the sink kept: read, parsed, and compared with the rows that say it was sent."""

from __future__ import annotations

import email
import email.policy
import hashlib
from pathlib import Path

from notifications.models import Delivery


def messages(file: Path) -> list[bytes]:
    """The octets of each message, without the dots that the wire adds (RFC 5321 4.5.2)."""
    octets, found, at = file.read_bytes(), [], 0
    while at < len(octets):
        line_end = octets.index(b"\n", at)
        begin = line_end + 1
        at = begin + int(octets[at:line_end])
        found.append(_unstuffed(octets[begin:at]))
    return found


def compare_with_rows(mails: list[bytes]) -> None:
    """Each parses without a defect, to its person, as often and exactly as its row says."""
    rows = Delivery.objects.filter(state=Delivery.State.SENT).select_related("registration")
    hashes = {row.message_id: (row.sha256, row.registration.email) for row in rows}
    found = {}
    for octets in mails:
        message = email.message_from_bytes(octets, policy=email.policy.default)
        defects = [defect for part in message.walk() for defect in part.defects]
        if defects or not message.is_multipart():
            raise AssertionError(f"a message does not parse: {defects}")
        digest = hashlib.sha256(octets).hexdigest()
        found[message["Message-ID"]] = (digest, message["To"].addresses[0].addr_spec)
    if found != hashes or len(found) != len(mails):
        raise AssertionError("the sink has something else than the rows say")


def _unstuffed(octets: bytes) -> bytes:
    plain = octets.replace(b"\r\n..", b"\r\n.")
    return plain[1:] if plain.startswith(b"..") else plain
