# SPDX-License-Identifier: Apache-2.0
"""What a guest may do to the interrupt controller."""

from mutant import Unit, mutate

add = mutate("src/arch/armv8/gic_filter.h", Unit("armv8/test_gicv3_filter"))

WRITE_BITS = "mmio_write32(address, (uint32_t)*value & mask);"
for bank in ("ISENABLER", "ICENABLER", "ISPENDR", "ICPENDR", "ISACTIVER", "ICACTIVER"):
    add(
        f"gic-{bank.lower()}-mask",
        WRITE_BITS,
        f"mmio_write32(address, (uint32_t)*value & (((address % 0x1000u) / BANK_SIZE == (GIC_{bank} / BANK_SIZE)) "
        "? UINT32_MAX : mask));",
        f"foreign interrupts through {bank}",
    )
add("gic-bits-read-mask", "(mmio_read32(address) & mask)", "mmio_read32(address)", "foreign interrupts' bits are read")
add(
    "gic-priority-clamp",
    "return bytes | (~high & 0x10101010u);",
    "return (high != 0u) ? bytes : 0u;",
    "a guest's priority equals the kick's: it cannot be recalled",
)
add(
    "gic-priority-ownership",
    "bytes_write(address, bits, clamped);",
    "bytes_write(address, bits | 0xfu, clamped);",
    "foreign interrupts' priorities",
)
add(
    "gic-priority-alignment",
    "if (!HOW_IS_SIZE(how, WORD) || ((address & 3u) != 0u) || !HOW_IS_WRITE(how)) {",
    "if (!HOW_IS_SIZE(how, WORD) || !HOW_IS_WRITE(how)) {",
    "misaligned device accesses at EL2",
)
add(
    "gic-byte-ownership",
    "return HOW_IS_SIZE(how, BYTE) ? (bits & 0x1u) : 0u;",
    "return HOW_IS_SIZE(how, BYTE) ? (bits | 0x1u) : 0u;",
    "foreign interrupts' priorities, by bytes",
)
add(
    "gic-bytes-alignment",
    "if (HOW_IS_SIZE(how, WORD) && ((address & 3u) == 0u)) {",
    "if (HOW_IS_SIZE(how, WORD) && (address != 0u)) {",
    "misaligned device accesses at EL2, for reads",
)
add(
    "gic-bytes-read-mask",
    "return word & (((there * BITS_TO_BYTES) & EACH_BYTE) * 0xffu);",
    "return word & ((((there | 0xfu) * BITS_TO_BYTES) & EACH_BYTE) * 0xffu);",
    "foreign interrupts' priorities are read",
)
add(
    "gic-bits-alignment",
    "bool there = HOW_IS_SIZE(how, WORD) && ((address & 3u) == 0u) && (bank != BANK_NONE);",
    "bool there = HOW_IS_SIZE(how, WORD) && (bank != BANK_NONE);",
    "misaligned device accesses at EL2: an abort there is a panic",
)

add = mutate("src/arch/armv8/gic_filter.c", Unit("armv8/test_gicv3_filter"))
add(
    "gic-group-writable",
    "[GIC_IGROUPR >> BANK_SHIFT] = BANK_READ, ",
    "[GIC_IGROUPR >> BANK_SHIFT] = BANK_WRITE, ",
    "groups change after boot: an interrupt becomes an FIQ",
)
add(
    "gic-priority-byte-clamp",
    "mmio_write8(address, priorities_clamped(*value));",
    "mmio_write8(address, (uint32_t)*value);",
    "the clamp, of bytes",
)
add(
    "gic-trigger-mask",
    "*value = mmio_read32(address) & doubled(bits);",
    "*value = (doubled(bits) != 0u) ? mmio_read32(address) : 0u;",
    "foreign interrupts' triggers are read",
)

