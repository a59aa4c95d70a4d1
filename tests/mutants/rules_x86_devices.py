# SPDX-License-Identifier: Apache-2.0
"""x86-64: PCI's configuration, AMD's IOMMU, extended state."""

from mutant import Unit, mutate

# ---- PCI functions at boot ------------------------------------------------------------------------------------------

CAPABILITIES = Unit("x86/test_pci_capabilities")

add = mutate("src/arch/x86/pci.c", Unit("x86/test_pci"))
add(
    "pci-there",
    "(id != ID_NONE) && (port_read32(PORT_DATA) == id);",
    "(id != 0u) || (port_read32(PORT_DATA) == id);",
    "RAM, or nothing, as configuration space",
)
add(
    "pci-quiet",
    "\t\tmmio_write16(function + REGISTER_COMMAND, COMMAND_LINE_OFF);\n\t} else {",
    "\t} else {",
    "a device that firmware used goes on writing memory",
)
add(
    "pci-quiet-bridge",
    "if (((class >> 8) != CLASS_BRIDGE) && (class != CLASS_IOMMU)) {",
    "if (class != CLASS_IOMMU) {",
    "cores do not reach memory or devices any more",
)
add(
    "pci-quiet-iommu",
    "if (((class >> 8) != CLASS_BRIDGE) && (class != CLASS_IOMMU)) {",
    "if ((class >> 8) != CLASS_BRIDGE) {",
    "the IOMMU cannot read its tables",
)
add(
    "pci-quiet-far",
    "(uint16_t)(mmio_read16(function + REGISTER_COMMAND) & ~COMMAND_MASTER));",
    "(uint16_t)mmio_read16(function + REGISTER_COMMAND));",
    "devices that the IOMMU has no table for reach memory",
)
add(
    "pci-quiet-near",
    "\t\tif (mmio_read8(function + REGISTER_SECONDARY_BUS) >= x86->buses) {\n",
    "\t\tif (mmio_read8(function + REGISTER_SECONDARY_BUS) >= (x86->buses - 1u)) {\n",
    "own devices behind a bridge reach no memory",
)
add(
    "pci-place-kind",
    "\tbool fits = (mmio_read8(function + REGISTER_HEADER) & HEADER_KIND) == 0u;",
    "\tbool fits = (mmio_read8(function + REGISTER_HEADER) & HEADER_KIND) != 0x7eu;",
    "a bridge, and all behind it, is handed out",
)
add(
    "pci-place-mask",
    "fits = (mask == row->masks[i]) || ",
    "fits = (mask != 0u) || (row->masks[i] == 0u) || ",
    "a function answers beyond its windows",
)
add(
    "pci-place-each",
    "\t\tfits = fits && function_place(",
    "\t\tfits = function_place(",
    "the last function decides",
)
add(
    "pci-place-memory",
    "((row->masks[i] == 0u) && ((mask & BAR_PORTS) != 0u));",
    "(row->masks[i] == 0u);",
    "memory where nobody said",
)
add(
    "pci-place-rom",
    "\tif (fits) {\n\t\tmmio_write32(function + REGISTER_ROM, 0u);\n",
    "\tif (fits) {\n",
    "an expansion ROM where firmware had it",
)

# ---- PCI functions and their guests ---------------------------------------------------------------------------------

