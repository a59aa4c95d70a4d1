# SPDX-License-Identifier: Apache-2.0
"""x86-64, Intel's VMX: what a core must have, how a guest's life begins, how its exits end."""

from mutant import Unit, mutate

# ---- what a core must have, and what it makes of the plan's rows ----------------------------------------------------

add = mutate("src/arch/x86/vmx.c", Unit("x86/test_vmx"))
add(
    "vmx-vendor",
    "\tif ((cpuid_read(CPUID_FEATURES, 0).ecx & CPUID_VMX) == 0u) {\n",
    "\tif (plan == NULL) {\n",
    "registers that are not there: a panic instead of a refusal",
)
add(
    "vmx-locked",
    "(FEATURE_LOCKED | FEATURE_VMX)) == FEATURE_LOCKED) {",
    "(FEATURE_LOCKED | FEATURE_VMX)) == FEATURE_VMX) {",
    "VMXON is an exception where firmware has switched it off",
)
add(
    "vmx-ept",
    "\t       ((msr_read(MSR_VMX_SECONDARY) & secondary) != 0u) &&\n",
    "\t       (secondary != 0u) &&\n",
    "guest-physical is physical",
)
add(
    "vmx-ept-kinds",
    "#define EPT_NEEDED UINT64_C(0x4114040)",
    "#define EPT_NEEDED UINT64_C(0x4104040)",
    "leaves of 2 MiB that the processor does not know",
)
add(
    "vmx-invvpid",
    "#define VPID_NEEDED (UINT64_C(0x401) << 32)",
    "#define VPID_NEEDED (UINT64_C(0x1) << 32)",
    "another life's translations",
)
add(
    "vmx-secondary",
    "\treturn ((msr_read(MSR_VMX_PROCESSOR) & ((uint64_t)VMCS_PROCESSOR_SECONDARY << 32)) != 0u) &&\n",
    "\treturn (secondary != 0u) &&\n",
    "a register is read that is not there",
)
add(
    "vmx-true-controls",
    "((msr_read(MSR_VMX_BASIC) & BASIC_TRUE_CONTROLS) == 0u) || ",
    "",
    "controls by registers that are not there",
)
add(
    "vmx-required",
    "allowed = allowed && ((row->required & ~row_merge(row)) == 0u);",
    "allowed = allowed && (row->field != 0xffffu);",
    "a guest runs without what confines it",
)
add(
    "vmx-required-each",
    "allowed = allowed && ((row->required & ~row_merge(row)) == 0u);",
    "allowed = ((row->required & ~row_merge(row)) == 0u);",
    "the last row decides",
)
add(
    "vmx-required-cr3",
    "allowed = allowed && ((row_merge(row) & VMCS_PROCESSOR_CR3) == 0u);",
    "allowed = allowed && (row->field != 0u);",
    "each write of CR3 is #GP",
)
add(
    "vmx-required-reset",
    " &&\n\t       rows_allowed(plan, rows->reset_first, rows->reset_count);",
    ";",
    "cores that are started later are not confined",
)
add(
    "vmx-merge-absent",
    "value = (value & (allowed >> 32)) | (uint32_t)allowed;",
    "value = value | (uint32_t)allowed;",
    "a control that the core has not: no entry",
)
add(
    "vmx-merge-always",
    "value = (value & (allowed >> 32)) | (uint32_t)allowed;",
    "value = value & (allowed >> 32);",
    "a control that the core cannot leave out: no entry",
)
for name, field, msr in [
    ("pin", "MSR_VMX_TRUE_PIN", "MSR_VMX_TRUE_EXIT"),
    ("processor", "MSR_VMX_TRUE_PROCESSOR", "MSR_VMX_TRUE_EXIT"),
    ("secondary", "MSR_VMX_SECONDARY", "MSR_VMX_TRUE_EXIT"),
    ("exit", "MSR_VMX_TRUE_EXIT", "MSR_VMX_TRUE_PIN"),
    ("entry", "MSR_VMX_TRUE_ENTRY", "MSR_VMX_TRUE_PIN"),
]:
    add(
        f"vmx-capability-{name}",
        f"\t\tmsr = {field};\n",
        f"\t\tmsr = {msr};\n",
        "another control's bits are looked at",
    )