add = mutate("src/arch/armv8/gicv3_filter.c", Unit("armv8/test_gicv3_filter"))
add(
    "gic-word-0",
    "(word != 0u) ? bank : BANK_NONE, partition",
    "(word < 32u) ? bank : BANK_NONE, partition",
    "private interrupts through the distributor, by the mask of word 0",
)
add(
    "gic-priority-private",
    "if ((offset >= (GIC_IPRIORITYR + 32u)) && (offset < (GIC_IPRIORITYR + PLAN_INTERRUPTS))) {",
    "if ((offset >= GIC_IPRIORITYR) && (offset < (GIC_IPRIORITYR + PLAN_INTERRUPTS))) {",
    "private interrupts through the distributor",
)
add(
    "gic-route-ownership",
    " ||\n\t    !plan_owns_interrupt(core->partition, id)) {",
    ") {\n\t\t(void)id;",
    "foreign interrupts are routed to the attacker",
)
add(
    "gic-route-translation",
    "mmio_write64(address, core->vcpus[number].route);",
    "mmio_write64(address, affinity);",
    "own interrupts are routed to whatever core has the virtual one's number",
)
add(
    "gic-route-target",
    "} else if ((number < core->vcpu_count) && (core->vcpus[number].virtual_id == affinity)) {",
    "} else if (number < core->vcpu_count) {",
    "affinities that no virtual core has are routes",
)
add(
    "gic-route-any",
    "mmio_write64(address, core->vcpus[0].route);",
    "mmio_write64(address, affinity);",
    "1-of-N delivery reaches all cores of the board",
)
add(
    "gic-route-read",
    "value = (core->vcpus[i].route == route) ? core->vcpus[i].virtual_id : value;",
    "value = (core->vcpus[i].route == route) ? route : value;",
    "physical affinities show",
)
add(
    "gic-route-alignment",
    "if ((!whole && !HOW_IS_SIZE(how, WORD)) || ((address & 7u) != 0u) ||",
    "if ((!whole && !HOW_IS_SIZE(how, WORD)) ||",
    "upper halves of routes are written as lower ones",
)
add(
    "gic-control-writable",
    "/* What is neither a bit, a priority, a trigger nor a route. Writes (GICD_CTLR) were made once, at boot. */\n"
    "APART uint64_t distributor_other(uint64_t *value, uint32_t how, uint64_t address, uint32_t offset)\n{\n\t"
    "uint32_t kept = 0;\n",
    "APART uint64_t distributor_other(uint64_t *value, uint32_t how, uint64_t address, uint32_t offset)\n{\n\t"
    "uint32_t kept = 0;\n\tif (HOW_IS_WRITE(how) && HOW_IS_SIZE(how, WORD) && (offset == GICD_CTLR)) {\n\t\t"
    "mmio_write32(address, (uint32_t)*value);\n\t}\n",
    "a guest switches all interrupts of the board off",
)
add(
    "gic-features-lpis",
    "#define GICD_TYPER_KEPT 0x07f804ffu",
    "#define GICD_TYPER_KEPT 0x07fa04ffu",
    "LPIs are advertised: the controller would write tables wherever a guest says",
)
add(
    "gic-distributor-bound",
    "if (offset < filter->size) {\n\t\tcore->exits[EXIT_GICD]++;",
    "if (offset <= filter->size) {\n\t\tcore->exits[EXIT_GICD]++;",
    "registers behind the distributor",
)
add(
    "gic-redistributor-bound",
    "if (offset < filter->size) {\n\t\tcore->exits[EXIT_GICR]++;",
    "if (offset < (filter->size + 0x20000u)) {\n\t\tcore->exits[EXIT_GICR]++;",
    "the next partition's redistributor",
)
add(
    "gicr-last",
    "return typer | (((vcpu->number + 1u) == core->vcpu_count) ? GICR_TYPER_LAST : 0u);",
    "return typer | (((vcpu->number + 1u) > core->vcpu_count) ? GICR_TYPER_LAST : 0u);",
    "a driver looks for redistributors past its own",
)
add(
    "gicr-private-mask",
    "there ? gic_banks[offset >> BANK_SHIFT] : BANK_NONE, mask);",
    "there ? gic_banks[offset >> BANK_SHIFT] : BANK_NONE, mask | UINT32_MAX);",
    "PPIs that are not the guest's: the hypervisor's timer, maintenance interrupts",
)
add(
    "gicr-writable",
    "\tif (HOW_IS_WRITE(how)) {\n\t\treturn TRANSFER_WRITTEN;\n\t}\n\tif ((offset == GICR_TYPER)",
    "\tif (HOW_IS_WRITE(how)) {\n\t\tmmio_write32(address & ~UINT64_C(3), (uint32_t)*value);\n\t\treturn "
    "TRANSFER_WRITTEN;\n\t}\n\tif ((offset == GICR_TYPER)",
    "LPI tables in anybody's memory, a redistributor put to sleep",
)
add(
    "gicr-control-mask",
    "result = mmio_read32(address) & GICR_CTLR_KEPT;",
    "result = mmio_read32(address);",
    "EnableLPIs and its kin show",
)

