# SPDX-License-Identifier: Apache-2.0
"""x86-64: what only a machine shows: start-up, cores that start others, kicks, registers of an earlier life."""

from mutant import Blind, System, mutate


def refusal(test):
    return System(f"test_refusals_x86.py::{test}", "qemu-q35")


def boot(test):
    return System(f"test_boot_x86.py::{test}", "qemu-q35")


# ---- start-up -------------------------------------------------------------------------------------------------------

add = mutate("src/arch/x86/start.S", refusal("test_other_loader"))
add(
    "x86-start-loader",
    "\tcmpl\t$MULTIBOOT_LOADER_MAGIC, %eax\n\trefuse_if ne, REFUSAL_LOADER\n",
    "",
    "started by anybody, in any state",
)
add(
    "x86-start-no-execute",
    "\tandl\t$(1 << FEATURE_NX) | (1 << FEATURE_LONG_MODE), %edx\n"
    "\tcmpl\t$(1 << FEATURE_NX) | (1 << FEATURE_LONG_MODE), %edx\n",
    "\tandl\t$(1 << FEATURE_LONG_MODE), %edx\n\tcmpl\t$(1 << FEATURE_LONG_MODE), %edx\n",
    "the hypervisor runs what it can write",
    refusal("test_core_without[qemu64,+svm,+npt,+x2apic,-nx-E32]"),
)
add(
    "x86-start-magic",
    "\tcmpl\t$PLAN_MAGIC_LOW, (%esi)\n\trefuse_if ne, REFUSAL_NO_PLAN\n",
    "",
    "anything as a plan",
    refusal("test_flipped_start[magic-E03]"),
)
add(
    "x86-start-version",
    "\tcmpl\t$PLAN_VERSION_VALUE, PLAN_VERSION_OFFSET(%esi)\n\trefuse_if ne, REFUSAL_VERSION\n",
    "",
    "another release's plan",
    refusal("test_wrong_plan[version]"),
)
add(
    "x86-start-header-crc",
    "\tcmpl\tPLAN_HEADER_CRC_OFFSET(%esi), %eax\n\trefuse_if ne, REFUSAL_HEADER_CRC\n",
    "",
    "a corrupt header",
    refusal("test_flipped_header[sha256]"),
)
add(
    "x86-start-body-crc",
    "\tcmpl\tPLAN_BODY_CRC_OFFSET(%esi), %eax\n\trefuse_if ne, REFUSAL_BODY_CRC\n",
    "",
    "corrupt rows",
    refusal("test_flipped_body[images]"),
)
add(
    "x86-start-place",
    "\tcmpl\tPLAN_BASE_OFFSET(%esi), %esi\n\trefuse_if ne, REFUSAL_PLACE\n",
    "",
    "a plan for another place",
    refusal("test_wrong_plan[place]"),
)
add(
    "x86-start-cores-inside",
    "\taddl\tPLAN_CORES_OFFSET(%esi), %eax\n\trefuse_if c, REFUSAL_ARRAY\n"
    "\tcmpl\tPLAN_SIZE_OFFSET(%esi), %eax\n\trefuse_if a, REFUSAL_ARRAY\n",
    "",
    "rows far behind the plan",
    refusal("test_wrong_plan[cores-outside]"),
)
add(
    "x86-start-sets-inside",
    "\taddl\tPLAN_TABLE_SETS_OFFSET(%esi), %eax\n\trefuse_if c, REFUSAL_ARRAY\n"
    "\tcmpl\tPLAN_SIZE_OFFSET(%esi), %eax\n\trefuse_if a, REFUSAL_ARRAY\n",
    "",
    "rows far behind the plan",
    refusal("test_wrong_plan[table-sets-outside]"),
)
add(
    "x86-start-core-row",
    "\tcmpl\tCORE_MPIDR_OFFSET(%ebp), %edi\n\tjne\t4f\n",
    "\tcmpl\tCORE_MPIDR_OFFSET(%ebp), %edi\n",
    "every core takes the first one's row, its stack and its partition",
    boot("test_rtos_rtos"),
)
add(
    "x86-start-core-known",
    "\trefuse_if ae, REFUSAL_CORE\n",
    "",
    "a core that the plan does not name",
    refusal("test_wrong_plan[core-unknown]"),
)
add(
    "x86-start-table-end",
    "\tcmpl\tPLAN_TABLE_SIZE_OFFSET(%esi), %eax\n\trefuse_if a, REFUSAL_TABLES\n",
    "",
    "tables from behind the constant ones, whatever lies there",
    refusal("test_wrong_plan[table-set-outside]"),
)
add(
    "x86-start-table-crc",
    "\tcmpl\tTABLE_SET_CRC_OFFSET(%ebx), %eax\n\trefuse_if ne, REFUSAL_TABLE_CRC\n",
    "",
    "the hypervisor's own tables are corrupt",
    refusal("test_flipped_table[0]"),
)

add = mutate("src/arch/x86/machine.c", boot("test_rtos_rtos"))
add(
    "trampoline-copy",
    "\t\tto[i] = trampoline_code[i];\n",
    "\t\t(void)to;\n",
    "other cores start in what firmware left there",
)
add(
    "trampoline-whole",
    "i < trampoline_size; i++) {",
    "i < (trampoline_size / 2u); i++) {",
    "other cores start in half of the code",
)
add("trampoline-page", "ICR_STARTUP | (page / PLAN_PAGE)", "ICR_STARTUP", "other cores start at 0")
add(
    "x86-pins",
    "return (ioapic_pin_count() < x86->ioapic_pins) ? REFUSAL_GIC_LINES : REFUSAL_NONE;",
    "return (ioapic_pin_count() == 0u) ? REFUSAL_GIC_LINES : (x86 == NULL) ? REFUSAL_CORE : REFUSAL_NONE;",
    "pins that the machine does not have",
    refusal("test_wrong_plan[pins]"),
)
add(
    "x86-address-bits",
    "((cpuid_read(CPUID_ADDRESS_BITS, 0).eax & 0xffu) < plan->pa_bits)",
    "(plan->pa_bits == 0u)",
    "more address bits than the core has",
    refusal("test_wrong_plan[address-bits]"),
)

# ---- kicks ----------------------------------------------------------------------------------------------------------

add = mutate(
    "src/arch/x86/vectors.S",
    Blind("only while a core drains its last guest's interrupts is an NMI outside the window"),
)
add(
    "wait-mark",
    "\tmovb\t$1, STACK_KICKED - STACK_RESERVED + 1(%rax)\n",
    "",
    "a kick that came before the sleep is slept through",
)
