"""`deploy/scripts/deploy VERSION`, `deploy/scripts/rollback`: what they do, and what they say at the end.

Exit codes: 0 the version serves; 1 it did not do, what served before serves; 2 refused, nothing was begun;
3 another deployment is under way; 4 somebody must look.
"""

import argparse
import signal
import sys
from types import FrameType

from deploy.bluegreen.deploying import Deployment, state_in_words
from deploy.bluegreen.errors import DeployError
from deploy.bluegreen.journal import Journal
from deploy.bluegreen.machine import Machine
from deploy.bluegreen.settings import Settings
from deploy.bluegreen.state import StateFile, only_one
from deploy.bluegreen.turns import behind


def main(arguments: list[str]) -> int:
    given = _parser().parse_args(arguments)
    signal.signal(signal.SIGTERM, _stop)
    settings = Settings.read()
    try:
        if given.command == "status":
            sys.stdout.write(f"{state_in_words(StateFile(settings.home).read())}\n")
        else:
            with only_one(settings.home), behind():
                _act(given, settings)
    except DeployError as error:
        sys.stderr.write(f"{given.command}: {error}\n")
        return error.code
    except KeyboardInterrupt:
        sys.stderr.write(f"{given.command}: stopped; what served before serves.\n")
        return DeployError.code
    return 0


def _act(given: argparse.Namespace, settings: Settings) -> None:
    journal = Journal(settings.home, getattr(given, "version", given.command))
    deployment = Deployment(Machine(settings, journal), StateFile(settings.home), journal)
    if given.command == "rollback":
        deployment.roll_back()
    else:
        deployment.deploy(given.version, expand_only=not given.allow_destructive)


def _stop(_: int, __: FrameType | None) -> None:
    """Undo what was begun, as if it had failed."""
    raise KeyboardInterrupt


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="deploy", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    one = commands.add_parser("deploy", help="let a version serve, if it does well")
    one.add_argument("version", help="a tag or a commit")
    one.add_argument(
        "--allow-destructive",
        action="store_true",
        help="also with migrations that the version which serves cannot live with",
    )
    commands.add_parser("rollback", help="let the version before serve again")
    commands.add_parser("status", help="say what serves")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