add = mutate("src/arch/armv8/gicv2_filter.c", Unit("armv8/test_gicv2_filter"))
add(
    "gicv2-target-bound",
    "end = &vcpu[core->vcpu_count];",
    "end = &vcpu[8];",
    "virtual cores that the partition does not have are other partitions' rows",
)
add(
    "gicv2-target-translation",
    "bytes_write(address, bits, targets_physical(core, (uint32_t)*value));",
    "bytes_write(address, bits, (uint32_t)*value);",
    "own interrupts are routed to whatever core has the virtual one's number",
)
add(
    "gicv2-target-byte",
    "mmio_write8(address, targets_physical(core, (uint8_t)*value));",
    "mmio_write8(address, (uint8_t)*value);",
    "the same, by bytes",
)
add(
    "gicv2-target-read",
    "*value = targets_virtual(core, bytes_read(how, address, there));",
    "*value = targets_virtual(core, bytes_read(how, address, there | 0xfu));",
    "where foreign interrupts in the same word go to shows",
)
add(
    "gicv2-target-ownership",
    "uint32_t bits = set_from(core->partition->interrupt_mask, id);",
    "uint32_t bits = set_from(core->partition->interrupt_mask, id) | 0xfu;",
    "foreign interrupts are routed to the attacker",
)
add(
    "gicv2-target-alignment",
    "if (!HOW_IS_SIZE(how, WORD) || ((address & 3u) != 0u) || !HOW_IS_WRITE(how)) {",
    "if (!HOW_IS_SIZE(how, WORD) || !HOW_IS_WRITE(how)) {",
    "targets of the interrupts beside those that the mask speaks of",
)
add(
    "gicv2-sgi-translation",
    "list = targets_physical(core, list);",
    "list = (list > 0xffu) ? 0xffu : list;",
    "SGIs to the cores of other partitions",
)
add(
    "gicv2-sgi-others",
    "list = ~sender & SGIR_LIST(UINT32_MAX);",
    "list = SGIR_LIST(UINT32_MAX);",
    "a broadcast reaches the sender itself",
)
add(
    "gicv2-sgi-size",
    "(offset == GICD_SGIR) && HOW_IS_WRITE(how) && HOW_IS_SIZE(how, WORD)",
    "(offset == GICD_SGIR) && HOW_IS_WRITE(how)",
    "bytes of SGIR send SGIs",
)
add(
    "gicv2-sgi-enable",
    "mask = ((offset == GIC_ICENABLER) && HOW_IS_WRITE(how)) ? (mask & ~SGIS) : mask;",
    "mask = (offset == UINT32_MAX) ? (mask & ~SGIS) : mask;",
    "a guest disables the kick: it cannot be recalled",
)
add(
    "gicv2-private-targets",
    "if ((id < PRIVATE) && HOW_IS_WRITE(how)) {",
    "if ((id > PLAN_INTERRUPTS) && HOW_IS_WRITE(how)) {",
    "device accesses that the architecture calls read-only",
)
add(
    "gicv2-cores-seen",
    "(uint32_t)((core->vcpu_count - 1u) << GICD_TYPER_CORES);",
    "((uint32_t)(core->vcpu_count * 0u) | (mmio_read32(address) & 0xe0u));",
    "cores of the board that are not the guest's are counted",
)
