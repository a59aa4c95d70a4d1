# SPDX-License-Identifier: Apache-2.0
"""x86-64: what the planner puts into AMD's control blocks and maps, and what a plan may not say."""

from mutant import Unit, mutate

# ---- control blocks, as the planner writes them ---------------------------------------------------------------------

add = mutate("src/planner/x86/control.c", Unit("planner/test_x86"))
for name, breaks in {
    "THIRD_NMI": "a kick interrupts the guest, not the hypervisor: no recall",
    "THIRD_RDPMC": "performance counters that others share",
    "THIRD_CPUID": "guests see the bare processor",
    "THIRD_INVD ": "caches are thrown away, others' data with them",
    "THIRD_PORT": "every port is everybody's",
    "THIRD_MSR": "every model-specific register is everybody's",
    "THIRD_SHUTDOWN": "a triple fault resets the machine",
    "FOURTH_VMRUN": "a guest runs guests, in memory by physical addresses",
    "FOURTH_VMLOAD": "a guest reads physical memory",
    "FOURTH_VMSAVE": "a guest writes physical memory",
    "FOURTH_STGI": "a guest opens the hypervisor's window",
    "FOURTH_CLGI": "a guest that no kick reaches",
    "FOURTH_SKINIT": "a guest starts the machine anew",
    "FOURTH_WBINVD": "a guest empties caches that others use",
    "FOURTH_MONITOR": "waiting on addresses, past the hypervisor",
    "FOURTH_MWAIT ": "the same, where the monitor is not armed",
    "FOURTH_MWAIT_ARMED": "the same, where it is",
}.items():
    add(f"vmcb-{name.split('_', 1)[1].strip().lower().replace('_', '-')}", f"VMCB_{name}", "0u ", breaks)
add(
    "vmcb-debug",
    "(EXCEPTION_DEBUG | EXCEPTION_ALIGNMENT | EXCEPTION_MACHINE)",
    "(EXCEPTION_ALIGNMENT | EXCEPTION_MACHINE)",
    "an endless #DB keeps every kick away (CVE-2015-8104)",
)
add(
    "vmcb-alignment",
    "(EXCEPTION_DEBUG | EXCEPTION_ALIGNMENT | EXCEPTION_MACHINE)",
    "(EXCEPTION_DEBUG | EXCEPTION_MACHINE)",
    "an endless #AC keeps every kick away (CVE-2015-5307)",
)
add(
    "vmcb-machine-check",
    "(EXCEPTION_DEBUG | EXCEPTION_ALIGNMENT | EXCEPTION_MACHINE)",
    "(EXCEPTION_DEBUG | EXCEPTION_ALIGNMENT)",
    "a machine check is a guest's",
)
add("vmcb-nested", "\tvmcb->nested_control = VMCB_NESTED_PAGING;\n", "", "guest-physical addresses are physical")
add("vmcb-asid", "(uint32_t)index + 1;", "1;", "all partitions' translations share a tag")
add(
    "vmcb-root",
    "layout->stage2_roots[index];",
    "layout->stage2_roots[0];",
    "all partitions run in the first one's memory",
)
add(
    "vmcb-svme",
    "#define EFER_RESET UINT64_C(0x1000)",
    "#define EFER_RESET UINT64_C(0x0)",
    "VMRUN refuses a second core",
)
add("vmcb-pat", "\tvmcb->pat = PAT_RESET;\n", "", "all of a guest's memory is uncached")

# ---- permission maps ------------------------------------------------------------------------------------------------

add(
    "map-msr-icr",
    "\t{0x830, 0x837, MSR_READ},\n",
    "\t{0x830, 0x830, MSR_READ | MSR_WRITE},\n\t{0x831, 0x837, MSR_READ},\n",
    "interrupts to any core, past the filter",
)
add(
    "map-msr-lvt",
    "\t{0x830, 0x837, MSR_READ},\n",
    "\t{0x830, 0x834, MSR_READ},\n\t{0x835, 0x837, MSR_READ | MSR_WRITE},\n",
    "a local INIT or SMI",
)
add(
    "map-msr-tsc",
    "\t{0x10, 0x10, MSR_READ}, ",
    "\t{0x10, 0x10, MSR_READ | MSR_WRITE}, ",
    "a guest changes its core's clock, and the log's",
)
add(
    "map-msr-apic-base",
    "\t{0x10, 0x10, MSR_READ}, ",
    "\t{0x10, 0x1b, MSR_READ}, ",
    "registers that the hypervisor answers for are the processor's",
)
add(
    "map-msr-efer",
    "\t{0xc0000081, 0xc0000084,",
    "\t{0xc0000080, 0xc0000084,",
    "SVME is seen, and cleared",
)
add("map-msr-closed", "\tmemset(map, 0xff, sizeof(map));\n\tfor (size_t i = 0; i < sizeof(msr_direct)",
    "\tmemset(map, 0x00, sizeof(map));\n\tfor (size_t i = 0; i < sizeof(msr_direct)",
    "every model-specific register is everybody's")  # fmt: skip
