"""Do other people's checkers of PDF/UA and PDF/A agree with what the files claim?

    conformance.py FILE.pdf...

pdfua checks the part of PDF/UA-1 that it knows. PDFBox's preflight is asked where Java and its Debian packages are
(libpdfbox2-java libactivation-java libjaxb-api-java libbcmail-java libbcpkix-java); it knows PDF/A-1b alone, and our files
are PDF/A-3a, so some of what it finds is right by the later standard: EXPECTED lists each with the reason, and anything
else is a failure. Neither is a certificate of conformance. Exit code 0: nothing unexpected. 1: something.
"""

import json
import re
import shutil
import sys
from pathlib import Path

from checks import Answers, finish, need, run

# What preflight finds, and why it stays. PDF/A-3 is ISO 19005-3, with PDF/A-1 being ISO 19005-1.
EXPECTED = {
    "1.2.9": "embedded files: forbidden in PDF/A-1, allowed in PDF/A-3 (6.8); they carry credential and record",
    "1.4.7": "the same, seen from the names dictionary",
    "2.1.6": "the sRGB profile is ICC version 4: PDF/A-1 ends at version 2, PDF/A-2 and 3 take it (6.2.3)",
    "3.1.11": "CIDSet: required for subsets in PDF/A-1, optional from PDF/A-2 on (6.2.11.4.2)",
    "7.11.2": "the part of PDF/A in the metadata is 3, which is what the file is",
}
# A check of pdfua 0.1.3 stumbles over its own library when a heading has more than one run of text, as ours has.
SKIPPED = {"UA-14-001"}

JARS = "preflight pdfbox2 fontbox2 xmpbox commons-logging javax.activation jaxb-api bcmail bcpkix bcprov bcutil".split()
CLASS_PATH = [Path("/usr/share/java") / f"{jar}.jar" for jar in JARS]


def pdfua(file: Path) -> str | None:
    _, said = run(str(Path(sys.executable).with_name("pdfua")), "check", "--format", "json", str(file))
    answer = json.loads(said)
    if answer["findings"]:
        return "; ".join(f"{finding['rule_id']} {finding.get('message', '')}" for finding in answer["findings"])
    skipped = {rule["rule_id"] for rule in answer["skipped"]} - SKIPPED
    return f"skipped {sorted(skipped)}" if skipped else None


def preflight(file: Path) -> str | None:
    path = ":".join(map(str, CLASS_PATH))
    _, said = run("java", "-cp", path, "org.apache.pdfbox.preflight.Validator_A1b", str(file))
    found = dict(re.findall(r"^([0-9]+(?:\.[0-9]+)+) : (.*)$", said, re.MULTILINE))
    if not found and "is a valid PDF/A-1b file" not in said:
        return f"no answer: {said[:500]}"
    unexpected = {code: words for code, words in found.items() if code not in EXPECTED}
    return "; ".join(f"{code} {words}" for code, words in unexpected.items()) or None


def check(file: Path) -> Answers:
    answers = Answers(file.name)
    answers.ask("pdfua", lambda: pdfua(file))
    if shutil.which("java") and all(jar.exists() for jar in CLASS_PATH):
        answers.ask("PDFBox preflight, beyond what is expected", lambda: preflight(file))
    return answers


def main(arguments: list[str]) -> int:
    if not arguments:
        sys.exit(__doc__)
    return finish([check(need(argument)) for argument in arguments])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
