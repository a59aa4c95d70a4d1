# SPDX-License-Identifier: Apache-2.0
"""x86-64: what a guest's interrupts reach, and what a core that parks keeps of them."""

from mutant import Unit, mutate

# ---- interrupts between cores ---------------------------------------------------------------------------------------

add = mutate("src/arch/x86/icr.c", Unit("x86/test_icr"))
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
    "\tif ((shorthand != 0u) || (command->destination == ICR_EVERYONE)) {\n",
    "\tif (shorthand != 0u) {\n",
    "what is for everybody is for nobody",
)
add(
    "icr-cluster",
    "return (cluster_of(vcpu) == (command->destination >> LOGICAL_CLUSTER_SHIFT)) &&",
    "return (cluster_of(vcpu) < PLAN_X86_CLUSTERS) &&",
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
    "\tif (shorthand == ICR_SELF) {\n\t\treturn false;\n\t}\n",
    "",
    "what a core sends itself reaches all of them",
)
add(
    "icr-lowest",
    "(i < own->cluster_count) && !is_done;",
    "(i < own->cluster_count) && (!is_done || (absent != UINT32_MAX));",
    "one of them becomes one a cluster",
)
add("icr-lowest-first", "(uint32_t)__builtin_ctz(cores)", "(cores & 1u)", "another core than the first that is on gets it")
add(
    "icr-awake",
    "cores & atomic_load_explicit(&awake[cluster], memory_order_acquire);",
    "cores;",
    "the one that gets it is off: nobody does",
)
add(
    "icr-parked",
    "\t(void)unmark(awake, vcpu);\n",
    "",
    "a core that is off is kicked by each NMI",
)
add(
    "icr-command",
    "\t\tapic_send((uint32_t)core->vcpu->virtual_id, low & ICR_PLAIN);\n",
    "\t\tapic_send((uint32_t)core->vcpu->virtual_id, low);\n",
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
    "cluster_send(cluster, own->clusters[cluster] & destination, low);",
    "cluster_send(cluster, destination & 0xffffu, low);",
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
    "cluster_send(0u, own->clusters[0] & ~absent, low);",
    "cluster_send(0u, ~absent & 0xffffu, low);",
    "a shorthand reaches all cores of the machine",
)
add(
    "icr-system-management",
    "\t\t/* to nobody */\n",
    "\t\tsend(core, destination, low);\n",
    "system management interrupts, whose handler is the firmware's",
)
add(
    "icr-nmi",
    "\t\tatomic_fetch_or_explicit(&nmis[cluster], cores, memory_order_release);\n",
    "\t\t(void)cluster;\n",
    "an NMI that looks like a kick, and never reaches the guest",
)
add(
    "icr-nmi-self",
    "\tif ((low & ICR_MODE & ~ICR_LOWEST) != 0u) {\n\t\tsend_some(",
    "\tif ((low & ICR_MODE) == ICR_MODE) {\n\t\tsend_some(",
    "what a core sends itself as an NMI is a vector",
)
add(
    "icr-nmi-off",
    "\t(void)unmark(nmis, vcpu);\n\tmark(",
    "\tmark(",
    "a core that was off begins its next life with an NMI",
)
add(
    "icr-init",
    "\t\tapic_send_nmi(first_id(cluster, rest));\n",
    "\t\tapic_send(first_id(cluster, rest), low & (ICR_MODE | ICR_PLAIN));\n",
    "INIT takes a core away from the hypervisor",
)
add(
    "icr-init-off",
    "\t(void)unmark(inits, vcpu);\n\t(void)unmark(startups, vcpu);\n",
    "",
    "a core that was told INIT begins its next life with it",
)
add(
    "icr-init-level",
    "\t\tif (!is_end(low)) {\n",
    "\t\tif (!is_end(low) || (low != 0u)) {\n",
    "the end of INIT's level is a second INIT: a core that starts is stopped",
)
add(
    "icr-init-carried-out",
    "\tif (is_marked(inits, vcpu)) {\n",
    "\tif (is_marked(inits, vcpu) && (vcpu == NULL)) {\n",
    "a core that is told INIT runs on",
)
add(
    "icr-startup",
    "\t} else if (mode == ICR_STARTUP) {\n",
    "\t} else if (mode == ICR_STARTUP) {\n\t\tapic_send(destination, low & (ICR_MODE | ICR_PLAIN));\n",
    "a core starts in memory of the guest's choice, without the hypervisor",
)
add(
    "icr-startup-vector",
    "start_up(&core->vcpus[i], low & ICR_VECTOR);\n",
    "start_up(&core->vcpus[i], low);\n",
    "bits of the command are bits of the address",
)
add(
    "icr-startup-waits",
    "== VCPU_ON_ALREADY) && is_marked(inits, vcpu)) {",
    "== VCPU_ON_ALREADY) && (vector == 256u)) {",
    "a start-up right behind an INIT is lost",
)
add(
    "icr-startup-forgotten",
    "\t\tatomic_fetch_and_explicit(&startups[cluster], ~cores, memory_order_relaxed);\n",
    "",
    "an INIT behind a start-up leaves the core on",
)
add(
    "icr-nmi-taken",
    "\t(void)unmark(nmis, self()->vcpu);\n",
    "",
    "an NMI comes for ever",
)

# ---- the I/O APIC ---------------------------------------------------------------------------------------------------

add = mutate("src/arch/x86/ioapic_filter.c", Unit("x86/test_ioapic"))
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
