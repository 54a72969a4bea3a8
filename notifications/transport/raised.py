"""What a Django email backend raises -> an answer. UNKNOWN wherever the message may be out.

Told apart by the names of classes: the services' libraries wrap each other's errors, anymail makes
classes on the fly, and whoever sends by SMTP need not load them.
"""

from __future__ import annotations

import re
import smtplib
from collections.abc import Iterator
from dataclasses import dataclass
from traceback import walk_tb

from notifications.transport.answers import Answer, Verdict, brief, line, verdict

# Nothing of the message has gone out (urllib3's names also stand below requests and botocore).
NOT_SENT = {"ConnectionRefusedError", "gaierror", "NewConnectionError", "ConnectTimeoutError"}
NOT_SENT |= {"ProxyError", "SMTPConnectError", "SMTPHeloError"}
# No message will pass before somebody changes a setting.
SETTINGS = {"ImproperlyConfigured", "AnymailUnsupportedFeature", "SSLCertVerificationError"}
SETTINGS |= {"CertificateError", "InvalidURL", "InvalidSchema", "MissingSchema"}
SETTINGS |= {"NoCredentialsError", "PartialCredentialsError", "CredentialRetrievalError"}
SETTINGS |= {"SMTPAuthenticationError", "SMTPNotSupportedError"}
# It is this message.
REFUSED = {"AnymailRecipientsRefused", "AnymailInvalidAddress", "AnymailSerializationError"}
REFUSED |= {"ParamValidationError"}

# What Amazon SES says with status 400 (API reference v2, SendEmail, and "Common Errors").
BUSY = {"LimitExceededException", "Throttling", "ThrottlingException", "TooManyRequestsException"}
CLOSED = {"AccessDeniedException", "AccountSuspendedException", "SendingPausedException"}
CLOSED |= {"MailFromDomainNotVerifiedException", "NotAuthorized", "OptInRequired"}
CLOSED |= {"IncompleteSignature", "RequestExpired"}
NOT_VERIFIED = "Email address is not verified"  # the start of a MessageRejected's words

NOBODY_IN = {401, 402, 403, 404, 405, 407}  # our key, our account, our URL
LATER = {408, 429}
WORD = re.compile(r"\A[A-Za-z.]{1,60}\Z")


@dataclass(frozen=True, slots=True)
class Reply:
    """An HTTP answer: its status, the service's word for what is wrong, and what it asks for."""

    status: int
    word: str = ""
    is_about_us: bool = False
    comes_back: bool = False

    @property
    def verdict(self) -> Verdict:
        """A 5xx may come from a gateway behind which the message is on its way all the same."""
        if self.is_about_us or self.status in NOBODY_IN or 300 <= self.status < 400:
            return Verdict.MISCONFIGURED
        if self.word in BUSY or self.status in LATER or (self.status == 503 and self.comes_back):
            return Verdict.RELAY_DOWN
        return Verdict.REFUSED if 400 <= self.status < 500 else Verdict.UNKNOWN


def answer(error: BaseException) -> Answer:
    """What became of a message whose sending raised this. Its text names no address."""
    if isinstance(error, smtplib.SMTPException) and (said := _smtp(error)):
        return said
    if reply := _reply(error):
        return Answer(reply.verdict, reply.status, f"{reply.status} {reply.word}".strip())
    chain = list(_chain(error))
    return Answer(_verdict(chain), text=brief(chain[-1]))


def before(error: BaseException) -> Answer:
    """The same where only a connection was asked for: nothing can have gone out."""
    said = answer(error)
    if said.verdict in (Verdict.RELAY_DOWN, Verdict.MISCONFIGURED):
        return said
    is_network = any(isinstance(each, OSError) for each in _chain(error))
    return Answer(Verdict.RELAY_DOWN if is_network else Verdict.MISCONFIGURED, text=said.text)


def is_unsupported(error: BaseException) -> bool:
    """Whether anymail refused it unsent, for a part that the service's API has no place for."""
    return "AnymailUnsupportedFeature" in _names([error])


def _verdict(chain: list[BaseException]) -> Verdict:
    names = _names(chain)
    if names & SETTINGS:
        return Verdict.MISCONFIGURED
    if names & NOT_SENT or any(map(_is_handshake, chain)):
        return Verdict.RELAY_DOWN
    return Verdict.REFUSED if names & REFUSED else Verdict.UNKNOWN


def _smtp(error: smtplib.SMTPException) -> Answer | None:
    match error:
        case smtplib.SMTPRecipientsRefused():
            code, text = next(iter(error.recipients.values()))
            found = verdict(code, text)
        case smtplib.SMTPSenderRefused(smtp_code=code, smtp_error=text):
            found = Verdict.MISCONFIGURED if code >= 500 else Verdict.RELAY_DOWN
        case smtplib.SMTPDataError(smtp_code=code, smtp_error=text) if code > 0:
            found = verdict(code, text)
        case _:
            return None
    return Answer(found, code, line(code, text))


def _reply(error: BaseException) -> Reply | None:
    """What a service answered: boto's errors carry it as a dict, the others as a response."""
    response = getattr(error, "response", None)
    if isinstance(response, dict):
        return _boto_reply(response)
    status = getattr(error, "status_code", None)
    if not isinstance(status, int):
        return None
    return Reply(status, comes_back="Retry-After" in getattr(response, "headers", {}))


def _boto_reply(response: dict[str, dict[str, object]]) -> Reply | None:
    facts, problem = response.get("ResponseMetadata", {}), response.get("Error", {})
    status, word = facts.get("HTTPStatusCode"), str(problem.get("Code", ""))
    if not isinstance(status, int):
        return None
    is_ours = word in CLOSED or str(problem.get("Message", "")).startswith(NOT_VERIFIED)
    comes_back = "retry-after" in str(facts.get("HTTPHeaders", "")).lower()
    return Reply(status, word if WORD.match(word) else "", is_ours, comes_back)


def _chain(error: BaseException) -> Iterator[BaseException]:
    """The error, what it was raised for, and so on down to the first."""
    found: BaseException | None = error
    while found is not None:
        yield found
        found = found.__cause__ or (None if found.__suppress_context__ else found.__context__)


def _names(chain: list[BaseException]) -> set[str]:
    return {kind.__name__ for each in chain for kind in type(each).__mro__}


def _is_handshake(error: BaseException) -> bool:
    """Whether urllib3 was still about the TLS handshake; its error alone does not say."""
    frames = (frame.f_code.co_name for frame, _line in walk_tb(error.__traceback__))
    return "_validate_conn" in frames
