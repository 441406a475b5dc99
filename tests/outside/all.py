"""Puts everything that `praman demo --out FOLDER` wrote before the outside verifiers.

    all.py FOLDER

FOLDER holds keys.json, authority.pem, and for each certificate NUMBER.pdf and NUMBER.json
{"number", "token_url", "token", "lines"}. One line for each file and token. Exit code 0: all agree. 1: somebody does not.
"""

import json
import sys
from pathlib import Path

import cose
import pdf
import qr
from checks import Answers, finish, need


def check(folder: Path) -> list[Answers]:
    authority, directory = folder / "authority.pem", json.loads((folder / "keys.json").read_text("utf-8"))
    answers = []
    for described in sorted(folder.glob("*.json")):
        if described.name == "keys.json":
            continue
        certificate = json.loads(described.read_text("utf-8"))
        file, url, token = described.with_suffix(".pdf"), certificate["token_url"], certificate["token"]
        answers.append(pdf.check(file, authority, certificate["lines"]))
        answers.append(qr.check(file, url))
        answers.append(cose.check(token, directory, certificate["number"]))
        same = Answers(f"{certificate['number']} in address and token")
        same.ask("the same credential", lambda: None if cose.token_bytes(url) == cose.token_bytes(token) else "they differ")
        answers.append(same)
    return answers


def main(arguments: list[str]) -> int:
    if len(arguments) != 1:
        sys.exit(__doc__)
    answers = check(need(arguments[0]))
    if not answers:
        print(f"{arguments[0]} holds no certificate")
    return finish(answers)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