add("map-msr-access", "\t\tif (access & MSR_WRITE)\n", "\t\tif (access)\n", "what is only read can be written")
add(
    "map-ports-own",
    "&model->devices[partition->devices[i]];",
    "&model->devices[i];",
    "other partitions' ports",
)
add("map-ports-count", "k < device->ports[j].count;", "k <= device->ports[j].count;", "a port behind the device's")

# ---- what a plan may not say ----------------------------------------------------------------------------------------

add = mutate("src/plan/check.c", Unit("plan/test_check_x86"))
add(
    "plan-x86-row",
    "((plan->x86.count == 1u) == is_x86(plan)) && ",
    "",
    "what only x86 has is read behind the plan's end",
)
add(
    "plan-x86-ids",
    "return (vcpu->core < plan->cores.count) && (vcpu->virtual_id == plan_cores(plan)[vcpu->core].mpidr);",
    "return vcpu->core < plan->cores.count;",
    "a guest's interrupts go to cores that are not its own",
)
add(
    "plan-x86-filter",
    "uint16_t first = is_x86(plan) ? (uint16_t)PLAN_FILTER_IOAPIC : (uint16_t)PLAN_FILTER_GICD;",
    "uint16_t first = is_x86(plan) ? filter->kind : (uint16_t)PLAN_FILTER_GICD;",
    "a filter that x86 does not have",
)

add = mutate("src/plan/check_x86.c", Unit("plan/test_check_x86"))
add(
    "plan-x86-vendor",
    "placed = ((x86->vendor == (uint32_t)PLAN_VENDOR_AMD) || (x86->vendor == (uint32_t)PLAN_VENDOR_INTEL)) &&\n",
    "placed =\n",
    "control blocks of no vendor",
)
add(
    "plan-x86-control",
    " pages_in(x86->control, plan->vcpus.count, plan->shared_base, plan->shared_size) &&",
    "",
    "control blocks in a guest's memory: it writes its own intercepts",
)
add(
    "plan-x86-host",
    " pages_in(x86->host, plan->cores.count, plan->shared_base, plan->shared_size) &&",
    "",
    "the hypervisor's state in a guest's memory",
)
add(
    "plan-x86-trampoline",
    " pages_in(x86->trampoline, 1u, 0u, FIRST_MEBIBYTE) &&",
    "",
    "cores start where no start-up interrupt leads",
)
add(
    "plan-x86-trampoline-ram",
    "!check_touches_memory(plan, x86->trampoline, PLAN_PAGE) && ",
    "",
    "cores start in a guest's memory",
)
add("plan-x86-ioapic", "(x86->ioapic_pa == plan->gicd_pa) &&", "", "the I/O APIC's page is a device of a guest's")
add("plan-x86-ioapic-va", "(x86->ioapic_va == plan->gicd_va) && ", "", "the hypervisor masks pins elsewhere")
add(
    "plan-x86-pins",
    "\t\tplaced = placed && ((plan_interrupts(plan)[i].id - 32u) < x86->ioapic_pins);\n",
    "\t\t(void)i;\n",
    "interrupts that the I/O APIC does not have",
)
add(
    "plan-x86-maps",
    "bool placed = pages_in(row->msr_map, amd ? 2u : 1u, plan->table_base, plan->table_size) &&\n",
    "bool placed = true &&\n",
    "a permission map in a guest's memory",
)
add(
    "plan-x86-map-size",
    "pages_in(row->port_map, amd ? 3u : 2u,",
    "pages_in(row->port_map, 1u,",
    "half of a permission map in a guest's memory",
)
add(
    "plan-x86-template",
    " &&\n\t\t\t pages_in(row->reset_control, 1u, plan->table_base, plan->table_size);",
    ";",
    "a template in a guest's memory: it chooses its intercepts",
)
add(
    "plan-x86-vmcs",
    " &&\n\t\t\t span_in(row->reset_first, row->reset_count, &plan->vmcs);",
    ";",
    "fields of a control block from behind the plan's end",
)
add(
    "plan-x86-root",
    " &&\n\t\t\t ((plan_partitions(plan)[i].stage2_root % PLAN_PAGE) == 0u);",
    ";",
    "a root that the processor reads elsewhere",
)
