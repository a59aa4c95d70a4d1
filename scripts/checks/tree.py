# SPDX-License-Identifier: Apache-2.0
"""The tree that is checked: its files, their text without comments, and what a finding is. No rules."""

import re
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

CODE_SUFFIXES = {".c", ".h", ".S", ".py", ".ld", ".dts", ".dtsi", ".ini", ".yml", ".mk"}


@dataclass(frozen=True, order=True)
class Finding:
    """What a rule found. A note is shown and does not fail the check."""

    path: str
    line: int
    rule: str
    text: str
    is_note: bool = False

    def __str__(self):
        kind = "note" if self.is_note else "error"
        return f"{self.path}:{self.line}: {kind}: {self.text} [{self.rule}]"


def strip_comments(text):
    """C without comments and without the contents of strings, line by line as it was."""

    def blank(match):
        found = match.group(0)
        if found.startswith("/"):
            return "\n" * found.count("\n") or " "
        return found[0] + found[0]

    pattern = r"//[^\n]*|/\*.*?\*/|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'"
    return re.sub(pattern, blank, text, flags=re.S)


def strip_comments_keep_strings(text):
    """The same with strings as they are: for #include lines."""

    def blank(match):
        found = match.group(0)
        return ("\n" * found.count("\n") or " ") if found.startswith("/") else found

    return re.sub(r"//[^\n]*|/\*.*?\*/|\"(?:\\.|[^\"\\\n])*\"", blank, text, flags=re.S)


@dataclass
class Tree:
    """A checked-out tree. Only files that git knows, or would add, count: build products do not."""

    root: Path
    _texts: dict = field(default_factory=dict)

    def __post_init__(self):
        command = ["git", "-C", str(self.root), "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
        listed = subprocess.run(command, check=True, capture_output=True).stdout.decode()
        names = sorted({name for name in listed.split("\0") if name})
        self.files = [name for name in names if (self.root / name).is_file() and not (self.root / name).is_symlink()]

    def text(self, name):
        """The file's text; "" for one that is not text."""
        if name not in self._texts:
            raw = (self.root / name).read_bytes()
            self._texts[name] = "" if b"\0" in raw else raw.decode("utf-8", "replace")
        return self._texts[name]

    def lines(self, name):
        return self.text(name).splitlines()

    def is_code(self, name):
        """Whether it is a source that people write: by its suffix, or as a script by its first line."""
        path = Path(name)
        return path.suffix in (*CODE_SUFFIXES, ".mk") or path.name == "Makefile" or self.text(name).startswith("#!")

    def is_python(self, name):
        return name.endswith(".py") or re.match(r"#!.*python", self.text(name)) is not None

    def select(self, *suffixes, under=""):
        """Files below a folder whose names end in one of the suffixes."""
        return [name for name in self.files if name.endswith(suffixes) and name.startswith(under)]

    def find_word(self, name, word):
        """The first line, counted from 1, on which a file names the word; 1 if it does not."""
        for number, line in enumerate(strip_comments(self.text(name)).splitlines(), 1):
            if re.search(rf"\b{re.escape(word)}\b", line):
                return number
        return 1
