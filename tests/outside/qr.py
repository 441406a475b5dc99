"""Does an ordinary reader read the printed symbols, and read what was issued?

    qr.py FILE.pdf URL

Draws every page at 150 dpi, as a cheap scanner does, and reads it with zxing-cpp. Exactly one QR symbol must say
exactly URL, in alphanumeric mode, with error correction M or better; exactly one other, the one for wallets, must hold
the same credential as base45 over zlib. Exit code 0: yes. 1: no.
"""

import sys
import tempfile
import zlib
from pathlib import Path

import zxingcpp
from PIL import Image

import cose
from checks import Answers, finish, need, run

DPI = "150"
LETTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"


def symbols(file: Path) -> list[zxingcpp.Barcode]:
    with tempfile.TemporaryDirectory() as folder:
        code, said = run("pdftoppm", "-r", DPI, "-png", str(file), f"{folder}/page")
        if code:
            raise RuntimeError(said.strip())
        found = []
        for page in sorted(Path(folder).glob("page*.png")):
            with Image.open(page) as picture:
                found += zxingcpp.read_barcodes(picture.convert("L"))
        return found


def wallet_bytes(text: str) -> bytes:
    """The credential in a wallet's symbol: RFC 9285 over RFC 1950."""
    packed = b""
    for start in range(0, len(text), 3):
        group = text[start : start + 3]
        number = sum(LETTERS.index(letter) * 45**place for place, letter in enumerate(group))
        packed += number.to_bytes(len(group) - 1, "big")
    return zlib.decompress(packed)


def check(file: Path, url: str) -> Answers:
    answers = Answers(f"{file.name} at {DPI} dpi")
    try:
        codes = [code for code in symbols(file) if "QR" in code.format.name.upper()]
    except Exception as error:  # a picture that cannot be drawn is a finding
        answers.say("drawn", False, f"{type(error).__name__}: {error}")
        return answers
    ours, others = [code for code in codes if code.text == url], [code for code in codes if code.text != url]
    answers.say("one symbol with the address", len(ours) == 1, f"{len(ours)} of {len(codes)} symbols say {url}")
    answers.say("one symbol for wallets", len(others) == 1, f"{len(others)} other symbols")
    for code in others:
        same = lambda text=code.text: None if wallet_bytes(text) == cose.token_bytes(url) else "another credential"
        answers.ask("the same credential for wallets", same)
    for code in codes:
        answers.say(f"level {code.ec_level}", code.ec_level in ("M", "Q", "H"))
    answers.say("alphanumeric", set(url) <= set(LETTERS), f"{url} has letters outside the mode")
    return answers


def main(arguments: list[str]) -> int:
    if len(arguments) != 2:
        sys.exit(__doc__)
    return finish([check(need(arguments[0]), arguments[1])])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
