"""Do the checks notice anything? Makes a certificate with other people's tools, which every check must accept, and
then breaks it in one way after another: each time somebody must say no.

    self_test.py
"""

import base64
import datetime
import io
import json
import sys
import tempfile
import zlib
from pathlib import Path

import cbor2
import pymupdf
import zxingcpp
from PIL import Image
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from pycose.algorithms import EdDSA
from pycose.headers import KID, Algorithm, ContentType
from pycose.keys import OKPKey
from pycose.keys.curves import Ed25519
from pycose.messages import Sign1Message
from pyhanko.pdf_utils.generic import pdf_string
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import PdfSignatureMetadata, SimpleSigner, sign_pdf
from pyhanko.sign.fields import SigSeedSubFilter

import all as everything
from cose import base45, packed, token_bytes, verifiers

NUMBER = "DLBC-7K3M-9Q2X-H4TW"
LINES = ["Certificate of a test", "Name: Asha", "नमन कमल"]
FONT = "/usr/share/fonts/truetype/noto/NotoSansDevanagari-Regular.ttf"  # Debian's fonts-noto-core


def certificate(subject: str, key, issuer: str, issuer_key, authority: bool) -> x509.Certificate:
    def name(text: str) -> x509.Name:
        return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, text)])

    now = datetime.datetime.now(datetime.timezone.utc)
    usage = dict.fromkeys(
        ("key_encipherment", "data_encipherment", "key_agreement", "encipher_only", "decipher_only"), False
    )
    usage |= {"digital_signature": not authority, "content_commitment": not authority}
    usage |= {"key_cert_sign": authority, "crl_sign": authority}
    builder = (
        x509.CertificateBuilder()
        .subject_name(name(subject))
        .issuer_name(name(issuer))
        .public_key(key.public_key())
        .serial_number(2 if authority else 3)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=30))
        .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
        .add_extension(x509.KeyUsage(**usage), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), critical=False)
    )
    return builder.sign(issuer_key, hashes.SHA256())


def pem(thing) -> bytes:
    if isinstance(thing, x509.Certificate):
        return thing.public_bytes(serialization.Encoding.PEM)
    plain = serialization.NoEncryption()
    return thing.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)


def unsigned_pdf(url: str) -> bytes:
    document = pymupdf.open()
    page = document.new_page()
    for row, line in enumerate(LINES):
        place = (60, 80 + 24 * row)
        if line.isascii():
            page.insert_text(place, line, fontsize=14)
        else:
            page.insert_text(place, line, fontsize=14, fontname="deva", fontfile=FONT)
    wallet = base45(zlib.compress(token_bytes(url)))
    for text, place in ((url, (60, 200, 170, 310)), (wallet, (60, 400, 170, 510))):
        symbol = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode, ec_level="M")
        picture = io.BytesIO()
        Image.fromarray(symbol.to_image(scale=6, add_quiet_zones=True)).save(picture, "PNG")
        page.insert_image(pymupdf.Rect(*place), stream=picture.getvalue())
    return document.tobytes()


ISSUER = "https://v.example.org/issuer"


def envelope(key: OKPKey, kid: bytes, url: str, **changes) -> bytes:
    words = {"certificateNumber": "urn:test:number", "PrintedCode": "urn:test:PrintedCode"}
    document = {
        "@context": ["https://www.w3.org/ns/credentials/v2", words],
        "type": ["VerifiableCredential"],
        "issuer": {"id": ISSUER, "name": "Sample Office"},
        "validFrom": "2026-11-22T00:00:00+05:30",
        "credentialSubject": {"name": [{"@value": "Asha", "@language": "en"}, {"@value": "आशा", "@language": "hi"}]},
        "certificateNumber": NUMBER,
        "evidence": {"id": url, "type": "PrintedCode"},
    }
    payload = json.dumps(document | changes, ensure_ascii=False).encode()
    head = {Algorithm: EdDSA, ContentType: "application/vc", KID: f"{ISSUER}#{kid.hex()}".encode()}
    message = Sign1Message(phdr=head, payload=payload)
    message.key = key
    # pycose has no name for the type (RFC 9596).
    message.phdr[16] = "application/vc+cose"
    return message.encode()