add(
    "vmx-lock",
    "features | FEATURE_LOCKED | FEATURE_VMX);",
    "features | FEATURE_VMX);",
    "VMXON is an exception",
)
add(
    "vmx-revision",
    "\tcr4_write(cr4_read() | CR4_VMXE);\n\trevision_write(region);\n",
    "\tcr4_write(cr4_read() | CR4_VMXE);\n",
    "VMXON refuses the page",
)
add(
    "vmx-on-refused",
    "return vmx_on(region) ? REFUSAL_NONE : REFUSAL_VIRTUALIZATION;",
    "(void)vmx_on(region);\n\treturn REFUSAL_NONE;",
    "a core that is not in VMX operation goes on",
)

# ---- a guest's life -------------------------------------------------------------------------------------------------

add(
    "vmx-field-refused",
    "\t\tif (!vmcs_try_write(row->field, value)) {\n",
    "\t\tif (!vmcs_try_write(row->field, value) && (value == 0u)) {\n",
    "a guest runs without what the plan says",
)
add(
    "vmx-page-refused",
    "\tif (!vmcs_open(page)) {\n",
    "\tif (!vmcs_open(page) && (page == 0u)) {\n",
    "another core's control structure",
)
add(
    "vmx-xss",
    "\t\t\tvmcs_write(XSS_EXITING, 0);\n",
    "",
    "what XSAVES exits for is left to chance",
)
add(
    "vmx-xss-absent",
    " && ((value & VMCS_SECONDARY_XSAVES) != 0u)) {",
    ") {",
    "a field that the processor does not have",
)
add(
    "vmx-reset-rows",
    "rows_write(core->plan, rows->reset_first, rows->reset_count);",
    "",
    "a core starts up as an earlier life ended",
)
add("vmx-reset-entry", "vmcs_write(VMCS_GUEST_CS_BASE, entry.value);", "", "a core starts up elsewhere")
add(
    "vmx-start-rows",
    "rows_write(core->plan, rows->start_first, rows->start_count);",
    "",
    "a guest without a single control",
)
add("vmx-own-structure", "((uint64_t)core->core->vcpu * PLAN_PAGE)", "0u", "another core's control structure")
add("vmx-reset-cr2", "\tcr2_write(0);\n", "", "the last address that faulted in another life")
for register in ["STAR", "LSTAR", "CSTAR", "SFMASK", "KERNEL_GS_BASE"]:
    add(f"vmx-reset-{register.lower()}", f"\tmsr_write(MSR_{register}, 0);\n", "", "what another life left")
add(
    "vmx-enter-nested",
    "\tregisters_reset();\n\tvmx_forget_nested();\n",
    "\tregisters_reset();\n",
    "memory that the partition has no longer",
)
add(
    "vmx-enter-linear",
    "\tvmx_forget_linear();\n\tcore_on_guest_enter();\n",
    "\tcore_on_guest_enter();\n",
    "translations of another life",
)
add(
    "vmx-host-stack",
    "core->core->stack_top - STACK_GUEST + GUEST_REST);",
    "core->core->stack_top);",
    "exits write over the core's own words",
)
add(
    "vmx-host-root",
    "vmcs_write(VMCS_HOST_CR3, core->core->el2_root);",
    "",
    "exits run on what was there before",
)
add(
    "vmx-host-pat",
    "vmcs_write(VMCS_HOST_PAT, msr_read(MSR_PAT));",
    "",
    "the hypervisor's memory types are the guest's",
)
add(
    "vmx-host-zero",
    "\t\tvmcs_write(zero[i], 0);\n",
    "\t\t(void)zero;\n",
    "segments that an exit cannot load",
)
add(
    "vmx-efer-flush",
    "\tvmcs_write(VMCS_GUEST_EFER, efer);\n\tvmx_forget_linear();\n",
    "\tvmcs_write(VMCS_GUEST_EFER, efer);\n",
    "a guest's NXE comes later than it asked",
)

