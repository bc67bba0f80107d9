"""Whether a secret was ever committed: `python -m deploy.history` looks at every line that was ever added.

For keys that have a form of their own; in the tree of today, detect-secrets looks for others as well. What is
found must be changed where it is used: taking it out of the history does not bring it back.
"""

import re
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
FORMS = {
    "private key": r"-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----",
    "key of age": r"AGE-SECRET-KEY-1[0-9A-Z]{58}",
    "key of AWS": r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b",
    "token of GitHub": r"\b(?:gh[pousr]_[A-Za-z0-9]{36}|github_pat_[A-Za-z0-9_]{60,})\b",
    "token of GitLab": r"\bglpat-[\w-]{20,}\b",
    "token of Slack": r"\bxox[abprs]-[0-9]{10,}-[\w-]{10,}",
    "key of Stripe": r"\b[rs]k_live_[0-9A-Za-z]{20,}\b",
    "key of Google": r"\bAIza[\w-]{35}\b",
    "key of OpenAI": r"\bsk-(?:proj-|svcacct-)?[A-Za-z0-9_-]{40,}\b",
    "token of a package index": r"\b(?:pypi-AgEI[\w-]{50,}|npm_[A-Za-z0-9]{36})\b",
}
ANY = re.compile("|".join(f"(?P<f{i}>{form})" for i, form in enumerate(FORMS.values())))
# Made up for tests, which try that such things are never written to a log.
MADE_UP = re.compile(r"^tests/")


def found_in(lines: Iterable[str]) -> Iterator[str]:
    """Yield where a log with patches adds a secret: the commit, the file and what kind it is."""
    commit = file = ""
    for line in lines:
        if line.startswith("commit "):
            commit = line.split()[1][:12]
        elif line.startswith("+++ "):
            file = line[4:].strip().removeprefix("b/")
        elif line.startswith("+") and (match := ANY.search(line)) and not MADE_UP.match(file):
            kind = list(FORMS)[int(str(match.lastgroup)[1:])]
            yield f"{commit} {file}: {kind}"


def main() -> int:
    """Print what was found, and never the secret itself; return 1 if there is something."""
    command = [
        "git",
        "log",
        "--all",
        "--patch",
        "--unified=0",
        "--no-color",
        "--no-ext-diff",
        "--format=commit %H",
    ]
    with subprocess.Popen(
        command, cwd=PROJECT, stdout=subprocess.PIPE, text=True, errors="replace"
    ) as git:
        found = sorted(set(found_in(git.stdout or [])))
    if git.returncode:
        print("git cannot read the history.", file=sys.stderr)  # noqa: T201
        return 1
    for one in found:
        print(one)  # noqa: T201
    print(f"{len(found)} secrets in the history.")  # noqa: T201
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main())
