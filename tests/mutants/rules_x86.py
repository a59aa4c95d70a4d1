# SPDX-License-Identifier: Apache-2.0
"""x86-64: what a guest's interrupts reach, what it is told, how its exits end, and constants of its plan."""

from mutant import Unit, collector

MUTANTS = []
mutate = collector(MUTANTS)

# ---- interrupts between cores ---------------------------------------------------------------------------------------

add = mutate("src/arch/x86/icr.c", Unit("x86/test_filter"))
add(
    "icr-ownership",
    "\tif (apic_is_own(x86_partition_of(core), destination)) {\n",
    "\tif (apic_is_own(x86_partition_of(core), destination) || (destination != 0u)) {\n",
    "interrupts to any core",
)
add(
    "icr-plain",
    "if (((low & ICR_OTHER) != 0u) || (destination == ICR_EVERYONE)) {",
    "if ((low & ICR_OTHER & ~0xc0000u) != 0u) {",
    "a shorthand is taken for the core that it does not name",
)
add(
    "icr-everyone",
    "\tif (command->destination == ICR_EVERYONE) {\n\t\treturn true;\n\t}\n",
    "",
    "what is for everybody is for nobody",
)
add(
    "icr-cluster",
    "return (cluster == (command->destination >> LOGICAL_CLUSTER_SHIFT)) &&",
    "return (cluster < PLAN_X86_CLUSTERS) &&",
    "logical destinations of other clusters name own cores",
)
add(
    "icr-logical",
    "\tif ((command->low & ICR_LOGICAL) == 0u) {\n",
    "\tif (command->low != UINT32_MAX) {\n",
    "a logical destination is taken for an id",
)
add(
    "icr-self",
    "\t\ttarget = vcpu == own;\n",
    "\t\ttarget = vcpu != NULL;\n",
    "what a core sends itself reaches all of them",
)
add("icr-others", "\t\ttarget = vcpu != own;\n", "\t\ttarget = vcpu != NULL;\n", "all but oneself means oneself, too")
add("icr-lowest", "\t\t\tif (mode == MODE_LOWEST) {\n\t\t\t\tbreak;\n\t\t\t}\n", "", "one of them becomes all of them")
add(
    "icr-command",
    "\t\tapic_send((uint32_t)vcpu->virtual_id, low & ICR_PLAIN);\n",
    "\t\tapic_send((uint32_t)vcpu->virtual_id, low);\n",
    "shorthands reach the register: all cores of the machine",
)
add(
    "icr-command-plain",
    "\t\tapic_send(destination, low & ICR_PLAIN);\n",
    "\t\tapic_send(destination, low | 0x80000u);\n",
    "shorthands reach the register: all cores of the machine",
)
add(
    "icr-clusters-own",
    "cluster_send(cluster, own->clusters[cluster] & destination, low & ICR_PLAIN);",
    "cluster_send(cluster, (own->clusters[cluster] | destination) & destination & 0xffffu, low & ICR_PLAIN);",
    "a logical destination reaches other partitions' cores",
)
add(
    "icr-clusters-bound",
    "\tif (cluster < own->cluster_count) {\n",
    "\tif (cluster != UINT32_MAX) {\n",
    "a cluster that is none is what lies behind the masks",
)
add(
    "icr-clusters-absent",
    "(i == (absent >> LOGICAL_CLUSTER_SHIFT)) ? absent : 0u;",
    "absent;",
    "all but oneself leaves cores of other clusters out",
)
add(
    "icr-clusters-one",
    "cluster_send(0u, own->clusters[0] & ~absent, low & ICR_PLAIN);",
    "cluster_send(0u, ~absent & 0xffffu, low & ICR_PLAIN);",
    "a shorthand reaches all cores of the machine",
)
add(
    "icr-system-management",
    "\tdefault: /* SMI, external interrupts: not for guests */\n\t\tbreak;\n",
    "\tdefault:\n\t\tapic_send((uint32_t)vcpu->virtual_id, low & 0xfffu);\n\t\tbreak;\n",
    "system management interrupts, whose handler is the firmware's",
)
add(
    "icr-nmi",
    "\t\tnmi_request(vcpu);\n",
    "\t\t(void)nmi_request;\n\t\tapic_send((uint32_t)vcpu->virtual_id, low & 0x4fffu);\n",
    "an NMI that looks like a kick, and never reaches the guest",
)
add(
    "icr-nmi-off",
    "static void nmi_request(const struct plan_vcpu *vcpu)\n{\n"
    "\tif (core_vcpu_power(vcpu->number) != VCPU_POWER_OFF) {\n",
    "static void nmi_request(const struct plan_vcpu *vcpu)\n{\n\tif (vcpu->number < PLAN_MAX_CORES) {\n",
    "a core that is off begins its next life with an NMI",
)
add(
    "icr-init",
    "\t\tinit_request(vcpu);\n",
    "\t\t(void)init_request;\n\t\tapic_send((uint32_t)vcpu->virtual_id, 0x4500u);\n",
    "INIT takes a core away from the hypervisor",
)
add(
    "icr-init-off",
    "\tif (core_vcpu_power(vcpu->number) != VCPU_POWER_OFF) {\n\t\tatomic_fetch_and_explicit(",
    "\tif (vcpu->number < PLAN_MAX_CORES) {\n\t\tatomic_fetch_and_explicit(",
    "a core that is off goes off when it is next on",
)
add(
    "icr-init-level",
    "\tif (is_ignored(mode, low)) {\n\t\treturn;\n\t}\n",
    "\t(void)is_ignored;\n",
    "the end of INIT's level is a second INIT: a core that starts is stopped",
)
add(
    "icr-init-carried-out",
    "\tif ((asked & REQUEST_INIT) != 0u) {\n\t\tcore_vcpu_off();\n\t}\n",
    "",
    "a core that is told INIT runs on",
)
add(
    "icr-startup",
    "\t\tstartup_request(vcpu, low & ICR_VECTOR);\n",
    "\t\t(void)startup_request;\n"
    "\t\tapic_send((uint32_t)vcpu->virtual_id, 0x4600u | (low & ICR_VECTOR));\n",
    "a core starts in memory of the guest's choice, without the hypervisor",
)
add(
    "icr-startup-vector",
    "\t\tstartup_request(vcpu, low & ICR_VECTOR);\n",
    "\t\tstartup_request(vcpu, low);\n",
    "bits of the command are bits of the address",
)
add(
    "icr-startup-waits",
    "((atomic_load_explicit(&requests[vcpu->core], memory_order_acquire) & REQUEST_INIT) != 0u)) {",
    "(vector == 256u)) {",
    "a start-up right behind an INIT is lost",
)
add(
    "icr-startup-forgotten",
    "\t\tatomic_fetch_and_explicit(&requests[vcpu->core], ~(REQUEST_STARTUP | REQUEST_VECTOR),\n"
    "\t\t\t\t\t  memory_order_relaxed);\n\t\trequest(vcpu, REQUEST_INIT);\n",
    "\t\trequest(vcpu, REQUEST_INIT);\n",
    "two start-ups' addresses are mixed",
)
add(
    "icr-nmi-taken",
    "\tatomic_fetch_and_explicit(&requests[self()->row], ~REQUEST_NMI, memory_order_relaxed);\n",
    "",
    "an NMI comes for ever",
)

