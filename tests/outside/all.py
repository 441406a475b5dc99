"""Puts everything that `praman demo --out FOLDER` wrote before the outside verifiers.

    all.py FOLDER

FOLDER holds keys.json, issuer.cid, authority.pem, and for each certificate NUMBER.pdf, NUMBER.vc.cose and NUMBER.json
{"number", "token_url", "token", "lines"}; where there is status/0, the list of their standing, status/expected.json says
by their numbers what is in it. One line for each file and token. Exit code 0: all agree. 1: somebody does not.
"""

import json
import sys
from pathlib import Path

import cbor2

import cose
import pdf
import qr
import status_list
import vc
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
        message = described.with_suffix(".vc.cose").read_bytes()
        issuer = json.loads((folder / "issuer.cid").read_text("utf-8"))
        answers.append(vc.check(message, directory, issuer, certificate["number"]))
        inside = Answers(f"{certificate['number']} in the W3C form and token")
        inside.ask("the same credential inside", lambda: vc.same_code(message, token))
        answers.append(inside)
    if (folder / "status" / "0").exists():
        expected = json.loads((folder / "status" / "expected.json").read_text("utf-8"))
        tokens = {number: json.loads((folder / f"{number}.json").read_text("utf-8"))["token"] for number in expected}
        places = {number: status_index(token) for number, token in tokens.items()}
        apart = Answers("places in the status lists")
        apart.say("each its own", len(set(places.values())) == len(places), str(places))
        answers.append(apart)
        by_place = {places[number]: status for number, status in expected.items()}
        answers.append(status_list.check((folder / "status" / "0").read_bytes(), directory, by_place))
    return answers


def status_index(token: str) -> int:
    payload = cose.parts(cose.token_bytes(token))[2]
    return cbor2.loads(payload)[cose.CLAIM_PERSON][114]


def main(arguments: list[str]) -> int:
    if len(arguments) != 1:
        sys.exit(__doc__)
    answers = check(need(arguments[0]))
    if not answers:
        print(f"{arguments[0]} holds no certificate")
    return finish(answers)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
