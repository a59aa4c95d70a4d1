# SPDX-License-Identifier: Apache-2.0
"""x86-64: what a guest is told by CPUID, model-specific registers and ports."""

from mutant import Unit, mutate

# ---- CPUID ----------------------------------------------------------------------------------------------------------

add = mutate("src/arch/x86/cpuid.c", Unit("x86/test_answers"))
add(
    "cpuid-svm",
    "#define AMD_FEATURES_ECX 0x006309f3u",
    "#define AMD_FEATURES_ECX 0x006309f7u",
    "guests believe in SVM",
)
add("cpuid-vmx", "#define FEATURES_ECX 0xf7fb3603u", "#define FEATURES_ECX 0xf7fb3623u", "guests believe in VMX")
add(
    "cpuid-monitor",
    "#define FEATURES_ECX 0xf7fb3603u",
    "#define FEATURES_ECX 0xf7fb360bu",
    "guests use MWAIT, which is undefined for them",
)
add(
    "cpuid-osxsave",
    "#define FEATURES_ECX 0xf7fb3603u",
    "#define FEATURES_ECX 0xfffb3603u",
    "OSXSAVE is the hypervisor's, not the guest's",
)
add(
    "cpuid-mirror",
    " | row->set.ecx | mirrored(guest, leaf);",
    " | row->set.ecx | (mirrored(guest, leaf) & 1u);",
    "a guest's own OSXSAVE is not there",
)
add(
    "cpuid-mtrr",
    "#define FEATURES_EDX 0x5f9faf7fu",
    "#define FEATURES_EDX 0x5f9fbf7fu",
    "guests write MTRRs, and fault",
)
add(
    "cpuid-hypervisor",
    "FEATURES_X2APIC | FEATURES_HYPERVISOR, 0}",
    "FEATURES_X2APIC, 0}",
    "guests think they are bare",
)
add(
    "cpuid-unknown-leaf",
    "\tif (row != NULL) {\n",
    "\tif (row == NULL) {\n\t\tanswer = cpuid_read(leaf, subleaf);\n\t} else {\n",
    "leaves that nobody has looked at: SVM's, SEV's, performance counters",
)
add(
    "cpuid-sgx",
    "#define EXTENDED_EBX 0xfdff2ff9u",
    "#define EXTENDED_EBX 0xfdff2ffdu",
    "guests believe in SGX",
)

# ---- model-specific registers ---------------------------------------------------------------------------------------

add = mutate("src/arch/x86/msr.c", Unit("x86/test_answers"))
add(
    "msr-unknown",
    "static const struct msr_row msr_nothing = {0, READ_FAULT, WRITE_FAULT, 0};",
    "static const struct msr_row msr_nothing = {0, READ_VALUE, WRITE_IGNORED, 0};",
    "registers that do not exist seem to",
)
add(
    "msr-unknown-native",
    "static const struct msr_row msr_nothing = {0, READ_FAULT, WRITE_FAULT, 0};",
    "static const struct msr_row msr_nothing = {0, READ_NATIVE, WRITE_FAULT, 0};",
    "a register that does not exist is read: the hypervisor's panic",
)
add(
    "msr-efer-mask",
    "\tif ((value & ~efer_allowed()) != 0u) {\n\t\treturn VERDICT_PROTECTION;\n\t}\n",
    "\t(void)efer_allowed;\n",
    "a guest sets SVME, or what its processor does not have: VMRUN fails",
)
add(
    "msr-efer-lme",
    "\tif (((mode.cr0 & CR0_PG) != 0u) && (((value ^ old) & EFER_LME) != 0u)) {",
    "\tif (((mode.cr0 & CR0_PG) != 0u) && (value == UINT64_MAX)) {",
    "LME changes under paging: a state that VMRUN refuses",
)
add(
    "msr-efer-lma",
    "(value & ~EFER_LMA) | (old & EFER_LMA));",
    "value);",
    "LMA is whatever a guest writes: a state that VMRUN refuses",
)
add(
    "msr-apic-base",
    "verdict = (value == apic_base()) ? VERDICT_NEXT : VERDICT_PROTECTION;",
    "msr_write(number, value);",
    "the local APIC moves, or leaves x2APIC mode: no filter of its commands",
)
add(
    "msr-lvt-mode",
    "allowed ? value :",
    "(allowed || (mode != 0u)) ? value :",
    "a local interrupt is an SMI or an INIT",
)
add(
    "msr-lvt-extint",
    "(mode == LVT_MODE_NMI) || (mode == LVT_MODE_EXTERNAL);",
    "(mode != 0x200u);",
    "a local interrupt is an INIT",
)
add(
    "msr-icr",
    "\t\ticr_write((uint32_t)guest->gpr[GPR_RDX], (uint32_t)guest->gpr[GPR_RAX]);\n",
    "\t\tmsr_write(number, (guest->gpr[GPR_RDX] << 32) | (uint32_t)guest->gpr[GPR_RAX]);\n",
    "interrupts to any core, past the filter",
)
add(
    "msr-patch",
    "{0x8bu, READ_NATIVE, WRITE_IGNORED, 0}, ",
    "{0x8bu, READ_FAULT, WRITE_IGNORED, 0}, ",
    "a kernel that reads its microcode's revision dies",
)

# ---- ports ----------------------------------------------------------------------------------------------------------

add = mutate("src/arch/x86/port.c", Unit("x86/test_answers"))
add(
    "port-ones",
    "\t\tvalue = 0xffffffffu;\n",
    "\t\tvalue = 0u;\n",
    "devices seem to be where there are none",
)
add("port-keyboard", "\tcase PORT_KEYBOARD:\n", "", "a guest waits for a keyboard for ever")
add(
    "port-width",
    "| (port_value(access) & mask);",
    "| port_value(access);",
    "a byte that is read changes more of RAX",
)
add("port-string", "\tif (access->is_string) {", "\tif (access->size == 9u) {", "OUTS is an OUT of a stale register")
add(
    "port-reset",
    "((value & RESET_CPU) != 0u)) ||",
    "(value != 0u)) ||",
    "a look at the reset register ends the partition",
)
add("port-reset-kind", "core_partition_end(resets);", "core_partition_end(sleeps);", "a reset is a switching off")
add("port-sleep", "((value & SLEEP_ENABLE) != 0u);", "(value != 0u);", "what sets up a sleep ends the partition")
