"""Do other people's COSE libraries accept the credential, under the issuer's published keys?

    cose.py TOKEN_OR_URL KEYS.json [NUMBER]

The token is base32 as in the address behind the QR symbol. pycose, python-cwt, claim169 and, where PRAMAN_TEST_NODE_MODULES
names the folder that it is in, @auth0/cose must each verify it with the key of KEYS.json that its key id names, must each refuse it when one bit of the payload is flipped, and the certificate
number in claim 7 must be NUMBER, where that is given. claim169 reads the form for wallets: base45 over zlib. Exit code 0: all agree. 1: somebody does not.
"""

import base64
import json
import os
import sys
import zlib
from pathlib import Path

import cbor2
import claim169
import cwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from pycose.keys import OKPKey
from pycose.keys.curves import Ed25519
from pycose.messages import CoseMessage, Sign1Message

from checks import Answers, finish, need, run

ALG, KID, EDDSA = 1, 4, -8
CTI, CLAIM_PERSON = 7, 169


def token_bytes(token: str) -> bytes:
    text = token.rsplit("/C/", 1)[-1].rsplit("/c/", 1)[-1].upper()
    return base64.b32decode(text + "=" * (-len(text) % 8))


def base64_bytes(text: str) -> bytes:
    text = text.replace("-", "+").replace("_", "/").rstrip("=")
    return base64.b64decode(text + "=" * (-len(text) % 4), validate=True)


def parts(token: bytes) -> tuple[dict, dict, bytes, bytes]:
    tagged = cbor2.loads(token)
    if not isinstance(tagged, cbor2.CBORTag) or tagged.tag != 18 or len(tagged.value) != 4:
        raise ValueError("no tagged COSE_Sign1")
    protected, unprotected, payload, signature = tagged.value
    return cbor2.loads(protected), unprotected, payload, signature


def issuer_key(token: bytes, directory: dict) -> bytes:
    """The Ed25519 key that the token names. The algorithm is the directory's word, not the token's."""
    protected, unprotected, _, _ = parts(token)
    kid = protected.get(KID) or unprotected.get(KID)
    fitting = [
        key
        for key in directory["keys"]
        if key["purpose"] == "credential" and key["algorithm"].lower() == "ed25519" and key["id"] == kid.hex()
    ]
    if len(fitting) != 1:
        raise ValueError(f"{len(fitting)} credential keys have the id {kid.hex()}")
    return base64_bytes(fitting[0]["public_key"])


def pycose_accepts(token: bytes, key: bytes) -> bool:
    message = CoseMessage.decode(token)
    if not isinstance(message, Sign1Message):
        raise ValueError("no COSE_Sign1")
    message.key = OKPKey(crv=Ed25519, x=key)
    return bool(message.verify_signature())


def python_cwt_accepts(token: bytes, key: bytes) -> bool:
    protected, unprotected, _, _ = parts(token)
    kid = protected.get(KID) or unprotected.get(KID)
    public = cwt.COSEKey.new({1: 1, 2: kid, 3: EDDSA, -1: 6, -2: key})  # kty OKP, crv Ed25519
    cwt.COSE.new().decode(token, keys=[public])
    return True


BASE45 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"


def base45(data: bytes) -> str:
    """RFC 9285: two bytes are three letters, one byte is two, the least significant first."""
    text = ""
    for start in range(0, len(data), 2):
        pair = data[start : start + 2]
        number = int.from_bytes(pair, "big")
        for _ in range(len(pair) + 1):
            number, digit = divmod(number, 45)
            text += BASE45[digit]
    return text


def claim169_accepts(token: bytes, key: bytes) -> bool:
    # Whether the certificate has run out is not what is asked here.
    read = claim169.decode(base45(zlib.compress(token)), verify_with_ed25519=key, validate_timestamps=False)
    claims = cbor2.loads(parts(token)[2])
    return read.verification_status == "verified" and read.claim169.full_name == claims[CLAIM_PERSON][4]


# Where npm has put @auth0/cose; nothing: there is no node here.
NODE_MODULES = os.environ.get("PRAMAN_TEST_NODE_MODULES")


def auth0_accepts(token: bytes, key: bytes) -> bool:
    script = Path(__file__).with_name("cose.mjs")
    code, said = run("node", str(script), NODE_MODULES, token.hex(), key.hex())
    if code == 0:
        return int(said) == len(parts(token)[2])
    raise ValueError(said.strip())


def verifiers() -> dict:
    found = {"pycose": pycose_accepts, "python-cwt": python_cwt_accepts, "claim169": claim169_accepts}
    return found | ({"@auth0/cose": auth0_accepts} if NODE_MODULES else {})


def flipped(token: bytes) -> bytes:
    """The same token with one bit of the payload's last byte turned: still well-formed as COSE."""
    tagged = cbor2.loads(token)
    payload = bytearray(tagged.value[2])
    payload[-1] ^= 1
    tagged.value[2] = bytes(payload)
    return cbor2.dumps(tagged)


def refuses(accepts, token: bytes, key: bytes) -> str | None:
    try:
        return "accepts a changed payload" if accepts(token, key) else None
    except Exception:  # every library has its own error for a bad signature
        return None


def check(token: str, directory: dict, number: str | None = None) -> Answers:
    answers = Answers(f"token of {number}" if number else "token")
    try:
        raw = token_bytes(token)
        key = issuer_key(raw, directory)
        protected, _, payload, _ = parts(raw)
        claims = cbor2.loads(payload)
        Ed25519PublicKey.from_public_bytes(key)
    except Exception as error:  # whatever is wrong with the token is the finding
        answers.say("well formed, its key published", False, f"{type(error).__name__}: {error}")
        return answers
    answers.say("well formed, its key published", protected.get(ALG) == EDDSA, f"protected header {protected}")
    for name, accepts in verifiers().items():
        answers.ask(f"{name} verifies", lambda accepts=accepts: None if accepts(raw, key) else "signature is bad")
        answers.ask(f"{name} refuses a flipped bit", lambda accepts=accepts: refuses(accepts, flipped(raw), key))
    answers.say("claims about a person", isinstance(claims.get(CLAIM_PERSON), dict), f"claims {sorted(map(str, claims))}")
    if number:
        answers.say("names its certificate", claims.get(CTI) == packed(number), f"claim 7 is {claims.get(CTI)!r}")
    return answers


def packed(number: str) -> bytes:
    """The last twelve characters of a number, 5 bits each (Crockford), most significant first, in 8 bytes."""
    bits = 0
    for letter in number.replace("-", "")[4:]:
        bits = bits << 5 | "0123456789ABCDEFGHJKMNPQRSTVWXYZ".index(letter)
    return bits.to_bytes(8, "big")


def main(arguments: list[str]) -> int:
    if len(arguments) not in (2, 3):
        sys.exit(__doc__)
    directory = json.loads(Path(need(arguments[1])).read_text("utf-8"))
    return finish([check(arguments[0], directory, *arguments[2:])])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
