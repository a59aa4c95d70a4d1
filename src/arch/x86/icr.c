/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The filter of the interrupt command register: a partition's cores reach each other, and nobody else's. Whatever names more than
 * one core becomes logical destinations, by the plan's masks of own cores: one write a cluster, but for NMIs. INIT and start-up are
 * not sent at all: they are requests to this hypervisor, with an NMI to make the target look.
 */
#include "arch/x86/icr.h"

#include <stdatomic.h>

#include "arch/x86/apic.h"
#include "arch/x86/guest.h"
#include "core/entry.h"

/* The register's fields (Intel SDM volume 3, figures 11-12 and 11-28) */
#define ICR_VECTOR 0xffu
#define ICR_MODE 0x700u
#define ICR_LOGICAL 0x800u
#define ICR_ASSERT 0x4000u
#define ICR_LEVEL 0x8000u
#define ICR_SHORTHAND 0xc0000u
#define ICR_SELF 0x40000u
#define ICR_OTHERS 0xc0000u /* 0x80000: all */
#define ICR_PLAIN (ICR_VECTOR | ICR_ASSERT)
#define ICR_LOWEST 0x100u
#define ICR_NMI 0x400u
#define ICR_INIT 0x500u
#define ICR_STARTUP 0x600u
/* More than an interrupt to one core, among which it has the lowest priority */
#define ICR_OTHER (ICR_SHORTHAND | ICR_LOGICAL | (ICR_MODE & ~ICR_LOWEST))
#define ICR_EVERYONE 0xffffffffu

#define LOGICAL_CLUSTER_SHIFT 16
#define LOGICAL_CORES 0xffffu
#define STARTUP_PAGE_SHIFT 12

/* Like the plan's masks: cores whose guests run, or are about to, and what is asked of them: an NMI, INIT, start-up behind it */
static _Atomic uint32_t awake[PLAN_X86_CLUSTERS];
static _Atomic uint32_t nmis[PLAN_X86_CLUSTERS];
static _Atomic uint32_t inits[PLAN_X86_CLUSTERS];
static _Atomic uint32_t startups[PLAN_X86_CLUSTERS];

static _Atomic uint32_t startup_vectors[PLAN_MAX_CORES]; /* by row, of the cores in `startups` */

/* What a guest wrote: the register's halves. */
struct command {
	uint32_t destination;
	uint32_t low;
};

/* Where a core is in the masks is its logical id, which the plan has. */
static uint32_t cluster_of(const struct plan_vcpu *vcpu)
{
	return (uint32_t)vcpu->sgi_target >> LOGICAL_CLUSTER_SHIFT;
}

static uint32_t bit_of(const struct plan_vcpu *vcpu)
{
	return (uint32_t)vcpu->sgi_target & LOGICAL_CORES;
}

/* Whether a start-up is for the core; one for oneself is for nobody, as oneself is on. */
static bool is_addressed(const struct plan_vcpu *vcpu, const struct command *command)
{
	uint32_t shorthand = command->low & ICR_SHORTHAND;

	if (shorthand == ICR_SELF) {
		return false;
	}
	if ((shorthand != 0u) || (command->destination == ICR_EVERYONE)) {
		return true;
	}
	if ((command->low & ICR_LOGICAL) == 0u) {
		return (uint32_t)vcpu->virtual_id == command->destination;
	}
	return (cluster_of(vcpu) == (command->destination >> LOGICAL_CLUSTER_SHIFT)) &&
	       ((command->destination & bit_of(vcpu)) != 0u);
}

static void mark(_Atomic uint32_t *masks, const struct plan_vcpu *vcpu)
{
	atomic_fetch_or_explicit(&masks[cluster_of(vcpu)], bit_of(vcpu), memory_order_release);
}

/* Whether it was marked. */
static bool unmark(_Atomic uint32_t *masks, const struct plan_vcpu *vcpu)
{
	uint32_t bit = bit_of(vcpu);

	return (atomic_fetch_and_explicit(&masks[cluster_of(vcpu)], ~bit, memory_order_acquire) & bit) != 0u;
}

static bool is_marked(_Atomic uint32_t *masks, const struct plan_vcpu *vcpu)
{
	return (atomic_load_explicit(&masks[cluster_of(vcpu)], memory_order_acquire) & bit_of(vcpu)) != 0u;
}

