# SPDX-License-Identifier: Apache-2.0
"""All kinds of mutants, in the order that gives a mutant its number. Not here: what is right (oracle.py)."""

import mutants_tables  # noqa: F401, I001
import mutants_fields  # noqa: F401
import mutants_plan  # noqa: F401
import mutants_bytes  # noqa: F401
import mutants_x86  # noqa: F401
from kinds import KINDS, descriptors, kinds_of

__all__ = ["KINDS", "descriptors", "kinds_of"]