# ---- the I/O APIC ---------------------------------------------------------------------------------------------------

add = mutate("src/arch/x86/ioapic_filter.c", Unit("x86/test_filter"))
add(
    "pin-ownership",
    " ||\n\t    !plan_owns_interrupt(core->partition, IOAPIC_FIRST_ID + pin)) {\n",
    ") {\n",
    "other partitions' pins",
)
add(
    "pin-bound",
    "(pin >= x86_partition_of(core)->pins) || ",
    "",
    "pins that the controller does not have",
)
add(
    "pin-destination",
    "apic_is_own(x86_partition_of(core), high >> ENTRY_DESTINATION_SHIFT);",
    "(apic_is_own(x86_partition_of(core), high >> ENTRY_DESTINATION_SHIFT) || (high != 0u));",
    "a device interrupts another partition's core",
)
add(
    "pin-mode",
    "((low & ENTRY_MODE) <= ENTRY_MODE_LOWEST) && ",
    "",
    "a device's interrupt is an SMI, an INIT or an NMI",
)
add("pin-logical", " && ((low & ENTRY_LOGICAL) == 0u)", "", "logical destinations: any core's bit")
add(
    "pin-masked",
    "\t\tioapic_guest_write(core->partition, pin, IOAPIC_PIN_MASKED, 0);\n",
    "\t\t(void)pin;\n",
    "an entry that is not allowed leaves the last one open",
)
add(
    "pin-reset",
    "\t\t\tentries[pin].half[0] = IOAPIC_PIN_MASKED;\n\t\t\tentries[pin].half[1] = 0;\n",
    "",
    "a partition that starts reads its last life's entries",
)
add(
    "pin-version",
    "value = VERSION_PLAIN |",
    "value = ioapic_read(index) |",
    "guests see an EOI register, which would reach all pins",
)

