# SPDX-License-Identifier: Apache-2.0
"""Trapped registers, calls and data aborts: what unit tests of the exits notice."""

from mutant import Unit, mutate

# ---- trapped registers ----------------------------------------------------------------------------------------------

add = mutate("src/arch/armv8/gicv3_registers.c", Unit("armv8/test_sysreg"))
add("sgi-broadcast-sender", "return !sender;", "return !sender || (number < 16u);", "IRM reaches the sender itself")
add(
    "sgi-above-aff1",
    "return ((value & SGI_ABOVE_AFF1) == 0u) && (((value >> 16)",
    "return (((value >> 16)",
    "targets in clusters that the partition does not have",
)
add(
    "sgi-cluster",
    "(((value >> 16) & 0xffu) == (number >> 4)) &&",
    "(((value >> 16) & 0xffu) >= (number >> 4)) &&",
    "targets in clusters that the partition does not have",
)
add(
    "sgi-translation",
    "core->vcpus[i].sgi_target | (value & SGI_INTID)",
    "core->vcpus[i].sgi_target | value",
    "bits of the guest's own value reach the register: other cores, other routing",
)
add(
    "dir-ownership",
    " && plan_owns_interrupt(self()->partition, id)",
    "",
    "a foreign interrupt is deactivated: it comes twice",
)
add("dir-bound", "(id < PLAN_INTERRUPTS) && ", "", "the ownership mask is read past its end")
add(
    "icc-control-mask",
    "| (value & CTLR_GUEST_WRITES));",
    "| value);",
    "bits of ICC_CTLR_EL1 that are not the guest's",
)
add("icc-pmr-mask", "sysreg_write(ICC_PMR_EL1, value & 0xffu);", "sysreg_write(ICC_PMR_EL1, value);", "reserved bits")

add = mutate("src/arch/armv8/trap_table.c", Unit("armv8/test_sysreg"))
add(
    "trap-impdef",
    "\tRANGE(3, 1, 15, 0, 0,  1, 15, 15, 7, TRAP_CONSTANT, 0),\n",
    "",
    "start-up code of an RTOS is undefined at CPUECTLR_EL1",
)
add(
    "trap-other-sgis",
    "RANGE(3, 0, 12, 11, 6, 0, 12, 11, 7, TRAP_CONSTANT, 0)",
    "RANGE(3, 0, 12, 11, 6, 0, 12, 11, 7, TRAP_SGI, 0)",
    "SGIs of the other groups are sent as Group 1's",
)
add(
    "trap-profiling",
    "RANGE(3, 0, 9, 9, 0,   0, 9, 11, 7,  TRAP_UNDEFINED, 0)",
    "RANGE(3, 0, 9, 9, 0,   0, 9, 11, 7,  TRAP_CONSTANT, 0)",
    "a profiling buffer that is not there looks as if it were",
)
add(
    "trap-legacy-interface",
    "ONE(3, 0, 12, 12, 5, TRAP_CONSTANT, 7)",
    "ONE(3, 0, 12, 12, 5, TRAP_CONSTANT, 0)",
    "guests believe in a memory-mapped CPU interface",
)
add(
    "trap-group-0",
    "ONE(3, 0, 12, 8, 0,  TRAP_CONSTANT, 1023)",
    "ONE(3, 0, 12, 8, 0,  TRAP_CONSTANT, 0)",
    "acknowledging Group 0 finds interrupt 0 again and again",
)

# ---- calls ----------------------------------------------------------------------------------------------------------

add = mutate("src/arch/armv8/call.c", Unit("armv8/test_call"))
add(
    "psci-target",
    "(core->vcpus[number].virtual_id != affinity)",
    "((core->vcpus[number].virtual_id & 0xffu) != (affinity & 0xffu))",
    "affinities that no virtual core has name one",
)
add(
    "psci-affinity-info-bound",
    "if ((number >= core->vcpu_count) || (argument(frame, 2) != 0u)) {",
    "if (argument(frame, 2) != 0u) {",
    "the power of the next partition's first core shows",
)
add(
    "call-width",
    "return ((frame->x[0] & CALL_64) != 0u) ? frame->x[index] : (uint32_t)frame->x[index];",
    "return frame->x[index];",
    "the upper halves of a 32-bit call's arguments count",
)
add(
    "call-unknown",
    "\tanswer(frame, PSCI_NOT_SUPPORTED);\n",
    "\tanswer(frame, PSCI_SUCCESS);\n",
    "unknown calls seem to succeed",
)
add(
    "psci-known-bound",
    "return (slot < PSCI_SLOTS) && (psci_calls[slot] != NULL);",
    "return psci_calls[slot] != NULL;",
    "the table of calls is read past its end",
)
add(
    "call-owner",
    "if (((function & FAST_CALL) != 0u) && (OWNER(function) == OWNER_VENDOR_HYP)) {",
    "if (OWNER(function) == OWNER_VENDOR_HYP) {",
    "yielding calls reach services",
)