add(
    "pci-owner",
    "\t\tif ((x86->functions[i].partition == core->partition_index) &&\n\t\t    (x86->functions[i].id",
    "\t\tif ((x86->functions[i].partition < PLAN_MAX_PARTITIONS) &&\n\t\t    (x86->functions[i].id",
    "other partitions' functions",
)
add(
    "pci-read",
    "if ((row != NULL) && ((place % size) == 0u)) {",
    "if (((row != NULL) || (size != 3u)) && ((place % size) == 0u)) {",
    "others' configuration is read",
)
add(
    "pci-read-aligned",
    "if ((row != NULL) && ((place % size) == 0u)) {",
    "if (row != NULL) {",
    "an access reaches into the next function",
)
add(
    "pci-write",
    "if ((row == NULL) || ((place % size) != 0u)) {",
    "if ((row == NULL) && (size == 3u)) {",
    "others' functions",
)
add(
    "pci-write-aligned",
    "if ((row == NULL) || ((place % size) != 0u)) {",
    "if (row == NULL) {",
    "an access reaches past a register's rule",
)
add(
    "pci-revoked",
    "\tif (!stage2_is_revoked(core->partition)) { /*",
    "\tif (core != NULL) { /*",
    "bus mastering behind the end",
)
add(
    "pci-end",
    "\t\tif (x86->functions[i].partition == index) {\n\t\t\tmmio_write16(",
    "\t\tif (x86->functions[i].partition == (index + 64u)) {\n\t\t\tmmio_write16(",
    "a stopped partition's devices interrupt and write on",
)
add(
    "pci-end-own",
    "\t\tif (x86->functions[i].partition == index) {\n\t\t\tmmio_write16(",
    "\t\tif (x86->functions[i].partition < PLAN_MAX_PARTITIONS) {\n\t\t\tmmio_write16(",
    "one partition's end takes others' devices away",
)
add(
    "pci-command",
    "(uint16_t)((value & COMMAND_GUEST) | COMMAND_LINE_OFF));",
    "(uint16_t)(value | COMMAND_LINE_OFF));",
    "I/O ports, which nobody filters",
)
add(
    "pci-line",
    "(uint16_t)((value & COMMAND_GUEST) | COMMAND_LINE_OFF));",
    "(uint16_t)(value & COMMAND_GUEST));",
    "a line that others share",
)
add(
    "pci-restore",
    "\t\tmmio_write32(function + REGISTER_ROM, 0u);\n\t\tbars_write(row, function);\n\t}\n\tmmio_write16(",
    "\t\tmmio_write32(function + REGISTER_ROM, 0u);\n\t\t(void)row;\n\t}\n\tmmio_write16(",
    "a function answers where another's memory is",
)
add(
    "pci-restore-rom",
    "\t\tmmio_write32(function + REGISTER_ROM, 0u);\n\t\tbars_write(row, function);\n\t}\n\tmmio_write16(",
    "\t\tbars_write(row, function);\n\t}\n\tmmio_write16(",
    "a ROM answers where another's memory is",
)
add(
    "pci-bar-answers",
    "\t\tif (!answers && (write->size == 4u)) {",
    "\t\tif ((!answers || (offset != 0u)) && (write->size == 4u)) {",
    "a function answers where another's memory is",
)
add(
    "pci-bar-size",
    "\t\tif (!answers && (write->size == 4u)) {",
    "\t\tif (!answers) {",
    "a register of four bytes by its parts",
)
add(
    "pci-status",
    "\t\tif (write->size == 4u) {\n\t\t\tmmio_write16(",
    "\t\tif (write->size == 8u) {\n\t\t\tmmio_write16(",
    "errors that a guest cannot clear",
)
add(
    "pci-capability",
    "} else if ((offset >= REGISTER_CAPABILITY_LEAST) && is_open(function, offset, write->size)) {",
    "} else if ((offset >= REGISTER_CAPABILITY_LEAST) && (is_open(function, offset, write->size) || (write->size == 2u))) {",
    "vendors' registers, whatever they do",
    CAPABILITIES,
)
add(
    "pci-capability-id",
    "found = (mmio_read8(function + at) == id) ? at : 0u;",
    "found = ((mmio_read8(function + at) | id) != 0u) ? at : 0u;",
    "another capability's registers",
    CAPABILITIES,
)
add(
    "pci-capability-first",
    "((at != 0u) && (offset >= first) &&",
    "((at != 0u) && (offset >= at) &&",
    "what a capability says of itself",
    CAPABILITIES,
)
add(
    "pci-capability-end",
    "((offset + size) <= (first + open_parts[i].size)));",
    "((offset + size) <= (first + open_parts[i].size + 2u)));",
    "the register behind a capability",
    CAPABILITIES,
)
add(
    "pci-msi-hidden",
    "value &= ~CAPABILITY_ID;",
    "value &= ALL_ONES;",
    "a driver takes messages that nothing lets through",
    CAPABILITIES,
)
add(
    "pci-table-there",
    "bool fits = (at == 0u) == (row->msix_count == 0u);",
    "bool fits = true;",
    "a table of messages that no filter guards",
    CAPABILITIES,
)
add(
    "pci-table-place",
    "(row->msix_pa == (bar_base(row, index) + (place & ~MSIX_REGISTER)));",
    "(bar_base(row, index) + (place & ~MSIX_REGISTER) != 0u);",
    "a table of messages beside its filter",
    CAPABILITIES,
)
add(
    "pci-table-count",
    "fits = (row->msix_count == (last + 1u)) && ",
    "fits = (row->msix_count <= (last + 1u)) && ",
    "entries of a table beside its filter",
    CAPABILITIES,
)
add(
    "pci-close",
    "\t\t\tmessage_close(x86, i);\n",
    "",
    "messages of a partition that has ended reach its cores",
)
add(
    "pci-capability-list",
    "\tif ((mmio_read16(function + REGISTER_STATUS) & STATUS_CAPABILITIES) != 0u) {\n",
    "\tif (function != 0u) {\n",
    "a list where there is none",
    CAPABILITIES,
)
add(
    "pci-list-end",
    "(i < CAPABILITY_MOST) && ",
    "(i < 0x7fffffffu) && ",
    "a device keeps a core in the hypervisor",
    CAPABILITIES,
)
add("pci-latch-enable", "return (latch & ADDRESS_ENABLE) != 0u;", "return true;", "an address that is none")
add(
    "pci-latch-own",
    "latches[core->partition_index] = value;",
    "latches[0] = value;",
    "one partition's address, another's data",
)
add(
    "pci-latch-size",
    "((port == PORT_ADDRESS) && (size == 4u)) {\n\t\tlatches",
    "(port == PORT_ADDRESS) {\n\t\tlatches",
    "part of an address is an address",
)