# ---- exits ----------------------------------------------------------------------------------------------------------

add = mutate("src/arch/x86/vmx_exit.c", Unit("x86/test_vmx_exit"))
add(
    "vmx-call-level",
    "\tif ((vmcs_read(VMCS_GUEST_SS_ACCESS) & VMCS_ACCESS_LEVEL) == 0u) {\n",
    "\tif (guest != NULL) {\n",
    "a guest's programs call the hypervisor",
)
add(
    "vmx-verdict",
    "\tif (verdict == VERDICT_NEXT) {\n",
    "\tif (verdict != VERDICT_UNDEFINED) {\n",
    "what is refused is skipped",
)
add(
    "vmx-skip-wrap",
    "\t\trip = (uint32_t)rip;\n",
    "",
    "an entry fails: a guest ends the hypervisor's core",
)
add(
    "vmx-skip-shadow",
    "\tif ((blocking & BLOCKING_SHADOW) != 0u) {\n",
    "\tif (blocking == 0u) {\n",
    "a shadow over one instruction more",
)
add(
    "vmx-skip-step",
    "\tif ((vmcs_read(VMCS_GUEST_RFLAGS) & RFLAGS_TRAP) != 0u) {\n",
    "\tif (rip == 0u) {\n",
    "a step goes on over an instruction that exits",
)
add(
    "vmx-inject-error",
    "(vector == VECTOR_PROTECTION) ? EVENT_HAS_ERROR : 0u;",
    "0u;",
    "an entry fails: a guest ends the hypervisor's core",
)
add(
    "vmx-inject-shadow",
    "\tvmcs_write(VMCS_GUEST_BLOCKING, vmcs_read(VMCS_GUEST_BLOCKING) & ~(uint64_t)BLOCKING_SHADOW);\n"
    "\tvmcs_write(VMCS_ENTRY_ERROR, 0);\n",
    "\tvmcs_write(VMCS_ENTRY_ERROR, 0);\n",
    "a handler begins in a shadow",
)
add("vmx-port-in", ".is_in = (qualification & PORT_IN) != 0u,", ".is_in = true,", "a write ends nothing")
add(
    "vmx-port-string",
    ".is_string = (qualification & PORT_STRING) != 0u,",
    ".is_string = false,",
    "a string is taken for RAX",
)
add("vmx-port-size", "((qualification & PORT_SIZE) + 1u)", "1u", "one byte of four")
add(
    "vmx-fault-walk",
    "(FAULT_LINEAR | FAULT_TRANSLATED)) == FAULT_LINEAR,",
    "(FAULT_LINEAR | FAULT_TRANSLATED)) == (FAULT_LINEAR | FAULT_TRANSLATED),",
    "the guest's tables in registers",
)
add(
    "vmx-fault-event",
    ".is_event = (vmcs_read(VMCS_VECTORING) & EVENT_VALID) != 0u,",
    ".is_event = false,",
    "an exception's frame into registers",
)
add(
    "vmx-fault-present",
    ".is_present = (qualification & FAULT_PRESENT) != 0u,",
    ".is_present = false,",
    "a wrong cause",
)
add(
    "vmx-fault-fetch",
    ".is_fetch = (qualification & FAULT_FETCH) != 0u,",
    ".is_fetch = false,",
    "registers as instructions",
)
add(
    "vmx-fault-write",
    ".is_write = (qualification & FAULT_WRITE) != 0u,",
    ".is_write = false,",
    "writes that are reads",
)
add(
    "vmx-fault-stack",
    "\tvmcs_write(VMCS_GUEST_RSP, guest->gpr[GPR_RSP]);\n",
    "",
    "a register read into RSP is lost",
)
add("vmx-nmi-unblock", "\tnmi_handle();\n", "", "no kick reaches this core any more")
add(
    "vmx-nmi-flush",
    "\ttrap_forget_nmi();\n\tvmx_forget_nested();\n",
    "\ttrap_forget_nmi();\n",
    "a recalled guest goes on in its memory",
)
add(
    "vmx-nmi-mark",
    "\ttrap_forget_nmi();\n\tvmx_forget_nested();\n",
    "\tvmx_forget_nested();\n",
    "one kick is one for ever",
)
add(
    "vmx-nmi-wake",
    "\tvmcs_write(VMCS_GUEST_ACTIVITY, 0);\n",
    "",
    "a recalled guest sleeps on, and keeps its core",
)
add(
    "vmx-nmi-window",
    "\t\tself()->exits[EXIT_SGI]++;\n\t\tnmi_window_set(true);\n",
    "\t\tself()->exits[EXIT_SGI]++;\n",
    "an NMI between cores is lost",
)
add("vmx-nmi-window-end", "\tnmi_window_set(false);\n", "", "exits for ever")
add("vmx-nmi-taken", "\t\ticr_nmi_taken();\n", "", "one NMI is one for ever")
add(
    "vmx-debug-status",
    "\tif ((event & EVENT_VECTOR) == VECTOR_DEBUG) {\n",
    "\tif (event == 0u) {\n",
    "a debugger is not told why",
)
add("vmx-debug-detect", "& ~(uint64_t)DR7_DETECT);", "| 0u);", "#DB for ever")
add(
    "vmx-machine-check",
    "\tif ((event & EVENT_VECTOR) == VECTOR_MACHINE_CHECK) {\n\t\treturn false;\n\t}\n",
    "",
    "a guest handles the machine's errors",
)
add(
    "vmx-event-error",
    "\tvmcs_write(VMCS_ENTRY_ERROR, vmcs_read(VMCS_EXIT_EVENT_ERROR));\n",
    "",
    "#AC with another's error code",
)
add(
    "vmx-event-length",
    "\tvmcs_write(VMCS_ENTRY_LENGTH, vmcs_read(VMCS_EXIT_LENGTH));\n",
    "",
    "INT1 returns to itself",
)
add(
    "vmx-event-unblocked",
    "event & ~(uint64_t)EVENT_UNBLOCKED);",
    "event);",
    "an entry fails: a guest ends the hypervisor's core",
)
add(
    "vmx-cr0-pair",
    "\tif ((value & (CR0_WRITE_THROUGH | CR0_UNCACHED)) == CR0_WRITE_THROUGH) {\n",
    "\tif (value == UINT64_MAX) {\n",
    "a guest reads what no processor has",
)
add(
    "vmx-cr4-hidden",
    "\tif ((value & vmcs_read(VMCS_CR4_MASK) & ~CR4_MCE) != 0u) {\n",
    "\tif (value == UINT64_MAX) {\n",
    "VMXE, as far as the guest sees",
)
add("vmx-cr4-mce", " & ~CR4_MCE) != 0u) {", ") != 0u) {", "a kernel that looks for machine checks ends")
add(
    "vmx-cr-kind",
    "\t} else if ((qualification & CONTROL_KIND) == 4u) {\n",
    "\t} else if ((qualification & 0xfu) == 4u) {\n",
    "reads of registers are writes",
)
add(
    "vmx-wbinvd",
    "\tcase REASON_WBINVD:\n",
    "",
    "WBINVD ends the guest",
)
add(
    "vmx-rdpmc",
    "\t\tvmx_inject(VECTOR_PROTECTION);\n\t\tbreak;\n\tcase REASON_GETSEC:",
    "\t\tvmx_skip();\n\t\tbreak;\n\tcase REASON_GETSEC:",
    "a counter that reads what RAX was",
)
add(
    "vmx-instructions",
    "known = (reason >= REASON_VMCLEAR) && (reason <= REASON_VMXON);",
    "known = (reason > REASON_VMCLEAR) && (reason < REASON_VMXON);",
    "VMX's own instructions end the guest",
)
add(
    "vmx-entry-failed",
    "\t\tif ((reason & REASON_ENTRY_FAILED) != 0u) {\n",
    "\t\tif (reason == REASON_ENTRY_FAILED) {\n",
    "our own mistake is told as a guest's",
)
