"""The command line: it parses, calls and prints; physics choices are keys of the study file."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import traceback
from collections.abc import Sequence
from typing import Any, NoReturn

from packing.errors import InputError, RunStopped
from superlattice.commands import COMMANDS
from superlattice.files import DISK_TROUBLE
from superlattice.version import __version__

EXIT_DONE, EXIT_BUG, EXIT_INPUT, EXIT_STOPPED = 0, 1, 2, 3


class OneLineParser(argparse.ArgumentParser):
    """A parser whose complaint is one line, like every other error a person can cause."""

    def error(self, message: str) -> NoReturn:
        """Print one line on stderr and exit with 2."""
        self.exit(EXIT_INPUT, f"{self.prog}: {message}. See {self.prog} --help.\n")


def build_parser() -> argparse.ArgumentParser:
    """The parser of all commands."""
    parser = OneLineParser(
        prog="superlattice",
        description="Which superlattice will these nanocrystals make, at what spacing, and does your data agree?",
        epilog="superlattice COMMAND --help says more. Exit status: 0 done, 1 a bug, 2 the input cannot be used, "
        "3 stopped early and can be resumed.",
    )
    parser.add_argument("--version", action="version", version=f"superlattice {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True, parser_class=OneLineParser)
    for command in COMMANDS:
        command.add(commands)
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status.

    Returns
    -------
    int
        The exit status, a number: 0 done, 1 a bug, 2 the input cannot be used, 3 stopped early.
    """
    args = build_parser().parse_args(argv)
    try:
        return int(args.run(args) or EXIT_DONE)
    except InputError as error:
        return _say(args, error, EXIT_INPUT)
    except RunStopped as stop:
        return _say(args, stop, EXIT_STOPPED)
    except KeyboardInterrupt:
        return _say(args, "interrupted. The same command goes on from the last checkpoint.", EXIT_STOPPED)
    except BrokenPipeError:
        # The reader of a pipe went away (`| head`): nothing to tell it, and nothing to flush at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 128 + signal.SIGPIPE
    except Exception as error:
        if isinstance(error, OSError) and error.errno in DISK_TROUBLE:
            return _say(args, f"{error}. Make room or choose another folder; the same command goes on.", EXIT_INPUT)
        traceback.print_exc()
        return _say(args, "this is a bug in superlattice, please report it with the lines above.", EXIT_BUG)


def _say(args: argparse.Namespace, what: Any, status: int) -> int:
    line = " ".join(str(what).split())
    print(f"superlattice {args.command}: {line}", file=sys.stderr)
    return status


if __name__ == "__main__":
    sys.exit(main())
