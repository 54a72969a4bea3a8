"""A certificate authority of the tests' own, and whatever servers may show for theirs."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

DAY = timedelta(days=1)


class Authority:
    """Signs certificates; its own is trusted by whoever has `path`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.path = folder / "authority.pem"
        self.name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Authority of the tests")])
        own = _begun(self.name, self.key, datetime.now(UTC) + DAY)
        own = own.issuer_name(self.name)
        own = own.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        self._write(self.path, own.sign(self.key, hashes.SHA256()))

    def certificate(
        self, host: str, *, is_self_signed: bool = False, ends_in: timedelta = DAY
    ) -> ssl.SSLContext:
        """What a server of that name shows."""
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
        begun = _begun(name, key, datetime.now(UTC) + ends_in)
        begun = begun.add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), False)
        begun = begun.issuer_name(name if is_self_signed else self.name)
        signed = begun.sign(key if is_self_signed else self.key, hashes.SHA256())
        file = self.folder / f"{host}-{signed.serial_number}.pem"
        self._write(file, signed, key)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(file)
        return context

    def _write(
        self, path: Path, signed: x509.Certificate, key: ec.EllipticCurvePrivateKey | None = None
    ) -> None:
        octets = signed.public_bytes(serialization.Encoding.PEM)
        if key:
            octets += key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
        path.write_bytes(octets)


def _begun(
    name: x509.Name, key: ec.EllipticCurvePrivateKey, until: datetime
) -> x509.CertificateBuilder:
    return x509.CertificateBuilder(
        subject_name=name,
        public_key=key.public_key(),
        serial_number=x509.random_serial_number(),
        not_valid_before=until - 3 * DAY,
        not_valid_after=until,
    )