def make(folder: Path) -> None:
    key = Ed25519PrivateKey.generate()
    public = key.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    digest = hashes.Hash(hashes.SHA256())
    digest.update(public)
    kid = digest.finalize()[:4]
    payload = cbor2.dumps({6: 1_780_000_000, 7: packed(NUMBER), 169: {4: "Asha"}}, canonical=True)
    message = Sign1Message(phdr={Algorithm: EdDSA, KID: kid}, payload=payload)
    raw_private = key.private_bytes(
        serialization.Encoding.Raw, serialization.PrivateFormat.Raw, serialization.NoEncryption()
    )
    message.key = OKPKey(crv=Ed25519, x=public, d=raw_private)
    token = base64.b32encode(message.encode()).decode().rstrip("=")
    url = f"HTTPS://V.EXAMPLE.ORG/C/{token}"

    authority_key, signer_key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    authority = certificate("Test authority", authority_key, "Test authority", authority_key, True)
    signer = certificate("Test signer", signer_key, "Test authority", authority_key, False)
    with tempfile.TemporaryDirectory() as keys:
        for name, thing in {"key": signer_key, "cert": signer, "chain": authority}.items():
            (Path(keys) / name).write_bytes(pem(thing))
        tool = SimpleSigner.load(f"{keys}/key", f"{keys}/cert", ca_chain_files=(f"{keys}/chain",), prefer_pss=False)
    meta = PdfSignatureMetadata(field_name="Signature", subfilter=SigSeedSubFilter.PADES, md_algorithm="sha256")
    signed = sign_pdf(IncrementalPdfFileWriter(io.BytesIO(unsigned_pdf(url))), meta, signer=tool).getvalue()

    published = {"id": kid.hex(), "purpose": "credential", "algorithm": "ed25519"}
    published["public_key"] = base64.b64encode(public).decode()
    (folder / "keys.json").write_text(json.dumps({"keys": [published]}))
    (folder / "authority.pem").write_bytes(pem(authority))
    (folder / f"{NUMBER}.pdf").write_bytes(signed)
    (folder / f"{NUMBER}.vc.cose").write_bytes(envelope(message.key, kid, url))
    jwk = {"kty": "OKP", "crv": "Ed25519", "x": base64.urlsafe_b64encode(public).decode().rstrip("=")}
    method = {"id": f"{ISSUER}#{kid.hex()}", "type": "JsonWebKey", "controller": ISSUER, "publicKeyJwk": jwk}
    issuer = {"id": ISSUER, "verificationMethod": [method], "assertionMethod": [method["id"]]}
    (folder / "issuer.cid").write_text(json.dumps(issuer))
    described = {"number": NUMBER, "token_url": url, "token": token, "lines": LINES}
    (folder / f"{NUMBER}.json").write_text(json.dumps(described, ensure_ascii=False), "utf-8")


def flip(folder: Path) -> None:
    """One bit of the page's content, far from every structure that a reader needs."""
    file = folder / f"{NUMBER}.pdf"
    data = bytearray(file.read_bytes())
    data[data.index(b"stream\n") + 40] ^= 1
    file.write_bytes(data)


def append(folder: Path) -> None:
    file = folder / f"{NUMBER}.pdf"
    writer = IncrementalPdfFileWriter(io.BytesIO(file.read_bytes()))
    writer.root["/Praman"] = writer.add_object(pdf_string("later"))
    writer.update_root()
    out = io.BytesIO()
    writer.write(out)
    file.write_bytes(out.getvalue())


def described(folder: Path, **changes) -> None:
    file = folder / f"{NUMBER}.json"
    file.write_text(json.dumps(json.loads(file.read_text("utf-8")) | changes, ensure_ascii=False), "utf-8")