add = mutate("src/arch/x86/ioapic.c", Unit("x86/test_interrupts"))
add(
    "ioapic-unlock",
    "\tif (!stage2_is_revoked(owner)) {\n\t\tregisters_write(index + 1u, high);\n\t\tregisters_write(index, low);\n\t}\n"
    "\tlock_release(&index_lock);\n",
    "\tif (!stage2_is_revoked(owner)) {\n\t\tregisters_write(index + 1u, high);\n\t\tregisters_write(index, low);\n"
    "\t\tlock_release(&index_lock);\n\t}\n",
    "a partition that ends takes the lock along",
)
add(
    "ioapic-lock-read",
    "\tlock_take(&index_lock);\n\tmmio_write32(",
    "\tatomic_fetch_add(&index_lock.next, 1u);\n\tmmio_write32(",
    "one core's index, the other's data: what is read is another register",
)
add(
    "ioapic-revoked",
    "\tif (!stage2_is_revoked(owner)) {\n",
    "\tif (owner != NULL) {\n",
    "a pin opens behind the end of its partition",
)
add(
    "ioapic-clear-own",
    "\t\tif (plan_owns_interrupt(partition, IOAPIC_FIRST_ID + pin)) {\n",
    "\t\tif (partition != NULL) {\n",
    "a partition that ends takes all others' interrupts away",
)
add("ioapic-clear", "\t\t\tpin_mask(pin);\n\t\t}\n", "\t\t}\n", "a stopped partition's devices keep interrupting")
add(
    "ioapic-init",
    "\tfor (uint32_t pin = 0; pin < pins; pin++) {\n\t\tpin_mask(pin);\n\t}\n",
    "\t(void)pins;\n",
    "what firmware left open interrupts guests",
)
add("ioapic-8259", "\tport_write8(PIC_SLAVE_MASK, PIC_ALL);\n", "", "interrupts of the PC's old controllers")

add = mutate("src/arch/x86/lock.h", Unit("x86/test_interrupts"))
add(
    "lock-turn",
    "memory_order_acquire) != ticket) {",
    "memory_order_acquire) > (ticket + 1000u)) {",
    "one core's index, the other's data: any pin to any core",
)

add = mutate("src/arch/x86/stage2.c", Unit("x86/test_interrupts"))
add(
    "x86-revoke",
    "\t\t*entry_of(&plan_roots(plan)[partition->root_first + i]) = 0u;\n",
    "\t\t(void)plan;\n",
    "a stopped partition's other cores run on",
)
add(
    "x86-revoke-own",
    "[partition->root_first + i]) = 0u;",
    "[i]) = 0u;",
    "the first partition's memory goes with any other",
)
add(
    "x86-revoke-whole",
    "i < partition->root_count;",
    "i < 1u;",
    "half of a stopped partition's memory stays",
)

