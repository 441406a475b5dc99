"""Does an ordinary reader read the printed symbol, and read what was issued?

    qr.py FILE.pdf URL

Draws every page at 150 dpi, as a cheap scanner does, and reads it with zxing-cpp. Exactly one QR symbol must say
exactly URL, in alphanumeric mode, with error correction M or better. Exit code 0: yes. 1: no.
"""

import sys
import tempfile
from pathlib import Path

import zxingcpp
from PIL import Image

from checks import Answers, finish, need, run

DPI = "150"


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


def check(file: Path, url: str) -> Answers:
    answers = Answers(f"{file.name} at {DPI} dpi")
    try:
        codes = [code for code in symbols(file) if "QR" in code.format.name.upper()]
    except Exception as error:  # a picture that cannot be drawn is a finding
        answers.say("drawn", False, f"{type(error).__name__}: {error}")
        return answers
    answers.say("one symbol", len(codes) == 1, f"{len(codes)} symbols")
    if len(codes) == 1:
        answers.say("says what was issued", codes[0].text == url, f"says {codes[0].text}, not {url}")
        answers.say(f"level {codes[0].ec_level}", codes[0].ec_level in ("M", "Q", "H"))
    allowed = set("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:")
    answers.say("alphanumeric", set(url) <= allowed, f"{url} has letters outside the mode")
    return answers


def main(arguments: list[str]) -> int:
    if len(arguments) != 2:
        sys.exit(__doc__)
    return finish([check(need(arguments[0]), arguments[1])])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