# ---- data aborts ----------------------------------------------------------------------------------------------------

add = mutate("src/arch/armv8/abort.c", Unit("armv8/test_abort"))
add(
    "abort-page-crossing",
    "(((address & 0xfffu) + bytes) > PLAN_PAGE)",
    "(bytes > PLAN_PAGE)",
    "the second half of a pair is made up from the first one's page",
)
add(
    "abort-same-instruction",
    "if ((first != sysreg_read(far_el2)) ||",
    "if ((first == UINT64_MAX) ||",
    "another core changes the instruction meanwhile: any register goes to any trapped one",
)
add(
    "abort-aarch32",
    "if (((sysreg_read(spsr_el2) & SPSR_AARCH32) != 0u) || !decode_load_store(instruction, &decoded)) {",
    "if (!decode_load_store(instruction, &decoded)) {",
    "A32 instructions are decoded as A64",
)
add(
    "abort-undecoded",
    "if (((sysreg_read(spsr_el2) & SPSR_AARCH32) != 0u) || !decode_load_store(instruction, &decoded)) {",
    "if (((sysreg_read(spsr_el2) & SPSR_AARCH32) != 0u) || (!decode_load_store(instruction, &decoded) && "
    "(instruction == 0u))) {",
    "instructions that nobody decoded are carried out",
)
add(
    "abort-fetch",
    "if (!window_fetch(sysreg_read(elr_el2), &instruction)) {",
    "if (!window_fetch(sysreg_read(elr_el2), &instruction) && (syndrome == 0u)) {",
    "an instruction that could not be fetched is decoded",
)
add(
    "abort-walk",
    "if ((iss & (ISS_WALK | (uint32_t)ISS_STATUS_LEVEL_LESS)) != (uint32_t)STATUS_TRANSLATION) {",
    "if ((iss & (uint32_t)ISS_STATUS_LEVEL_LESS) != (uint32_t)STATUS_TRANSLATION) {",
    "page tables in registers of the interrupt controller",
)
add(
    "abort-nobody",
    "return status != TRANSFER_UNFINISHED;",
    "return status <= TRANSFER_UNFINISHED;",
    "accesses to nobody's addresses are skipped silently",
)
add(
    "abort-nobody-decoded",
    "filtered = is_filtered(address);",
    "filtered = is_filtered(address) || (iss != 0u);",
    "the same, without a syndrome",
)
add(
    "abort-zero-register",
    "uint64_t value = (rt == ZERO_REGISTER) ? 0u : frame->x[rt];",
    "uint64_t value = frame->x[rt];",
    "register 31 is read from behind the frame",
)

add = mutate("src/arch/armv8/decode.c", Unit("armv8/test_decode"))
add(
    "decode-unallocated",
    "if ((opc == 3u) || ((opc == 1u) && (!load || (mode == 0u)))) {",
    "if (opc == 3u) {",
    "STGP, which writes tags, is a pair of registers",
)
add("decode-prefetch", "if ((size == 3u) && (opc > 1u)) {", "if ((size == 3u) && (opc > 2u)) {", "prefetch is a load")
add(
    "decode-vector",
    "} else if ((instruction & 0x3e000000u) == 0x28000000u) {",
    "} else if ((instruction & 0x3a000000u) == 0x28000000u) {",
    "pairs of vector registers are pairs of general ones",
)

add = mutate("src/arch/armv8/aarch32.c", Unit("armv8/test_aarch32"))
add(
    "aarch32-truncation",
    "return (rt == ZERO_REGISTER) ? 0u : (uint32_t)frame->x[rt];",
    "return (rt == ZERO_REGISTER) ? 0u : frame->x[rt];",
    "upper halves that an AArch32 guest cannot see count",
)
add(
    "aarch32-impdef",
    "if (((crn >= 9u) && (crn <= 11u)) || (crn == 15u)) {",
    "if (crn == 15u) {",
    "implementation-defined registers have other registers' answers",
)
add(
    "aarch32-undefined-masks",
    "next |= MODE_UNDEFINED | SPSR_MASK_IRQ;",
    "next |= MODE_UNDEFINED;",
    "interrupts come in the midst of the guest's exception",
)

# ---- what the ID registers tell -------------------------------------------------------------------------------------

add = mutate("src/arch/armv8/identity.c", Unit("armv8/test_identity"))
add(
    "identity-hidden",
    "return identity_register(number) & ~hidden_bits(number);",
    "return identity_register(number) & ~(hidden_bits(number) & 1u);",
    "trace and profiling that trap are advertised",
)
add(
    "identity-trap",
    "return ((identity_register(DFR0) & DFR0_HIDDEN) != 0u) ||",
    "return",
    "a core that has something to hide does not trap the registers that tell",
)