add = mutate("src/arch/x86/apic.c", Unit("x86/test_interrupts"))
add(
    "park-vectors",
    "\tvectors_mask();\n",
    "\t(void)vectors_mask;\n",
    "a parked core's timer interrupts the hypervisor",
)
add(
    "park-pending",
    "\tvectors_forget();\n",
    "\t(void)vectors_forget;\n",
    "the next guest takes the last one's interrupts",
)
add("park-timer", "\tmsr_write(MSR_X2APIC_TIMER_INITIAL, 0u);\n", "", "a timer that nobody started runs on")
add("park-looks", "\ticr_parked();\n", "", "a start-up that came while a core parked is slept through")

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

# ---- the instruction that exited ------------------------------------------------------------------------------------

add = mutate("src/arch/x86/walk.c", Unit("x86/test_walk"))
add(
    "walk-own-ram",
    "\tif (reader->ram == NULL) {\n\t\treturn 0;\n\t}\n",
    "\tif (reader->ram == NULL) {\n\t\treader->ram = plan_windows(reader->core->plan);\n\t}\n",
    "the hypervisor reads any address, for a guest's page tables",
)
add(
    "walk-kind",
    "(first[i].kind == (uint16_t)PLAN_WINDOW_RAM) && ",
    "",
    "the hypervisor reads a device's registers, as if they were instructions",
)
add(
    "walk-window-end",
    " && ((address - window->base) < window->size);",
    ";",
    "memory behind the guest's is read",
)
add(
    "walk-last-window",
    "\tif ((reader->ram == NULL) || !is_in(reader->ram, address)) {\n",
    "\tif (reader->ram == NULL) {\n",
    "memory is read as if it all were one window",
)
add(
    "walk-at-once",
    "(from & PAGE_OFFSET) <= (PLAN_PAGE - sizeof(instruction->bytes))",
    "(from & PAGE_OFFSET) <= PLAN_PAGE",
    "what lies behind the window is read",
)
add("walk-closed", "\twindow_set(reader.core->core, 0);\n", "", "the last page that was read stays mapped")
add(
    "walk-writable",
    "(UINT64_C(1) << 63) | 0x21u)",
    "(UINT64_C(1) << 63) | 0x23u)",
    "guests' memory is mapped writable",
)
add("walk-executable", "(UINT64_C(1) << 63) | 0x21u)", "0x21u)", "guests' memory is mapped executable")
add("walk-forget", "\tpage_forget(core->window);\n", "", "the page of the last read is read again")
add(
    "walk-present",
    "\t\tif ((entry & ENTRY_PRESENT) == 0u) {\n\t\t\treturn false;\n\t\t}\n",
    "",
    "entries that are not there are followed",
)
add(
    "walk-large",
    "(((entry & ENTRY_LARGE) != 0u) && (level <= (tables.large_levels + 1u)))",
    "((entry & ENTRY_LARGE) != 0u)",
    "a table is taken for a page",
)
add("walk-pse", "((mode->cr4 & CR4_PSE) != 0u) ? 1u : 0u};", "1u};", "a table is taken for a page")
add(
    "walk-pages",
    "(left < in_page) ? left : in_page);",
    "(left < (in_page + PLAN_PAGE)) ? left : in_page);",
    "the next page is made up",
)
add("walk-wrap", "mode->is_code64 ? UINT64_MAX : LOW_32;", "UINT64_MAX;", "addresses beyond 32 bits in 32-bit code")

