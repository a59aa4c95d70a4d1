# SPDX-License-Identifier: Apache-2.0
"""Which of the oracle's kinds a line of `bulkhead verify` is of, by the words that verify.h gives its rules."""

import pathlib
import re

from subject import CLAIM, CONTENT, CONTROLS, FORM, FRAME, HYPERVISOR, OWNERS, REACH, STATE, TABLES

MORE = re.compile(r"and \d+ more")
WORDS = pathlib.Path(__file__).resolve().parents[2] / "src/plan/check/verify.h"
KINDS = {
    FRAME: "NO_IMAGE NO_PLAN FORMAT HEADER_CRC FILE_SIZE BODY_CRC ARRAY LAYOUT REFERENCE UNKNOWN VENDOR",
    REACH: "REACH ATTRIBUTES UNMAPPED SPACE CONTROL ROOT DEVICE_ENTRY",  # of a partition; the rest is the hypervisor's
    HYPERVISOR: "STACK_PLACE GUARD WINDOW_OPEN REGISTERS LOADER_OFFSET CONSOLE",
    TABLES: "TABLE_PLACE TABLE_BITS TABLE_WRITABLE TABLE_COUNT TABLE_UNSET SET_PLACE SET_CRC",
    OWNERS: "VMID GIC_PLACE WINDOW_PLACE BOTH FILTER FILTER_MAPPED INTERRUPT_BOTH INTERRUPT "
    "CORE_ID CORE_RELEASE CORE_OWNER CORE_LOADER VCPU "
    "TRAMPOLINE_PLACE PORT PORT_BOTH PINS CLUSTERS PCI_PLACE FUNCTION",
    STATE: "ROOT_OVERLAP ROOT_ROW STATE NOT_ZERO",
    CONTENT: "HEADER HASH IMAGE_PLACE IMAGE_GOLDEN IMAGE_HASH IMAGE_OVERLAP ENTRY",
    FORM: "WINDOW_KIND RESERVED",
    CONTROLS: "VMCB VMCS VMCS_COUNT VMCS_DEMAND MSR",
}


def read_words():
    kind_of = {f"VERIFY_{rule}": kind for kind, rules in KINDS.items() for rule in rules.split()}
    for rule, words in re.findall(r'X\((VERIFY_\w+),\s*"(.*?)"\)', WORDS.read_text()):
        pattern = re.compile(re.sub(r"\\\{.\\\}", ".*", re.escape(words)))
        yield pattern, CLAIM if rule.startswith("VERIFY_CLAIM") else kind_of.get(rule, rule)


PATTERNS = list(read_words())


def kind_of(line):
    """The kind, or the line itself where no rule has such words."""
    kinds = [kind for pattern, kind in PATTERNS if pattern.fullmatch(line)]
    if not kinds:
        return line
    is_partitions = line.startswith(("partition", "the image lets PCI function"))
    return HYPERVISOR if kinds[0] == REACH and not is_partitions else kinds[0]


def kinds_of(lines):
    return {kind_of(line) for line in lines if not MORE.fullmatch(line)}


def are_cut(found):
    """Whether there were more findings than lines."""
    return any(MORE.fullmatch(line) for line in found)