def other_authority(folder: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    (folder / "authority.pem").write_bytes(pem(certificate("Other", key, "Other", key, True)))


def other_key(folder: Path) -> None:
    keys = json.loads((folder / "keys.json").read_text())
    other = Ed25519PrivateKey.generate().public_key()
    raw = other.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    keys["keys"][0]["public_key"] = base64.b64encode(raw).decode()
    (folder / "keys.json").write_text(json.dumps(keys))


def token_changed(folder: Path) -> None:
    file = json.loads((folder / f"{NUMBER}.json").read_text("utf-8"))
    token = file["token"]
    middle = len(token) // 2
    described(folder, token=token[:middle] + ("A" if token[middle] != "A" else "B") + token[middle + 1 :])


def envelope_flipped(folder: Path) -> None:
    file = folder / f"{NUMBER}.vc.cose"
    data = bytearray(file.read_bytes())
    data[data.index(b"Asha")] ^= 1
    file.write_bytes(data)


def envelope_reworded(folder: Path) -> None:
    """Signed well, with a word that no context defines and a day without a zone."""
    key = Ed25519PrivateKey.generate()
    raw = serialization.Encoding.Raw
    public = key.public_key().public_bytes(raw, serialization.PublicFormat.Raw)
    private = key.private_bytes(raw, serialization.PrivateFormat.Raw, serialization.NoEncryption())
    keys = json.loads((folder / "keys.json").read_text())
    kid = bytes.fromhex(keys["keys"][0]["id"])
    keys["keys"][0]["public_key"] = base64.b64encode(public).decode()
    (folder / "keys.json").write_text(json.dumps(keys))
    issuer = json.loads((folder / "issuer.cid").read_text())
    issuer["verificationMethod"][0]["publicKeyJwk"]["x"] = base64.urlsafe_b64encode(public).decode().rstrip("=")
    (folder / "issuer.cid").write_text(json.dumps(issuer))
    changes = {"guardian": "Sunita", "validFrom": "2026-11-22"}
    message = envelope(OKPKey(crv=Ed25519, x=public, d=private), kid, "HTTPS://V.EXAMPLE.ORG/C/AAAA", **changes)
    (folder / f"{NUMBER}.vc.cose").write_bytes(message)


def other_issuer(folder: Path) -> None:
    file = folder / "issuer.cid"
    file.write_text(file.read_text().replace('"assertionMethod": ["', '"assertionMethod": ["x'))


BREAKS = {
    "one bit of the PDF flipped": (flip, ("pyHanko", "pdfsig")),
    "something appended to the PDF": (append, ("pyHanko", "pdfsig")),
    "another authority trusted": (other_authority, ("pyHanko", "pdfsig")),
    "a line that is not on the page": (
        lambda folder: described(folder, lines=[*LINES, "नहीं है"]),
        ("pdftotext", "PDFium", "pypdf", "MuPDF"),
    ),
    "no line expected": (lambda folder: described(folder, lines=[]), ("has expected lines",)),
    "another address printed": (
        lambda folder: described(folder, token_url="HTTPS://V.EXAMPLE.ORG/C/AAAA"),
        ("one symbol with the address", "same credential"),
    ),
    "another key published": (other_key, tuple(verifiers())),
    "the token changed": (token_changed, ("same credential",)),
    "another number claimed": (lambda folder: described(folder, number="DLBC-0000-0000-0000"), ("names its certificate",)),
    "one letter of the W3C form flipped": (envelope_flipped, ("pycose verifies the W3C form",)),
    "the W3C form in other words": (envelope_reworded, ("PyLD knows every word", "data model", "same credential inside")),
    "a key that may not assert": (other_issuer, ("W3C form, its key published",)),
}


def main() -> int:
    wrong = 0
    with tempfile.TemporaryDirectory() as folder:
        make(Path(folder))
        answers = everything.check(Path(folder))
        refused = [answer.line() for answer in answers if not answer.good]
    wrong += bool(refused) or not answers
    print("yes  a sound certificate is accepted" if not refused else "\n".join(refused))
    for name, (break_it, expected) in BREAKS.items():
        with tempfile.TemporaryDirectory() as folder:
            make(Path(folder))
            break_it(Path(folder))
            noes = " ".join(no for answer in everything.check(Path(folder)) for no in answer.noes)
        missed = [who for who in expected if who not in noes]
        wrong += bool(missed)
        print(f"yes  noticed: {name}" if not missed else f"NO   {name}: not noticed by {', '.join(missed)} (said: {noes})")
    print(f"{len(BREAKS) + 1 - wrong} passed, {wrong} failed")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
