"""Does the program take the time stamps of OpenSSL's and pyHanko's authorities, and does pyHanko find PAdES B-T in what it makes of them?

    stamps.py PRAMAN

Runs an RFC 3161 authority on this machine, once OpenSSL's with a P-256 key under a root, once pyHanko's with RSA-2048 under an
authority between, has `praman demo` issue with it, and puts every file before pyHanko and pdfsig. Exit code 0: all agree. 1: somebody does not.
"""

import datetime
import io
import json
import logging
import subprocess
import sys
import tempfile
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from asn1crypto import keys as asn1_keys
from asn1crypto import pem, tsp
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.timestamps import DummyTimeStamper
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.registry import SimpleCertificateStore

import pdf
from checks import Answers, finish

logging.disable(logging.CRITICAL)


def p256():
    return ec.generate_private_key(ec.SECP256R1())


def rsa_2048():
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def certified(name: str, key, by_name: str, by, authority: bool) -> x509.Certificate:
    def named(text: str) -> x509.Name:
        return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, text)])

    now = datetime.datetime.now(datetime.timezone.utc)
    builder = (
        x509.CertificateBuilder()
        .subject_name(named(name))
        .issuer_name(named(by_name))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=30))
        .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )
    if not authority:
        stamping = x509.ExtendedKeyUsage([x509.ExtendedKeyUsageOID.TIME_STAMPING])
        builder = builder.add_extension(stamping, critical=True)
    return builder.sign(by, hashes.SHA256())


def of_asn1(certificate: x509.Certificate) -> asn1_x509.Certificate:
    return asn1_x509.Certificate.load(certificate.public_bytes(serialization.Encoding.DER))


def encoded(key, encoding) -> bytes:
    return key.private_bytes(encoding, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())


def by_pyhanko(own: x509.Certificate, key, above: x509.Certificate):
    stamper = DummyTimeStamper(
        tsa_cert=of_asn1(own),
        tsa_key=asn1_keys.PrivateKeyInfo.load(encoded(key, serialization.Encoding.DER)),
        certs_to_embed=SimpleCertificateStore.from_certs([of_asn1(above)]),
    )
    return lambda query: stamper.request_tsa_response(tsp.TimeStampReq.load(query)).dump()


OPENSSL = """
[tsa]
default_tsa = here
[here]
serial = {folder}/serial
signer_digest = sha256
default_policy = 1.3.6.1.4.1.99999.7
digests = sha256
accuracy = secs:1
ordering = yes
tsa_name = yes
ess_cert_id_chain = no
ess_cert_id_alg = sha256
"""


def by_openssl(own: x509.Certificate, key):
    def answer(query: bytes) -> bytes:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            (folder / "serial").write_text("01\n")
            (folder / "openssl.cnf").write_text(OPENSSL.format(folder=folder))
            (folder / "query").write_bytes(query)
            (folder / "own.pem").write_bytes(own.public_bytes(serialization.Encoding.PEM))
            (folder / "key.pem").write_bytes(encoded(key, serialization.Encoding.PEM))
            subprocess.run(
                ["openssl", "ts", "-reply", "-config", "openssl.cnf", "-queryfile", "query", "-signer", "own.pem"]
                + ["-inkey", "key.pem", "-out", "answer"],
                cwd=folder,
                check=True,
                capture_output=True,
            )
            return (folder / "answer").read_bytes()

    return answer


class Authority:
    """An authority at an address of its own."""

    def __init__(self, draw, between: bool):
        root_key, middle_key, key = draw(), draw(), draw()
        root = certified("root", root_key, "root", root_key, True)
        above, above_key, name = root, root_key, "root"
        if between:
            above, above_key, name = certified("between", middle_key, "root", root_key, True), middle_key, "between"
        own = certified("stamps", key, name, above_key, False)
        self.root, self.root_pem = of_asn1(root), root.public_bytes(serialization.Encoding.PEM)
        answers = by_pyhanko(own, key, above) if between else by_openssl(own, key)

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                answer = answers(self.rfile.read(int(self.headers["content-length"])))
                self.send_response(200)
                self.send_header("content-type", "application/timestamp-reply")
                self.send_header("content-length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


def stamp_holds(file: Path, signer_root: Path, stamp_root: asn1_x509.Certificate | None) -> str | None:
    _, _, der = pem.unarmor(signer_root.read_bytes())
    trusted = ValidationContext(trust_roots=[asn1_x509.Certificate.load(der)], allow_fetching=False)
    for_stamps = ValidationContext(trust_roots=[stamp_root] if stamp_root else [], allow_fetching=False)
    reader = PdfFileReader(io.BytesIO(file.read_bytes()), strict=True)
    status = validate_pdf_signature(
        reader.embedded_signatures[0], signer_validation_context=trusted, ts_validation_context=for_stamps
    )
    stamp = status.timestamp_validity
    if stamp is None:
        return "no time stamp"
    found = {"bottom line": status.bottom_line, "intact": stamp.intact, "valid": stamp.valid, "trusted": stamp.trusted}
    away = abs(datetime.datetime.now(datetime.timezone.utc) - stamp.timestamp)
    found["of today"] = away < datetime.timedelta(minutes=10)
    missing = [name for name, holds in found.items() if not holds]
    return f"not {', not '.join(missing)} ({status.summary()})" if missing else None


def check(program: str, name: str, authority: Authority) -> list[Answers]:
    answers = []
    with tempfile.TemporaryDirectory() as folder:
        roots, out = Path(folder) / "roots.pem", Path(folder) / "out"
        roots.write_bytes(authority.root_pem)
        command = [program, "demo", "--out", str(out), "--tsa-url", authority.url, "--tsa-roots", str(roots)]
        ran = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
        demo = Answers(f"demo with stamps of {name}")
        demo.say("runs", ran.returncode == 0, ran.stdout[-300:] + ran.stderr[-300:])
        answers.append(demo)
        described = [path for path in sorted(out.glob("*.json")) if path.name != "keys.json"]
        demo.say("made certificates", len(described) > 1)
        for path in described:
            file, signers = path.with_suffix(".pdf"), out / "authority.pem"
            lines = json.loads(path.read_text("utf-8"))["lines"]
            whole = pdf.check(file, signers, lines, [authority.root])
            whole.ask("pyHanko: time stamp trusted (B-T)", lambda f=file: stamp_holds(f, signers, authority.root))
            # Without this a check that says yes to everything would pass.
            strange = stamp_holds(file, signers, None)
            whole.say("pyHanko: not trusted under no root", strange is not None, "it is")
            answers.append(whole)
    return answers


def main(arguments: list[str]) -> int:
    if len(arguments) != 1:
        sys.exit(__doc__)
    answers = check(arguments[0], "P-256", Authority(p256, False))
    answers += check(arguments[0], "RSA-2048, one between", Authority(rsa_2048, True))
    return finish(answers)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
