# SPDX-License-Identifier: Apache-2.0
"""All mutants, in this order."""

import rules_filter  # noqa: F401, I001
import rules_exits  # noqa: F401
import rules_core  # noqa: F401
import rules_plan  # noqa: F401
import rules_machine  # noqa: F401
import rules_x86_interrupts  # noqa: F401
import rules_x86_answers  # noqa: F401
import rules_x86_exits  # noqa: F401
import rules_x86_plan  # noqa: F401
import rules_x86_vmx_plan  # noqa: F401
import rules_x86_vmx  # noqa: F401
import rules_x86_devices  # noqa: F401
import rules_x86_machine  # noqa: F401
from mutant import MUTANTS

__all__ = ["MUTANTS"]
