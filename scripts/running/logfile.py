# SPDX-License-Identifier: Apache-2.0
"""A log in a folder of the user's. When it cannot be written any more it ends, and nothing else does."""

import sys

from .machine import MachineError


class LogFile:
    def __init__(self, folder, name):
        self.name, path = name, f"{folder}/{name}.log"
        try:
            self.file = open(path, "wb", buffering=0)
        except OSError as error:
            raise MachineError(f"cannot write '{path}': {error.strerror}") from None

    def write(self, data):
        try:
            while self.file and data:
                data = data[self.file.write(data) :]
        except OSError as error:
            print(f"bulkhead: error: the log of '{self.name}' ends here: {error.strerror}", file=sys.stderr)
            self.close()

    def close(self):
        if self.file:
            self.file.close()
        self.file = None