/* A core that is on ignores it, unless an INIT has not got to it yet: then it finds the start-up when it has parked. */
static void start_up(const struct plan_vcpu *vcpu, uint32_t vector)
{
	gpaddr_t entry = {(uint64_t)vector << STARTUP_PAGE_SHIFT};

	if ((core_vcpu_on(vcpu->number, entry, 0) == VCPU_ON_ALREADY) && is_marked(inits, vcpu)) {
		atomic_store_explicit(&startup_vectors[vcpu->core], vector, memory_order_relaxed);
		mark(startups, vcpu);
		apic_send_nmi((uint32_t)vcpu->virtual_id);
	}
}

/* The one thing that goes core by core. */
APART void start_up_each(const struct core_state *core, uint32_t destination, uint32_t low)
{
	const struct command command = {destination, low};

	for (uint64_t i = 0; i < core->vcpu_count; i++) {
		if (is_addressed(&core->vcpus[i], &command)) {
			start_up(&core->vcpus[i], low & ICR_VECTOR);
		}
	}
}

static uint32_t first_id(uint32_t cluster, uint32_t cores)
{
	return (cluster * APIC_CLUSTER) + (uint32_t)__builtin_ctz(cores);
}

/*
 * To cores that are awake, by their ids: NMI and INIT, which forgets a start-up, as a kick and what it is for; the lowest priority
 * as fixed to the first of them, since not all processors send it (Intel SDM volume 3, 11.6.1). Whether that has found its core.
 */
APART bool cluster_kick(uint32_t cluster, uint32_t cores, uint32_t low)
{
	if ((low & ICR_MODE) == ICR_LOWEST) {
		apic_send(first_id(cluster, cores), low & ICR_PLAIN);
		return true;
	}
	if ((low & ICR_MODE) == ICR_INIT) {
		atomic_fetch_and_explicit(&startups[cluster], ~cores, memory_order_relaxed);
		atomic_fetch_or_explicit(&inits[cluster], cores, memory_order_release);
	} else {
		atomic_fetch_or_explicit(&nmis[cluster], cores, memory_order_release);
	}
	for (uint32_t rest = cores; rest != 0u; rest &= rest - 1u) {
		apic_send_nmi(first_id(cluster, rest));
	}
	return false;
}

/* One write, however many own cores of the cluster are named. Whether no other cluster is to get it. */
static inline bool cluster_send(uint32_t cluster, uint32_t cores, uint32_t low)
{
	if ((low & ICR_MODE) != 0u) {
		uint32_t up = cores & atomic_load_explicit(&awake[cluster], memory_order_acquire);

		return (up != 0u) && cluster_kick(cluster, up, low);
	}
	if (cores != 0u) {
		apic_send((cluster << LOGICAL_CLUSTER_SHIFT) | cores, (low & ICR_PLAIN) | ICR_LOGICAL);
	}
	return false;
}

/* To all of the partition's cores but those of the logical destination `absent`. */
APART void send_clusters(const struct plan_x86_partition *own, uint32_t absent, uint32_t low)
{
	bool is_done = false;

	for (uint32_t i = 0; (i < own->cluster_count) && !is_done; i++) {
		uint32_t without = (i == (absent >> LOGICAL_CLUSTER_SHIFT)) ? absent : 0u;

		is_done = cluster_send(i, own->clusters[i] & ~without, low);
	}
}

/* To all of the partition's cores, this one among them or not. With ids below 16 they are one cluster. */
APART void send_all(const struct core_state *core, uint32_t low)
{
	const struct plan_x86_partition *own = x86_partition_of(core);
	uint32_t absent = ((low & ICR_SHORTHAND) == ICR_OTHERS) ? (uint32_t)core->vcpu->sgi_target : 0u;

	if (own->cluster_count == 1u) {
		(void)cluster_send(0u, own->clusters[0] & ~absent, low);
	} else {
		send_clusters(own, absent, low);
	}
}

/* To own cores of a logical destination. */
APART void send_some(const struct plan_x86_partition *own, uint32_t destination, uint32_t low)
{
	uint32_t cluster = destination >> LOGICAL_CLUSTER_SHIFT;

	if (cluster < own->cluster_count) {
		(void)cluster_send(cluster, own->clusters[cluster] & destination, low);
	}
}

