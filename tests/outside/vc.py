"""Do other people's libraries accept the W3C credential, under the issuer's published keys?

    vc.py CREDENTIAL.vc.cose KEYS.json ISSUER.cid [NUMBER]

pycose verifies it with the key that its head names in the issuer's document, which must be the one of KEYS.json, and refuses it with one
bit of the document flipped. PyLD reads the document as JSON-LD with the context that the W3C publishes and the one inside: expanded and
compacted again it must be the same, so no word of it is undefined. Exit code 0: all agree. 1: somebody does not.
"""

import hashlib
import json
import re
import sys
from pathlib import Path

from pyld import jsonld

import cose
from checks import Answers, finish, need

CONTENT, TYP = 3, 16
W3C = "https://www.w3.org/ns/credentials/v2"
CONTEXT = Path(__file__).with_name("contexts") / "credentials-v2.jsonld"
# As the Recommendation gives it (Verifiable Credentials Data Model 2.0, section "Base Context").
CONTEXT_SHA256 = "59955ced6697d61e03f2b2556febe5308ab16842846f5b586d7f1f7adec92734"
INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(Z|[+-]\d\d:\d\d)")


def loader(url: str, options: dict) -> dict:
    if url != W3C:
        raise ValueError(f"a context that nobody has given: {url}")
    raw = CONTEXT.read_bytes()
    if hashlib.sha256(raw).hexdigest() != CONTEXT_SHA256:
        raise ValueError(f"{CONTEXT} is not the W3C's")
    return {"contextUrl": None, "documentUrl": url, "contentType": "application/ld+json", "document": json.loads(raw)}


def key_of(message: bytes, directory: dict, issuer: dict) -> bytes:
    """The key that the head names, from the issuer's document; the directory must have the same."""
    protected, _, payload, _ = cose.parts(message)
    named = protected[cose.KID].decode()
    document = json.loads(payload)
    if not named.startswith(document["issuer"]["id"] + "#") or issuer["id"] != document["issuer"]["id"]:
        raise ValueError(f"{named} is no key of {document['issuer']['id']}")
    methods = [method for method in issuer["verificationMethod"] if method["id"] == named]
    if len(methods) != 1 or named not in issuer["assertionMethod"]:
        raise ValueError(f"{named} stands {len(methods)} times in the issuer's document, or may not assert")
    jwk = methods[0]["publicKeyJwk"]
    if methods[0]["type"] != "JsonWebKey" or (jwk["kty"], jwk["crv"]) != ("OKP", "Ed25519") or "d" in jwk:
        raise ValueError(f"no public Ed25519 key: {methods[0]}")
    key = cose.base64_bytes(jwk["x"])
    ids = [entry["id"] for entry in directory["keys"] if cose.base64_bytes(entry["public_key"]) == key]
    if ids != [named.rsplit("#", 1)[1]]:
        raise ValueError(f"the directory has the key as {ids}")
    return key


def undefined(document: dict) -> str | None:
    options = {"documentLoader": loader}
    expanded = jsonld.expand(document, options)
    compacted = jsonld.compact(expanded, document["@context"], options)
    return None if plain(compacted) == plain(document) else f"PyLD understands {plain(compacted)}"


def plain(value):
    """The document without what JSON-LD may write in two ways: a list of one, and an empty one."""
    if isinstance(value, dict):
        fields = {key: plain(field) for key, field in value.items() if key != "@context"}
        return {key: field for key, field in fields.items() if field != []}
    if isinstance(value, list):
        items = [plain(item) for item in value]
        return items[0] if len(items) == 1 else items
    return value


def of_the_data_model(document: dict) -> str | None:
    """What the Recommendation demands of every credential."""
    if document["@context"][0] != W3C:
        return "the first context is not the W3C's"
    if document["type"][0] != "VerifiableCredential" or not document["credentialSubject"]:
        return "no type or no subject"
    for name in ("validFrom", "validUntil"):
        if name in document and not INSTANT.fullmatch(document[name]):
            return f"{name} is no date and time with a zone"
    for name in ("credentialStatus", "evidence"):
        if name in document and "type" not in document[name]:
            return f"{name} has no type"
    return None


def check(message: bytes, directory: dict, issuer: dict, number: str | None = None) -> Answers:
    answers = Answers(f"W3C credential of {number}" if number else "W3C credential")
    try:
        key = key_of(message, directory, issuer)
        protected, unprotected, payload, _ = cose.parts(message)
        document = json.loads(payload)
    except Exception as error:  # whatever is wrong with it is the finding
        answers.say("W3C form, its key published", False, f"{type(error).__name__}: {error}")
        return answers
    types = (protected.get(CONTENT), protected.get(TYP), unprotected) == ("application/vc", "application/vc+cose", {})
    answers.say("W3C form, its key published", types and protected.get(cose.ALG) == cose.EDDSA, f"head {protected}")
    accepts = cose.pycose_accepts
    answers.ask("pycose verifies the W3C form", lambda: None if accepts(message, key) else "signature is bad")
    flipped = lambda: cose.refuses(accepts, cose.flipped(message), key)
    answers.ask("pycose refuses a flipped bit of the W3C form", flipped)
    answers.ask("data model", lambda: of_the_data_model(document))
    answers.ask("PyLD knows every word", lambda: undefined(document))
    strange = document | {"strange": "a word that nobody has defined"}
    answers.say("PyLD sees an undefined word", undefined(strange) is not None)
    if number:
        said = document.get("certificateNumber")
        answers.say("W3C form names its certificate", said == number, f"it names {said}")
    return answers


def same_code(message: bytes, token: str) -> str | None:
    """The credential of the symbol is inside."""
    document = json.loads(cose.parts(message)[2])
    return None if cose.token_bytes(document["evidence"]["id"]) == cose.token_bytes(token) else "another one"


def main(arguments: list[str]) -> int:
    if len(arguments) not in (3, 4):
        sys.exit(__doc__)
    read = lambda name: json.loads(Path(need(name)).read_text("utf-8"))
    message = Path(need(arguments[0])).read_bytes()
    return finish([check(message, read(arguments[1]), read(arguments[2]), *arguments[3:])])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
