#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Makes fresh certificates for the demonstration's server, good ones and bad ones: NAME.pem and NAME.key of each in a
folder. All keys are on P-256. ca.pem is the trust anchor of all but `pinned`, which is its own."""

import argparse
import datetime
import ipaddress
import pathlib

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

DAY = datetime.timedelta(days=1)
YEAR = 365 * DAY


class Party:
    def __init__(self, name, certificate=None, key=None):
        self.name = x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Paravane demonstration"),
                               x509.NameAttribute(NameOID.COMMON_NAME, name)])  # fmt: skip
        self.key = key or ec.generate_private_key(ec.SECP256R1())
        self.certificate = certificate


def key_usage(authority):
    names = ("digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement",
             "key_cert_sign", "crl_sign", "encipher_only", "decipher_only")  # fmt: skip
    chosen = ("key_cert_sign", "crl_sign") if authority else ("digital_signature",)
    return x509.KeyUsage(**{name: name in chosen for name in names})


def issue(party, issuer, names=None, starts=-DAY, ends=YEAR, authority=False, usage=ExtendedKeyUsageOID.SERVER_AUTH):
    """Signs party's certificate. names: of a server; None: of none."""
    now = datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0)
    builder = (
        x509.CertificateBuilder()
        .subject_name(party.name)
        .issuer_name(issuer.name)
        .public_key(party.key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + starts)
        .not_valid_after(now + ends)
        .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
        .add_extension(key_usage(authority), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(party.key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.key.public_key()), critical=False)
    )
    if names:
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
        builder = builder.add_extension(x509.ExtendedKeyUsage([usage]), critical=False)
    party.certificate = builder.sign(issuer.key, hashes.SHA256())
    return party


def general_name(text):
    try:
        return x509.IPAddress(ipaddress.ip_address(text))
    except ValueError:
        return x509.DNSName(text)


def write(folder, name, party, *chain):
    pem = [each.certificate.public_bytes(serialization.Encoding.PEM) for each in (party, *chain)]
    (folder / f"{name}.pem").write_bytes(b"".join(pem))
    path = folder / f"{name}.key"
    path.touch(mode=0o600)
    path.write_bytes(party.key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
                                             serialization.NoEncryption()))  # fmt: skip


def make(folder, names):
    server = "KBS"
    root, other = Party("KBS test root"), Party("KBS test root")
    issue(root, root, authority=True)
    issue(other, other, authority=True)
    below = issue(Party("KBS test authority"), root, authority=True)
    leaf = issue(Party("not an authority"), root, names)
    pinned = Party(server)
    write(folder, "ca", root)
    write(folder, "server", issue(Party(server), root, names))
    write(folder, "chain", issue(Party(server), below, names), below)
    write(folder, "pinned", issue(pinned, pinned, names))
    write(folder, "other-ca", issue(Party(server), other, names))
    write(folder, "expired", issue(Party(server), root, names, starts=-2 * YEAR, ends=-YEAR))
    write(folder, "not-yet", issue(Party(server), root, names, starts=YEAR, ends=2 * YEAR))
    wrong = [x509.DNSName("kbs.invalid"), x509.IPAddress(ipaddress.ip_address("192.0.2.1"))]
    write(folder, "wrong-name", issue(Party(server), root, wrong))
    write(folder, "not-ca", issue(Party(server), leaf, names), leaf)
    write(folder, "client", issue(Party(server), root, names, usage=ExtendedKeyUsageOID.CLIENT_AUTH))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--output", required=True, metavar="FOLDER", type=pathlib.Path)
    parser.add_argument("names", nargs="+", metavar="NAME", help="DNS name or IP address of the server")
    given = parser.parse_args()
    given.output.mkdir(exist_ok=True)
    make(given.output, [general_name(text) for text in given.names])


if __name__ == "__main__":
    main()
