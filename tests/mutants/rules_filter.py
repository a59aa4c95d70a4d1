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
    "uint32_t owned = (set[id / 32u] >> (id % 32u)) & all;",
    "uint32_t owned = (set[id / 32u] | UINT32_MAX) & all;",
    "foreign interrupts' priorities",
)
add(
    "gic-priority-alignment",
    "bool word = HOW_IS_SIZE(how, WORD) && ((address & 3u) == 0u);",
    "bool word = HOW_IS_SIZE(how, WORD);",
    "misaligned device accesses at EL2",
)

add = mutate("src/arch/armv8/gic_filter.c", Unit("armv8/test_gicv3_filter"))
add(
    "gic-group-writable",
    "[GIC_IGROUPR >> BANK_SHIFT] = BANK_READ, ",
    "[GIC_IGROUPR >> BANK_SHIFT] = BANK_WRITE, ",
    "groups change after boot: an interrupt becomes an FIQ",
)
add(
    "gic-priority-shared-clamp",
    "uint32_t clamped = priorities_clamped(*value);",
    "uint32_t clamped = (uint32_t)*value;",
    "the clamp, in registers shared with other partitions",
)
add(
    "gic-trigger-mask",
    "*value = mmio_read32(address) & doubled(set[id / 32u] >> (id % 32u));",
    "*value = (doubled(set[id / 32u] >> (id % 32u)) != 0u) ? mmio_read32(address) : 0u;",
    "foreign interrupts' triggers are read",
)

add = mutate("src/arch/armv8/gicv3_filter.c", Unit("armv8/test_gicv3_filter"))
add(
    "gic-word-0",
    "bool there = (word != 0u) && ((offset & 3u) == 0u);",
    "bool there = (offset & 3u) == 0u;",
    "private interrupts through the distributor, by the mask of word 0",
)
add(
    "gic-bits-alignment",
    "bool there = (word != 0u) && ((offset & 3u) == 0u);",
    "bool there = word != 0u;",
    "misaligned device accesses at EL2: an abort there is a panic",
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
    "APART uint64_t distributor_other(uint64_t address, uint32_t offset, uint32_t how, uint64_t *value)\n{\n\t"
    "uint32_t kept = 0;\n",
    "APART uint64_t distributor_other(uint64_t address, uint32_t offset, uint32_t how, uint64_t *value)\n{\n\t"
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
    "there ? gic_banks[offset >> BANK_SHIFT] : BANK_NONE, set[0], how, value);",
    "there ? gic_banks[offset >> BANK_SHIFT] : BANK_NONE, set[0] | UINT32_MAX, how, value);",
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
    "for (uint32_t i = 0; i < core->vcpu_count; i++) {\n\t\tphysical |=",
    "for (uint32_t i = 0; i < 8u; i++) {\n\t\tphysical |=",
    "virtual cores that the partition does not have are other partitions' rows",
)
add(
    "gicv2-target-translation",
    "physical = targets_physical(core, (uint32_t)*value);",
    "physical = (uint32_t)*value;",
    "own interrupts are routed to whatever core has the virtual one's number",
)
add(
    "gicv2-target-read",
    "physical) & (((owned * BITS_TO_BYTES) & EACH_BYTE) * 0xffu);",
    "physical) & (((owned | 0xfu) * BITS_TO_BYTES & EACH_BYTE) * 0xffu);",
    "where foreign interrupts in the same word go to shows",
)
add(
    "gicv2-target-ownership",
    "return (set[id / 32u] >> (id % 32u)) & bytes;",
    "return (id > 1024u) ? set[0] : bytes;",
    "foreign interrupts are routed to the attacker",
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
