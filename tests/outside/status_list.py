"""Does somebody else's CWT library accept a status list, and does the list say what is expected?

    status_list.py LIST KEYS.json INDEX=STATUS...

LIST is a file as `/status/N` serves it. python-cwt must verify it with the key of KEYS.json that its key id names, and
must refuse it when one bit of the payload is flipped. The bits are then read by Python's own zlib, as
draft-ietf-oauth-status-list says: two for each certificate, the lowest first; 0 nothing said, 1 revoked, 2 suspended,
3 superseded. Exit code 0: all agree. 1: something does not.
"""

import json
import sys
import zlib
from pathlib import Path

import cbor2
import cwt

from checks import Answers, finish, need
from cose import EDDSA, KID, base64_bytes, flipped, parts

TYPE, SUB, EXP, IAT, TTL, STATUS_LIST = 16, 2, 4, 6, 65534, 65533
PLACES = 1 << 20


def list_key(raw: bytes, directory: dict) -> tuple[bytes, bytes]:
    kid = parts(raw)[0][KID]
    fitting = [key for key in directory["keys"] if key["purpose"] == "status" and key["id"] == kid.hex()]
    if len(fitting) != 1:
        raise ValueError(f"{len(fitting)} keys for status lists have the id {kid.hex()}")
    return kid, base64_bytes(fitting[0]["public_key"])


def claims_by_python_cwt(raw: bytes, kid: bytes, key: bytes) -> dict:
    public = cwt.COSEKey.new({1: 1, 2: kid, 3: EDDSA, -1: 6, -2: key})  # kty OKP, crv Ed25519
    return cwt.decode(raw, keys=[public])


def bits_of(claims: dict) -> bytes:
    inside = claims[STATUS_LIST]
    if inside["bits"] != 2:
        raise ValueError(f"{inside['bits']} bits a certificate")
    bits = zlib.decompress(inside["lst"])
    if len(bits) * 4 != PLACES:
        raise ValueError(f"{len(bits) * 4} places")
    return bits


def check(raw: bytes, directory: dict, expected: dict[int, int]) -> Answers:
    answers = Answers(f"status list of {len(raw)} bytes")
    try:
        kid, key = list_key(raw, directory)
        claims = claims_by_python_cwt(raw, kid, key)
        bits = bits_of(claims)
        number = int(claims[SUB].rsplit("/status/", 1)[1])
    except Exception as error:  # whatever is wrong with the list is the finding
        answers.say("python-cwt verifies, zlib unpacks", False, f"{type(error).__name__}: {error}")
        return answers
    answers.say("python-cwt verifies, zlib unpacks", True)
    answers.say("says what it is", parts(raw)[0].get(TYPE) == "application/statuslist+cwt", str(parts(raw)[0]))
    answers.say("counts for a time", claims[IAT] < claims[EXP] and claims[TTL] > 0, str(claims.keys()))

    def refuses() -> str | None:
        try:
            claims_by_python_cwt(flipped(raw), kid, key)
        except Exception:  # a bad signature, by whatever name
            return None
        return "accepts a changed list"

    answers.ask("python-cwt refuses a flipped bit", refuses)
    for index, status in expected.items():
        place = index - number * PLACES
        if not 0 <= place < PLACES:
            answers.say(f"tells of {index}", False, f"list {number} does not")
            continue
        said = bits[place // 4] >> (place % 4 * 2) & 3
        answers.say(f"{index} is {status}", said == status, f"it says {said}")
    others = sum(bin(byte).count("1") for byte in bits)
    marked = sum(bin(status).count("1") for status in expected.values())
    answers.say("nothing else is marked", others == marked, f"{others} bits are set, {marked} expected")
    return answers


def main(arguments: list[str]) -> int:
    if len(arguments) < 2:
        sys.exit(__doc__)
    directory = json.loads(Path(need(arguments[1])).read_text("utf-8"))
    expected = {int(index): int(status) for index, status in (pair.split("=") for pair in arguments[2:])}
    return finish([check(need(arguments[0]).read_bytes(), directory, expected)])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
