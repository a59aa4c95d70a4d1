# SPDX-License-Identifier: Apache-2.0
"""Documents that scripts write from the sources: each is as its script would write it now."""

import subprocess

from .tree import Finding

WRITERS = {
    "scripts/traps": "docs/traps.md",
    "scripts/x86-answers": "docs/x86-answers.md",
    "scripts/config-reference": "docs/config-reference.md",
}


def check(tree):
    for script, document in WRITERS.items():
        if script in tree.files:
            command = ["/usr/bin/python3", tree.root / script, "--check"]
            result = subprocess.run(command, check=False, capture_output=True, text=True)
            if result.returncode != 0:
                yield Finding(document, 1, "generated", result.stderr.strip().splitlines()[-1])
