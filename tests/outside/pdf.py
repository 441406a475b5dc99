"""Is this PDF a sound, wholly signed document whose text every reader gets back?

    pdf.py FILE.pdf AUTHORITY.pem LINES.json

pyHanko and poppler's pdfsig judge the signature, both trusting AUTHORITY.pem alone; qpdf judges the syntax; pdftotext,
PDFium, pypdf and MuPDF must each give back every line of LINES.json (a list of strings, or an object with `lines`).
Exit code 0: all agree. 1: somebody does not.
"""

import io
import json
import logging
import sys
import tempfile
from pathlib import Path

import pymupdf
import pypdf
import pypdfium2
from asn1crypto import pem
from asn1crypto.x509 import Certificate
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.diff_analysis import ModificationLevel
from pyhanko.sign.validation import SignatureCoverageLevel, validate_pdf_signature
from pyhanko_certvalidator import ValidationContext

from checks import Answers, finish, folded, need, run

# The libraries also log what they raise; the reason is in the answer already.
logging.disable(logging.CRITICAL)
pymupdf.TOOLS.mupdf_display_errors(False)


def pyhanko(file: Path, authority: Path, stamps: list[Certificate]) -> str | None:
    _, _, der = pem.unarmor(authority.read_bytes())
    trust = ValidationContext(trust_roots=[Certificate.load(der)], allow_fetching=False)
    reader = PdfFileReader(io.BytesIO(file.read_bytes()), strict=True)
    if len(reader.embedded_signatures) != 1:
        return f"{len(reader.embedded_signatures)} signatures"
    signature = reader.embedded_signatures[0]
    for_stamps = ValidationContext(trust_roots=stamps, allow_fetching=False)
    status = validate_pdf_signature(
        signature, signer_validation_context=trust, ts_validation_context=for_stamps
    )
    found = {
        "intact": status.intact,
        "valid": status.valid,
        "trusted": status.trusted,
        "whole file": status.coverage == SignatureCoverageLevel.ENTIRE_FILE,
        "no later change": status.modification_level in (None, ModificationLevel.NONE),
        "bottom line": status.bottom_line,
    }
    missing = [name for name, holds in found.items() if not holds]
    return f"not {', not '.join(missing)} ({status.summary()})" if missing else None


def pdfsig(file: Path, authority: Path) -> str | None:
    with tempfile.TemporaryDirectory() as folder:
        for command in (
            ("certutil", "-N", "-d", f"sql:{folder}", "--empty-password"),
            ("certutil", "-A", "-d", f"sql:{folder}", "-n", "authority", "-t", "CT,C,C", "-i", str(authority)),
        ):
            code, said = run(*command)
            if code:
                return f"{' '.join(command[:2])}: {said.strip()}"
        _, said = run("pdfsig", "-nssdir", f"sql:{folder}", str(file))
    wanted = ("Signature is Valid", "Certificate is Trusted", "Total document signed")
    missing = [words for words in wanted if words not in said]
    return f"does not say {missing}, but: {folded(said)}" if missing else None


def qpdf(file: Path) -> str | None:
    code, said = run("qpdf", "--check", str(file))
    return None if code == 0 and "WARNING" not in said else folded(said)


def pdftotext(file: Path) -> str:
    return run("pdftotext", "-enc", "UTF-8", str(file), "-")[1]


def pdfium(file: Path) -> str:
    document = pypdfium2.PdfDocument(str(file))
    try:
        return "\n".join(page.get_textpage().get_text_range() for page in document)
    finally:
        document.close()


def pypdf_text(file: Path) -> str:
    return "\n".join(page.extract_text() for page in pypdf.PdfReader(str(file), strict=True).pages)


def mupdf(file: Path) -> str:
    with pymupdf.open(file) as document:
        return "\n".join(page.get_text() for page in document)


READERS = {"pdftotext": pdftotext, "PDFium": pdfium, "pypdf": pypdf_text, "MuPDF": mupdf}


def lines_back(text: str, lines: list[str]) -> str | None:
    text = folded(text)
    missing = [line for line in lines if folded(line) not in text]
    shown = "; ".join(missing[:3])
    return f"{len(missing)} of {len(lines)} lines do not come back: {shown}" if missing else None


def check(file: Path, authority: Path, lines: list[str], stamps: list[Certificate] | None = None) -> Answers:
    answers = Answers(file.name)
    answers.ask("pyHanko valid, trusted, whole file", lambda: pyhanko(file, authority, stamps or []))
    answers.ask("pdfsig valid, trusted", lambda: pdfsig(file, authority))
    answers.ask("qpdf", lambda: qpdf(file))
    answers.say("has expected lines", bool(lines), "no line is expected: nothing would be compared")
    for name, text in READERS.items():
        answers.ask(f"{len(lines)} lines from {name}", lambda text=text: lines_back(text(file), lines))
    return answers


def main(arguments: list[str]) -> int:
    if len(arguments) != 3:
        sys.exit(__doc__)
    file, authority, expected = (need(argument) for argument in arguments)
    expected = json.loads(expected.read_text("utf-8"))
    return finish([check(file, authority, expected["lines"] if isinstance(expected, dict) else expected)])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
