# SPDX-License-Identifier: Apache-2.0
"""x86-64: how exits end, and the instructions that they decode."""

from mutant import Unit, mutate

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

add = mutate("src/arch/x86/exit.c", Unit("x86/test_page_fault"))
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
    "(whole || (filter->kind != (uint16_t)PLAN_FILTER_IOAPIC));",
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
add(
    "fault-is-walk",
    ".is_walk = (info & FAULT_WALK) != 0u,",
    ".is_walk = false,",
    "a walk's access is the guest's",
    Unit("x86/test_page_fault"),
)
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