# ---- AMD's IOMMU ----------------------------------------------------------------------------------------------------

add = mutate("src/arch/x86/iommu.c", Unit("x86/test_iommu"))
add("iommu-off", "\tmmio_write64(registers + REGISTER_CONTROL, 0u);\n", "", "its table changes under it")
add("iommu-size", "((x86->buses * BUS_TABLE_PAGES) - 1u)", "0u", "functions beyond the table pass unconfined")
add(
    "iommu-exclusion",
    "\tmmio_write64(registers + REGISTER_EXCLUSION, 0u);\n",
    "",
    "a range that firmware let pass",
)
add(
    "iommu-enable",
    "CONTROL_ENABLE | CONTROL_COHERENT | CONTROL_COMMANDS);",
    "CONTROL_COHERENT | CONTROL_COMMANDS);",
    "DMA without limits",
)
add(
    "iommu-there",
    "answers = mmio_read64(registers + REGISTER_DEVICE_TABLE) == table;",
    "answers = table != 0u;",
    "a board without one",
)
add(
    "iommu-domains",
    "(domain <= plan->partitions.count); domain++",
    "(domain < plan->partitions.count); domain++",
    "translations of an earlier start",
)
add(
    "iommu-devices",
    "\t\tanswers = command_do(registers, COMMAND_FORGET_DEVICE | id, 0u) &&\n\t\t\t  ",
    "\t\tanswers = ",
    "entries of an earlier start",
)
add(
    "iommu-interrupts",
    " &&\n\t\t\t  command_do(registers, COMMAND_FORGET_INTERRUPTS | id, 0u);",
    ";",
    "interrupts of an earlier start",
)
add(
    "iommu-wait",
    "\treturn answered == asked;\n",
    "\treturn true;\n",
    "an IOMMU that does not answer has forgotten, it is said",
)
add(
    "iommu-revoke",
    "\tanswers = domain_forget(registers, partition->vmid);\n",
    "\tanswers = (registers != 0u) && (partition != NULL);\n",
    "a stopped partition's devices reach its memory",
)
add(
    "iommu-revoke-own",
    "domain_forget(registers, partition->vmid);",
    "domain_forget(registers, partition->vmid / 2u);",
    "a stopped partition's devices reach its memory",
)
add(
    "iommu-revoke-answer",
    "\tif (!answers) {\n\t\tcore_panic(",
    "\tif (!answers && (asked == 0u)) {\n\t\tcore_panic(",
    "what it has not forgotten is given on",
)
add(
    "iommu-pages",
    "#define PAGES_ALL UINT64_C(0x7ffffffffffff003)",
    "#define PAGES_ALL UINT64_C(0x3)",
    "one page is forgotten",
)
add(
    "iommu-queue",
    "\ttail = (tail + 1u) % COMMAND_COUNT;\n",
    "\ttail = tail + 1u;\n",
    "commands behind the queue: the hypervisor's own data",
)

