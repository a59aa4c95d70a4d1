# SPDX-License-Identifier: Apache-2.0
"""x86-64: what the planner puts into the fields of Intel's control structures, into maps and into extended tables."""

from mutant import Unit, mutate

add = mutate("src/planner/x86/vmcs.c", Unit("planner/test_vmcs"))

# ---- controls -------------------------------------------------------------------------------------------------------

for name, breaks in {
    "PIN_NMI": "a kick interrupts the guest, not the hypervisor: no recall",
    "PIN_VIRTUAL_NMI": "a guest's NMIs are not kept apart from kicks",
    "PROCESSOR_MWAIT": "waiting on addresses, past the hypervisor",
    "PROCESSOR_MONITOR": "the same",
    "PROCESSOR_RDPMC": "performance counters that others share",
    "PROCESSOR_PORT_MAPS": "every port is everybody's",
    "PROCESSOR_MSR_MAP": "every model-specific register is everybody's",
    "PROCESSOR_SECONDARY": "nothing of the second field counts: no nested paging",
    "SECONDARY_EPT": "guest-physical addresses are physical",
    "SECONDARY_VPID": "translations are the hypervisor's, too",
    "SECONDARY_WBINVD": "a guest empties caches that others use",
    "SECONDARY_UNRESTRICTED": "a second core cannot start in real mode",
    "EXIT_SAVE_DEBUG": "a guest's debug controls are lost",
    "EXIT_HOST_64": "the hypervisor goes on in 32-bit mode",
    "EXIT_SAVE_PAT": "a guest's memory types are lost",
    "EXIT_LOAD_PAT": "the hypervisor runs with the guest's memory types",
    "EXIT_SAVE_EFER": "a guest's EFER is lost",
    "EXIT_LOAD_EFER": "the hypervisor runs with the guest's EFER: no NX",
    "ENTRY_LOAD_DEBUG": "a guest runs with the debug controls of the last one",
    "ENTRY_LOAD_PAT": "a guest runs with the hypervisor's memory types",
    "ENTRY_LOAD_EFER": "a guest runs with the hypervisor's EFER",
    "ENTRY_LONG_MODE": "no guest starts in 64-bit mode",
}.items():
    add(f"vmcs-{name.lower().replace('_', '-')}", f"VMCS_{name}", "0u", breaks)
for name in ("PIN", "PROCESSOR", "EXIT"):
    old = f"{{{name}, VMCS_{name}, {name}}},"
    add(f"vmcs-demand-{name.lower()}", old, f"{{{name}, VMCS_{name}, 0}},", "cores without these controls, too")
add("vmcs-demand-secondary", "VMCS_SECONDARY, SECONDARY},", "VMCS_SECONDARY, 0},", "cores without nested paging, too")
add("vmcs-demand-entry", "{entry, VMCS_ENTRY, entry};", "{entry, VMCS_ENTRY, 0};", "cores that mix up EFERs, too")

# ---- other fields ---------------------------------------------------------------------------------------------------

add("vmcs-vpid", "add(control, VMCS_VPID, index + 1);", "add(control, VMCS_VPID, 1);", "translations share a tag")
add("vmcs-root", "layout->stage2_roots[index] | EPT_WALK", "layout->stage2_roots[0] | EPT_WALK", "others' memory")
add("vmcs-walk", "EPT_WALK UINT64_C(0x1e)", "EPT_WALK UINT64_C(0x5e)", "processors write into constant tables")
add("vmcs-type", "EPT_WALK UINT64_C(0x1e)", "EPT_WALK UINT64_C(0x18)", "tables are read past the caches")
add("vmcs-msr-map", "VMCS_MSR_MAP, maps->msr_map", "VMCS_MSR_MAP, maps->port_map", "registers by the map of ports")
add("vmcs-port-map", "maps->port_map + PAGE_SIZE", "maps->port_map", "ports from 8000h on by the first half of the map")
add("vmcs-link", "{UINT64_MAX, VMCS_LINK, 0},", "{0, VMCS_LINK, 0},", "entries are refused, or go by a shadow")
add("vmcs-exceptions", "UINT64_C(0x60002)", "UINT64_C(0x40000)", "an endless #DB or #AC keeps every kick away")
add("vmcs-machine-check", "UINT64_C(0x60002)", "UINT64_C(0x20002)", "a machine check is a guest's")
add("vmcs-cr0", "CR0_MASK (UINT64_C(0x60000000) | CR0_NE)", "CR0_MASK CR0_NE", "a guest switches its core's caches off")
add("vmcs-cr4", "#define CR4_MASK (~UINT64_C(0x770fbf))", "#define CR4_MASK (UINT64_C(0x2000))", "a guest clears MCE")
add("vmcs-cr4-fixed", "CR4_HIDDEN UINT64_C(0x2040)", "CR4_HIDDEN UINT64_C(0x2000)", "a machine check ends the machine")
add("vmcs-debugctl", "\t0x2802, /* DEBUGCTL */\n", "", "branch records of the last guest")
add("vmcs-lists", "\t0x4014, /* lists of MSRs */\n", "", "registers are loaded from wherever the structure says")
add("vmcs-event", "\tVMCS_ENTRY_EVENT,\n", "", "a guest begins with an event of the last one")
add("vmcs-blocking", "\tVMCS_GUEST_BLOCKING,\n", "", "a guest begins with interrupts or NMIs blocked")
add("vmcs-activity", "\tVMCS_GUEST_ACTIVITY,\n", "", "a core begins halted")
add("vmcs-entry-kept", "\tVMCS_GUEST_RIP,\n", "", "a core goes on where its last life ended")

# ---- maps and tables ------------------------------------------------------------------------------------------------

add = mutate("src/planner/x86/control.c", Unit("planner/test_vmcs"))
add(
    "map-intel-writes",
    "bit_clear(map, is_intel ? banks * MSR_BANK + row : 2 * row + 1);",
    "bit_clear(map, is_intel ? (banks + 1) * MSR_BANK + number : 2 * row + 1);",
    "writes of one bank are those of the other",
)
add("map-intel-banks", "size_t banks = is_intel ? 2 : 3;", "size_t banks = 3;", "a map in AMD's order: other registers")

add = mutate("src/planner/x86/tables.c", Unit("planner/test_vmcs"))
add(
    "extended-execute",
    "leaf | EXTENDED_EXECUTE | EXTENDED_WRITE_BACK : leaf;",
    "leaf | EXTENDED_EXECUTE | EXTENDED_WRITE_BACK : leaf | EXTENDED_EXECUTE;",
    "a guest executes registers",
)
add(
    "extended-cached",
    "leaf | EXTENDED_EXECUTE | EXTENDED_WRITE_BACK : leaf;",
    "leaf | EXTENDED_EXECUTE | EXTENDED_WRITE_BACK : leaf | EXTENDED_WRITE_BACK;",
    "registers are cached",
)
add(
    "extended-uncached",
    "leaf | EXTENDED_EXECUTE | EXTENDED_WRITE_BACK : leaf;",
    "leaf | EXTENDED_EXECUTE : leaf;",
    "all of a guest's memory is uncached",
)
add(
    "extended-branch",
    "return pa | EXTENDED_READ | EXTENDED_WRITE | EXTENDED_EXECUTE;",
    "return pa | EXTENDED_READ | EXTENDED_WRITE;",
    "a guest can execute nothing",
)
add(
    "extended-large",
    "EXTENDED_WRITE | (level == 3 ? 0 : LARGE);",
    "EXTENDED_WRITE | (level == 3 ? LARGE : 0);",
    "memory is taken for tables",
)
