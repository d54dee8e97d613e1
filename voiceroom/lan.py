"""For trying the demo from a phone: this machine's address in the local network, a certificate, a secret of its own."""

import datetime
import ipaddress
import os
import secrets
import socket
from pathlib import Path

DAYS = 397  # the longest that browsers accept
NOWHERE = ("198.51.100.1", 9)  # an address for documentation (RFC 5737): nothing is sent, only a way is looked for


def address():
    """This machine's address in the local network, or None without a network."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(NOWHERE)
        except OSError:
            return None
        found = probe.getsockname()[0]
    return None if ipaddress.ip_address(found).is_loopback else found


def secret(folder):
    """A SECRET_KEY that only this checkout has, made once: the one in settings.py is known to everybody."""
    path = Path(folder) / "secret-key"
    if not path.exists():
        _write(path, secrets.token_urlsafe(50).encode())
    return path.read_text()


def certificate(folder, hosts):
    """(certificate file, key file) for these names and addresses, signed by itself; made anew when it does not fit."""
    certificate, key = Path(folder) / "certificate.pem", Path(folder) / "key.pem"
    if not _fits(certificate, key, hosts):
        made, made_key = _make(hosts)
        _write(key, made_key)
        _write(certificate, made)
    return certificate, key


def _write(path, content):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)


def _fits(certificate, key, hosts):
    from cryptography import x509

    if not (certificate.exists() and key.exists()):
        return False
    found = x509.load_pem_x509_certificate(certificate.read_bytes())
    names = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    soon = datetime.datetime.now(datetime.UTC) + datetime.timedelta(days=1)
    return set(names) == set(_names(hosts)) and found.not_valid_after_utc > soon


def _names(hosts):
    from cryptography import x509

    for host in hosts:
        try:
            yield x509.IPAddress(ipaddress.ip_address(host))
        except ValueError:
            yield x509.DNSName(host)


def _make(hosts):
    """(certificate, key) in PEM. It signs for servers only: whoever trusts it trusts no other certificate by it."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Voiceroom demo on this machine")])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(days=DAYS))
        .add_extension(x509.SubjectAlternativeName(list(_names(hosts))), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([x509.ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return certificate.public_bytes(pem), private
