# SPDX-License-Identifier: Apache-2.0
"""All mutants."""

import rules_core
import rules_exits
import rules_filter
import rules_machine
import rules_plan
import rules_x86
import rules_x86_devices
import rules_x86_machine
import rules_x86_plan
import rules_x86_vmx

MUTANTS = [
    *rules_filter.MUTANTS,
    *rules_exits.MUTANTS,
    *rules_core.MUTANTS,
    *rules_plan.MUTANTS,
    *rules_machine.MUTANTS,
    *rules_x86.MUTANTS,
    *rules_x86_plan.MUTANTS,
    *rules_x86_machine.MUTANTS,
    *rules_x86_vmx.MUTANTS,
    *rules_x86_devices.MUTANTS,
]