# ---- extended state -------------------------------------------------------------------------------------------------

add = mutate("src/arch/x86/xcr.c", Unit("x86/test_xcr"))
add("xcr-number", "((uint32_t)guest->gpr[GPR_RCX] != 0u) || ", "", "registers that are not there: a panic")
add(
    "xcr-known",
    "| known.eax)) == 0u)",
    "| known.eax | UINT64_MAX)) == 0u)",
    "components that are not there: a panic",
)
add(
    "xcr-known-high",
    "(((uint64_t)known.edx << 32) | known.eax)",
    "(UINT64_C(0xffffffff00000000) | known.eax)",
    "components that are not there: a panic",
)
add("xcr-x87", "\tuint64_t needed = COMPONENT_X87;\n", "\tuint64_t needed = 0;\n", "no FPU: a panic")
add("xcr-avx", "? COMPONENT_SSE : 0u;", "? 0u : 0u;", "AVX without SSE: a panic")
add("xcr-avx512-avx", "? COMPONENT_AVX : 0u;", "? 0u : 0u;", "AVX-512 without AVX: a panic")
for name in ["MPX", "AVX512", "AMX"]:
    add(
        f"xcr-{name.lower()}",
        f"is_all_or_none(value, COMPONENTS_{name})",
        "is_all_or_none(value, COMPONENT_X87)",
        "half of a pair: a panic",
    )

# ---- messages of functions -------------------------------------------------------------------------------------------

add = mutate("src/arch/x86/message.c", Unit("x86/test_message"))
add(
    "message-core",
    "((value & ADDRESS_REST) == ADDRESS_PLAIN) && is_own(destination)",
    "(value & ADDRESS_REST) == ADDRESS_PLAIN",
    "a message names another partition's core",
)
add(
    "message-address",
    "((value & ADDRESS_REST) == ADDRESS_PLAIN) && is_own(destination)",
    "is_own(destination)",
    "a logical destination is taken for a physical one",
)
add(
    "message-kind",
    "if ((value & DATA_REST) == 0u) {",
    "if (value != DATA_REST) {",
    "what would be an NMI comes as another interrupt",
)
add(
    "message-open-core",
    "if ((vector >= VECTOR_LEAST) && is_own(destination)) {",
    "if (vector >= VECTOR_LEAST) {",
    "an entry that has no core yet sends to core 0, whose ever that is",
)
add(
    "message-open-vector",
    "if ((vector >= VECTOR_LEAST) && is_own(destination)) {",
    "if (is_own(destination)) {",
    "a vector that is none is sent",
)
add(
    "message-forget",
    "\t*remap_entry(x86, place->row, place->entry) = value;\n\tiommu_forget_messages(x86, x86->functions[place->row].id);",
    "\t*remap_entry(x86, place->row, place->entry) = value;",
    "the IOMMU goes on by what was there before",
)
add(
    "message-row",
    "uint64_t table = x86->remap + ((uint64_t)row * PLAN_REMAP_SIZE);",
    "uint64_t table = x86->remap + (row - row);",
    "two functions share their messages",
)
add(
    "message-part",
    "\t} else if (size == sizeof(uint32_t)) {\n\t\tword_write(",
    "\t} else if (size != 0u) {\n\t\tword_write(",
    "half of a word becomes all of it",
)