/* In x2APIC mode the logical id follows from the id (Intel SDM volume 3, 11.12.10.2). */
static inline uint32_t logical_of(uint32_t id)
{
	return ((id / APIC_CLUSTER) << LOGICAL_CLUSTER_SHIFT) | (1u << (id % APIC_CLUSTER));
}

static void send_self(const struct core_state *core, uint32_t low)
{
	if ((low & ICR_MODE & ~ICR_LOWEST) != 0u) {
		send_some(x86_partition_of(core), (uint32_t)core->vcpu->sgi_target, low);
	} else {
		apic_send((uint32_t)core->vcpu->virtual_id, low & ICR_PLAIN);
	}
}

static void send(const struct core_state *core, uint32_t destination, uint32_t low)
{
	uint32_t shorthand = low & ICR_SHORTHAND;

	if (shorthand == ICR_SELF) {
		send_self(core, low);
	} else if ((shorthand != 0u) || (destination == ICR_EVERYONE)) {
		send_all(core, low);
	} else if ((low & ICR_LOGICAL) != 0u) {
		send_some(x86_partition_of(core), destination, low);
	} else {
		send_some(x86_partition_of(core), logical_of(destination), low);
	}
}

/* The end of the level that followed an INIT on old processors says nothing any more. */
static bool is_end(uint32_t low)
{
	return (low & (ICR_ASSERT | ICR_LEVEL)) == ICR_LEVEL;
}

/* INIT and start-up. SMI and external interrupts are not for guests. */
static void ask(const struct core_state *core, uint32_t destination, uint32_t low)
{
	uint32_t mode = low & ICR_MODE;

	if (mode == ICR_INIT) {
		if (!is_end(low)) {
			send(core, destination, low);
		}
	} else if (mode == ICR_STARTUP) {
		start_up_each(core, destination, low);
	} else {
		/* to nobody */
	}
}

APART void send_special(struct core_state *core, uint32_t destination, uint32_t low)
{
	if ((low & ICR_MODE) == ICR_NMI) {
		core->exits[EXIT_SGI]++;
		send(core, destination, low);
	} else {
		core->exits[EXIT_PSCI]++;
		ask(core, destination, low);
	}
}

static void send_other(struct core_state *core, uint32_t destination, uint32_t low)
{
	if ((low & ICR_MODE & ~ICR_LOWEST) != 0u) {
		send_special(core, destination, low);
	} else {
		core->exits[EXIT_SGI]++;
		send(core, destination, low);
	}
}

void icr_write(uint32_t destination, uint32_t low)
{
	struct core_state *core = self();

	if (((low & ICR_OTHER) != 0u) || (destination == ICR_EVERYONE)) {
		send_other(core, destination, low);
		return;
	}
	core->exits[EXIT_SGI]++;
	if (apic_is_own(x86_partition_of(core), destination)) {
		apic_send(destination, low & ICR_PLAIN);
	}
}

void icr_requests_clear(void)
{
	const struct plan_vcpu *vcpu = self()->vcpu;

	(void)unmark(inits, vcpu);
	(void)unmark(startups, vcpu);
	(void)unmark(nmis, vcpu);
	mark(awake, vcpu);
}

bool icr_requests_look(void)
{
	const struct plan_vcpu *vcpu = self()->vcpu;

	if (is_marked(inits, vcpu)) {
		core_vcpu_off();
	}
	return is_marked(nmis, vcpu);
}

void icr_nmi_taken(void)
{
	(void)unmark(nmis, self()->vcpu);
}

void icr_parked(void)
{
	const struct plan_vcpu *vcpu = self()->vcpu;

	(void)unmark(awake, vcpu);
	(void)unmark(inits, vcpu);
	if (unmark(startups, vcpu)) {
		uint64_t vector = atomic_load_explicit(&startup_vectors[vcpu->core], memory_order_relaxed);
		gpaddr_t entry = {vector << STARTUP_PAGE_SHIFT};

		if (core_vcpu_on(vcpu->number, entry, 0) != VCPU_ON_OK) {
			/* another core was faster, or the partition has ended */
		}
	}
}
