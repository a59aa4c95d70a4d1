# SPDX-License-Identifier: Apache-2.0
"""What the commands `map`, `report` and `flash` have in common: arguments, messages as the planner's, files, exit status."""

import argparse
import contextlib
import os
import signal
import sys

from .system import DescriptionError

EXIT_MISTAKE, EXIT_USAGE = 1, 2  # 128 + N: ended by signal N
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


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


class Ended(Exception):
    """A signal came: what is temporary goes, then this program."""


def on_signal(number, _frame):
    for other in SIGNALS:
        signal.signal(other, signal.SIG_IGN)
    raise Ended(number)


def catch_signals():
    for number in SIGNALS:
        if signal.getsignal(number) is not signal.SIG_IGN:  # as nohup has it
            signal.signal(number, on_signal)


def write(path, fill):
    """Writes a file by fill(stream) of bytes: whole, or not at all. A device is written to, not replaced by a file."""
    is_device = path.exists() and not path.is_file()
    place = path if is_device else path.with_name(path.name + ".unfinished")
    try:
        with open(place, "wb") as stream:
            fill(stream)
        if not is_device:
            os.replace(place, path)
    except OSError as error:
        raise DescriptionError(f"cannot write {path}: {error.strerror}") from None
    finally:
        if not is_device:
            with contextlib.suppress(OSError):
                place.unlink()


def run(work):
    """Calls `work`; returns the exit status."""
    catch_signals()
    try:
        work()
        sys.stdout.flush()
    except Ended as error:
        return 128 + error.args[0]
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
