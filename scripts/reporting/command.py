# SPDX-License-Identifier: Apache-2.0
"""What the commands `map` and `report` have in common: arguments, messages as the planner's, exit status."""

import argparse
import sys

from .system import DescriptionError

EXIT_MISTAKE, EXIT_USAGE = 1, 2


def message(text):
    print(f"bulkhead: error: {text}", file=sys.stderr)


class Parser(argparse.ArgumentParser):
    """For `bulkhead NAME FILE.dts [-I DIR]`; one line for a mistake."""

    def __init__(self, name, description, file="the system, or its description as `build --json` writes it"):
        super().__init__(prog=f"bulkhead {name}", description=description, allow_abbrev=False)
        self.name = name
        self.add_argument("file", metavar="FILE.dts", help=file)
        self.add_argument(
            "-I", "--include", metavar="DIR", action="append", default=[], help="look for boards in DIR first"
        )

    def error(self, message_text):  # argparse's name
        message(f"{self.name}: {message_text}; see bulkhead {self.name} --help")
        sys.exit(EXIT_USAGE)


def run(work):
    """Calls `work`; returns the exit status."""
    try:
        work()
        sys.stdout.flush()
    except DescriptionError as error:
        if str(error):
            message(error)
        return EXIT_MISTAKE
    except KeyError as error:
        message(f"the description lacks {error}")
        return EXIT_MISTAKE
    except OSError as error:
        where = error.filename or "standard output"
        message(f"cannot write {where}: {error.strerror}")
        return EXIT_MISTAKE
    return 0