add = mutate("src/arch/x86/decode.c", Unit("x86/test_decode"))
add("decode-cut", "return known && (cursor.at <= instruction->count);", "return known;", "bytes that were not read")
add(
    "decode-size",
    "move->size = sizes->is_operand32 ? 4u : 2u;",
    "move->size = (sizes->is_operand32 || (opcode != 0u)) ? 4u : 2u;",
    "16 bits are moved as 32",
)
add("decode-rex-w", "((sizes.rex & REX_W) == 0u) && ", "", "64 bits are moved as 32")
add("decode-rex-r", "(((sizes->rex & REX_R) != 0u) ? 8u : 0u)", "0u", "R8 to R15 are RAX to RDI")
add("decode-register", "return MODRM_MODE(modrm) != MODE_REGISTER;", "return modrm != 0x100u;", "no memory is accessed")
add(
    "decode-group",
    "take_operands(cursor, sizes, &number) && ((number & 7u) == 0u);",
    "take_operands(cursor, sizes, &number);",
    "other instructions of the group are a MOV",
)
add(
    "decode-sib",
    "\tif (base == MEMORY_SIB) {\n\t\tbase = take(cursor) & 7u;\n\t}\n",
    "\tif (base == 9u) {\n\t\tbase = take(cursor) & 7u;\n\t}\n",
    "the length is wrong: the guest goes on inside an instruction",
)
add(
    "decode-address-size",
    "sizes.address_bytes = (sizes.address_bytes == 4u) ? 2u : 4u;",
    "sizes.address_bytes = 4u;",
    "the length is wrong: the guest goes on inside an instruction",
)

# ---- exits ----------------------------------------------------------------------------------------------------------

add = mutate("src/arch/x86/exit.c", Unit("x86/test_exit"))
add(
    "fault-own-registers",
    "if ((filter == NULL) || fault->is_walk ||",
    "if (fault->is_walk ||",
    "any address is the I/O APIC",
)
add("fault-walk", " || fault->is_walk ||", " ||", "page tables in registers: reads that no load made")
add("fault-fetch", " || fault->is_fetch ||", " ||", "instructions from registers")
add("fault-event", " || fault->is_event ||", " ||", "a stack in registers: an exception is lost")
add(
    "fault-present",
    " || fault->is_event || fault->is_present) {",
    " || fault->is_event) {",
    "a read-only page is a register",
)
add(
    "fault-direction",
    "(move->is_write == fault->is_write) && ",
    "",
    "another core changes the instruction meanwhile: a read becomes a write",
)
add(
    "fault-whole",
    "(whole || (filter->kind == (uint16_t)PLAN_FILTER_PCI));",
    "(whole || (filter->size != 0u));",
    "half of a register of the I/O APIC is all of it",
)
add(
    "fault-kept",
    "kept | (((uint64_t)value << move->shift) & mask);",
    "kept | ((uint64_t)value << move->shift);",
    "a byte that is read changes more of its register",
)
add(
    "fault-decoded",
    "if (!decode_move(&instruction, &mode, &move) || !is_answered",
    "if ((!decode_move(&instruction, &mode, &move) && (instruction.count == 0u)) || !is_answered",
    "instructions that nobody decoded are carried out",
)
add("fault-constant", "move.has_value ? move.value : value);", "value);", "a register is written for a constant")

