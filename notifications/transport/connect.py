"""Makes a connection to the relay: connect, secure, log in. It blocks, in a thread of its own."""

from __future__ import annotations

import smtplib
import socket
import ssl
from typing import NamedTuple

from django.conf import settings

from notifications.transport.answers import Misconfigured, RelayDown, brief

CONNECT_SECONDS = 10
GREETING_SECONDS = 30


class Connected(NamedTuple):
    """A connection that is ready for MAIL, and whether commands may go out together."""

    sock: socket.socket
    is_pipelining: bool


def connect() -> Connected:
    """Connect, secure and log in. Raises `RelayDown` and `Misconfigured`."""
    try:
        smtp = _ready(_greeted())
    except (smtplib.SMTPAuthenticationError, smtplib.SMTPNotSupportedError) as error:
        raise Misconfigured(brief(error)) from None
    except ssl.SSLCertVerificationError as error:
        raise Misconfigured(brief(error)) from None
    except (smtplib.SMTPException, OSError) as error:
        raise RelayDown(brief(error)) from None
    return Connected(_taken_from(smtp), smtp.has_extn("pipelining"))


def _taken_from(smtp: smtplib.SMTP) -> socket.socket:
    """The socket alone: smtplib's reader would keep it open."""
    if smtp.file is not None:
        smtp.file.close()
    return _socket(smtp)


def _greeted() -> smtplib.SMTP:
    """A connection whose greeting was heard. smtplib wants the host here: it checks its name."""
    address = (settings.EMAIL_HOST, settings.EMAIL_PORT)
    # A name of our own: smtplib would look one up in the DNS for each connection.
    us, patience = settings.SITE_HOST, CONNECT_SECONDS
    if settings.EMAIL_USE_SSL:
        context = ssl.create_default_context()
        return smtplib.SMTP_SSL(*address, local_hostname=us, timeout=patience, context=context)
    return smtplib.SMTP(*address, local_hostname=us, timeout=patience)


def _ready(smtp: smtplib.SMTP) -> smtplib.SMTP:
    try:
        # The body and its final dot go out apart; without this the dot waits for an ACK.
        _socket(smtp).setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        _socket(smtp).settimeout(GREETING_SECONDS)
        if settings.EMAIL_USE_TLS:
            smtp.starttls(context=ssl.create_default_context())
        if settings.EMAIL_HOST_USER:
            smtp.login(settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD)
        smtp.ehlo_or_helo_if_needed()
    except BaseException:
        smtp.close()
        raise
    return smtp


def _socket(smtp: smtplib.SMTP) -> socket.socket:
    if smtp.sock is None:
        raise RelayDown("connection lost")
    return smtp.sock
