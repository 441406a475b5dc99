"""What the checks share: a list of answers, each yes or no with its reason, and a way to run another program."""

import subprocess
import sys
import unicodedata
from pathlib import Path


class Answers:
    """The answers about one file or token. A check that throws has the answer no."""

    def __init__(self, about: str):
        self.about = about
        self.noes: list[str] = []
        self.yeses: list[str] = []

    def say(self, what: str, yes: bool, why: str = "") -> None:
        (self.yeses if yes else self.noes).append(what if yes or not why else f"{what}: {why}")

    def ask(self, what: str, check) -> None:
        """Runs `check`, which returns nothing when all is well and a reason when it is not."""
        try:
            why = check()
        except Exception as error:  # a checker that stumbles over our file is a finding, whatever it raised
            why = f"{type(error).__name__}: {error}"
        self.say(what, not why, why or "")

    @property
    def good(self) -> bool:
        return bool(self.yeses) and not self.noes

    def line(self) -> str:
        if self.good:
            return f"yes  {self.about}: {', '.join(self.yeses)}"
        return f"NO   {self.about}: {' | '.join(self.noes) or 'nothing was checked'}"


def run(*command: str) -> tuple[int, str]:
    """Runs a program; gives its exit code and everything it wrote."""
    done = subprocess.run(command, capture_output=True, text=True, errors="replace", timeout=120, check=False)
    return done.returncode, done.stdout + done.stderr


def folded(text: str) -> str:
    """`text` as it is compared: NFC, every run of white space one space."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def finish(answers: list[Answers]) -> int:
    """Prints one line each and gives the exit code: 0 when every answer is yes, 1 else."""
    for answer in answers:
        print(answer.line())
    bad = sum(not answer.good for answer in answers)
    print(f"{len(answers) - bad} passed, {bad} failed")
    return 1 if bad or not answers else 0


def need(path: str) -> Path:
    """`path`, which must exist."""
    if not Path(path).exists():
        sys.exit(f"{path} is not there")
    return Path(path)