add = mutate("src/arch/x86/svm_exit.c", Unit("x86/test_exit"))
add(
    "call-level",
    "\tif (vmcb->cpl == 0u) {\n\t\tcall_handle(guest);\n",
    "\tif (vmcb->cpl <= 3u) {\n\t\tcall_handle(guest);\n",
    "programs of a guest call the hypervisor, past its kernel",
)
add(
    "invd-level",
    "\tif (vmcb->cpl == 0u) {\n\t\tskip(",
    "\tif (vmcb->cpl <= 3u) {\n\t\tskip(",
    "programs of a guest throw caches away, where the processor does not look",
)
add(
    "svm-instructions",
    "\tcase CODE_VMRUN:\n",
    "",
    "a guest that tries VMRUN ends, where it is told that there is none",
)
add(
    "svm-debug",
    "\t\tsvm_inject(vmcb, VECTOR_DEBUG);\n\t\tbreak;\n",
    "\t\tbreak;\n",
    "a guest's debugger waits for ever",
)
add("svm-alignment", "\t\tsvm_inject(vmcb, VECTOR_ALIGNMENT);\n", "", "an unaligned access is repeated for ever")
add("svm-event", "\tvmcb->event_inject = 0;\n", "", "an exception that was injected once comes at each exit")
add("svm-flush", "\tvmcb->tlb_control = 0;\n", "", "all translations are forgotten at each exit")
add(
    "nmi-flush",
    "\tnmi_take();\n\tvmcb->tlb_control = VMCB_TLB_FLUSH;\n",
    "\tnmi_take();\n",
    "a stopped partition's other cores run on by cached translations",
)
add("nmi-window", "\tnmi_take();\n", "", "a kick stays pending: a core exits for ever")
add(
    "nmi-order",
    "\tif ((vmcb->intercepts[VMCB_INTERCEPT_THIRD] & VMCB_THIRD_IRET) == 0u) {\n",
    "\tif (vmcb->exit_code != CODE_CPUID) {\n",
    "an NMI interrupts the handler of the last one, on its stack",
)
add(
    "nmi-iret",
    "\tvmcb->intercepts[VMCB_INTERCEPT_THIRD] &= ~VMCB_THIRD_IRET;\n",
    "",
    "a guest gets one NMI in its life, and exits at each IRET",
)
add("svm-step", "\tif ((vmcb->rflags & RFLAGS_TRAP) != 0u) {", "\tif (vmcb->rflags == 0u) {", "a step is left out")
add("svm-shadow", "\tvmcb->interrupt_shadow = 0;\n", "", "interrupts are held back for one instruction more")
add(
    "svm-next",
    "vmcb->rip = (vmcb->next_rip != 0u) ? vmcb->next_rip : (vmcb->rip + length);",
    "vmcb->rip = vmcb->rip + length;",
    "a guest goes on inside an instruction with prefixes",
)
add(
    "svm-port-in",
    ".is_in = (info & PORT_IN) != 0u,",
    ".is_in = info != 0u,",
    "an output is an input: nobody resets",
)
add("fault-is-walk", ".is_walk = (info & FAULT_WALK) != 0u,", ".is_walk = false,", "a walk's access is the guest's")
add("svm-msr-direction", "(vmcb->exit_info[0] != 0u) ?", "(vmcb->exit_info[0] > 1u) ?", "a write is a read")

add = mutate("src/arch/x86/svm.c", Unit("x86/test_svm"))
add(
    "efer-svme-kept",
    "vmcb->efer = efer | EFER_SVME;",
    "vmcb->efer = efer;",
    "VMRUN fails: a guest stops itself by EFER",
)
add(
    "efer-svme-hidden",
    "\treturn vmcb->efer & ~EFER_SVME;",
    "\treturn vmcb->efer;",
    "a guest reads SVME, and is refused when it writes that back",
)
add(
    "efer-flush",
    "\tvmcb->efer = efer | EFER_SVME;\n\tvmcb->tlb_control = VMCB_TLB_FLUSH;\n",
    "\tvmcb->efer = efer | EFER_SVME;\n",
    "pages stay executable behind NXE",
)
add(
    "enter-flush",
    "\tvmcb->tlb_control = VMCB_TLB_FLUSH;\n\tcore_on_guest_enter();\n",
    "\tcore_on_guest_enter();\n",
    "a core starts with its last life's translations",
)
add(
    "enter-template",
    "constants->reset_control);",
    "constants->start_control);",
    "a core starts in a mode that is not reset's",
)
add(
    "enter-row",
    "((uint64_t)core->core->vcpu * PLAN_PAGE);",
    "((uint64_t)vcpu->number * PLAN_PAGE);",
    "two partitions' cores share a control block",
)
add(
    "error-code",
    "(vector == VECTOR_PROTECTION) || (vector == VECTOR_ALIGNMENT);",
    "false;",
    "VMRUN refuses the exception",
    Unit("x86/test_exit"),
)
