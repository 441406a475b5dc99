"""Does every printed line of many generated certificates come back whole from every reader, and is every file sound?

    campaign.py FOLDER [PDFJS]

FOLDER is what `cargo run -p certificates --example campaign -- FOLDER COUNT` wrote. pdftotext, PDFium, MuPDF and pypdf read
each file, and pdf.js too if PDFJS (pdfjs-dist/legacy/build/pdf.mjs) is given; each must give back every line. qpdf judges
the syntax. Prints how many lines each reader gave back, and the first few that it did not. Exit code 0: all of them. 1: not.
"""

import json
import os
import subprocess
import sys
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import pdf
from checks import folded, need

SHOWN = 5


def missing(text: str, lines: list[str]) -> list[str]:
    text = folded(text)
    return [line for line in lines if folded(line) not in text]


def read(file: Path) -> tuple[str, int, dict[str, list[str]]]:
    """Which lines each reader lost. A reader that stumbles has lost all."""
    lines = json.loads(file.with_suffix(".json").read_text("utf-8"))
    lost = {}
    for name, reader in pdf.READERS.items():
        try:
            lost[name] = missing(reader(file), lines)
        except Exception as error:  # whatever it raised, the lines did not come back
            lost[name] = [f"{type(error).__name__}: {error}"] * len(lines)
    said = pdf.qpdf(file)
    lost["qpdf"] = [said] if said else []
    return file.name, len(lines), lost


def pdfjs(files: list[Path], library: Path) -> dict[str, list[str]]:
    script = Path(__file__).with_name("pdfjs.mjs")
    names = "\n".join(str(file.resolve()) for file in files) + "\n"
    done = subprocess.run(
        ["node", str(script), str(library)], input=names, capture_output=True, text=True, timeout=3600, check=False
    )
    texts = [json.loads(line) for line in done.stdout.splitlines()]
    if done.returncode or len(texts) != len(files):
        sys.exit(f"pdf.js read {len(texts)} of {len(files)} files: {done.stderr[-2000:]}")
    return {
        file.name: missing(text, json.loads(file.with_suffix(".json").read_text("utf-8")))
        for file, text in zip(files, texts)
    }


def main(arguments: list[str]) -> int:
    if len(arguments) not in (1, 2):
        sys.exit(__doc__)
    files = sorted(need(arguments[0]).glob("*.pdf"))
    if not files:
        sys.exit(f"{arguments[0]} holds no certificate")
    with ProcessPoolExecutor(max_workers=os.cpu_count()) as pool:
        found = list(pool.map(read, files, chunksize=4))
    if len(arguments) == 2:
        by_name = pdfjs(files, need(arguments[1]))
        for name, _, lost in found:
            lost["pdf.js"] = by_name[name]
    total = sum(count for _, count, _ in found)
    bad = False
    for reader in found[0][2]:
        lost = [(name, line) for name, _, by_reader in found for line in by_reader[reader]]
        bad = bad or bool(lost)
        if reader == "qpdf":
            print(f"qpdf: {len(found) - len(lost)} of {len(found)} files sound")
        else:
            print(f"{reader}: {total - len(lost)} of {total} lines of {len(found)} files")
        for name, line in lost[:SHOWN]:
            print(f"    {name}: {line}")
    return 1 if bad or not total else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
