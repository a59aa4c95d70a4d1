/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The filter of the interrupt command register: a partition's cores reach each other, and nobody else's. Whatever names more than
 * one core becomes logical destinations, by the plan's masks of own cores: one write a cluster, but for NMIs. INIT and start-up are not sent at
 * all: they are requests to this hypervisor, with an NMI to make the target look.
 */
#include "arch/x86/icr.h"

#include <stdatomic.h>

#include "arch/x86/apic.h"
#include "arch/x86/guest.h"
#include "core/entry.h"

/* The register's fields (Intel SDM volume 3, figures 11-12 and 11-28) */
#define ICR_VECTOR 0xffu
#define ICR_MODE_SHIFT 8
#define ICR_MODE 0x700u
#define ICR_LOGICAL 0x800u
#define ICR_ASSERT 0x4000u
#define ICR_LEVEL 0x8000u
#define ICR_SHORTHAND 0xc0000u
#define ICR_SELF 0x40000u
#define ICR_ALL 0x80000u
#define ICR_OTHERS 0xc0000u
#define ICR_PLAIN (ICR_VECTOR | ICR_ASSERT)
#define ICR_LOWEST 0x100u
#define ICR_NMI 0x400u
/* More than an interrupt to one core, among which it has the lowest priority */
#define ICR_OTHER (ICR_SHORTHAND | ICR_LOGICAL | (ICR_MODE & ~ICR_LOWEST))
#define ICR_EVERYONE 0xffffffffu
#define MODE_FIXED 0u
#define MODE_LOWEST 1u
#define MODE_NMI 4u
#define MODE_INIT 5u
#define MODE_STARTUP 6u

#define LOGICAL_CLUSTER_SHIFT 16
#define STARTUP_PAGE_SHIFT 12

/* What is asked of a core, by its row: the start-up's vector below */
#define REQUEST_VECTOR 0xffu
#define REQUEST_INIT 0x200u
#define REQUEST_STARTUP 0x400u

static _Atomic uint32_t requests[PLAN_MAX_CORES];

/* Like the plan's masks: cores whose guests run, or are about to, and those of them that have not taken an NMI yet */
static _Atomic uint32_t awake[PLAN_X86_CLUSTERS];
static _Atomic uint32_t nmis[PLAN_X86_CLUSTERS];

/* What a guest wrote: the register's halves. */
struct command {
	uint32_t destination;
	uint32_t low;
};

/* In x2APIC mode the logical id follows from the id (Intel SDM volume 3, 11.12.10.2). */
static bool is_addressed(uint32_t id, const struct command *command)
{
	uint32_t cluster = id / APIC_CLUSTER;

	if (command->destination == ICR_EVERYONE) {
		return true;
	}
	if ((command->low & ICR_LOGICAL) == 0u) {
		return id == command->destination;
	}
	return (cluster == (command->destination >> LOGICAL_CLUSTER_SHIFT)) &&
	       (((command->destination >> (id % APIC_CLUSTER)) & 1u) != 0u);
}

static bool is_target(const struct plan_vcpu *vcpu, const struct plan_vcpu *own, const struct command *command)
{
	bool target;

	switch (command->low & ICR_SHORTHAND) {
	case ICR_SELF:
		target = vcpu == own;
		break;
	case ICR_ALL:
		target = true;
		break;
	case ICR_OTHERS:
		target = vcpu != own;
		break;
	default:
		target = is_addressed((uint32_t)vcpu->virtual_id, command);
		break;
	}
	return target;
}

static void request(const struct plan_vcpu *vcpu, uint32_t what)
{
	atomic_fetch_or_explicit(&requests[vcpu->core], what, memory_order_release);
	apic_send_nmi((uint32_t)vcpu->virtual_id);
}

/* A core that is off is in INIT already. */
static void init_request(const struct plan_vcpu *vcpu)
{
	if (core_vcpu_power(vcpu->number) != VCPU_POWER_OFF) {
		atomic_fetch_and_explicit(&requests[vcpu->core], ~(REQUEST_STARTUP | REQUEST_VECTOR),
					  memory_order_relaxed);
		request(vcpu, REQUEST_INIT);
	}
}

/* A core that is on ignores it, unless an INIT has not got to it yet: then it finds the start-up when it has parked. */
static void startup_request(const struct plan_vcpu *vcpu, uint32_t vector)
{
	gpaddr_t entry = {(uint64_t)vector << STARTUP_PAGE_SHIFT};

	if ((core_vcpu_on(vcpu->number, entry, 0) == VCPU_ON_ALREADY) &&
	    ((atomic_load_explicit(&requests[vcpu->core], memory_order_acquire) & REQUEST_INIT) != 0u)) {
		request(vcpu, REQUEST_STARTUP | vector);
	}
}

static void send_one(const struct plan_vcpu *vcpu, uint32_t low)
{
	switch ((low & ICR_MODE) >> ICR_MODE_SHIFT) {
	case MODE_INIT:
		init_request(vcpu);
		break;
	case MODE_STARTUP:
		startup_request(vcpu, low & ICR_VECTOR);
		break;
	default: /* SMI, external interrupts: not for guests */
		break;
	}
}

/* The level's end that followed an INIT on old processors says nothing any more. */
static bool is_ignored(uint32_t mode, uint32_t low)
{
	return (mode == MODE_INIT) && ((low & (ICR_ASSERT | ICR_LEVEL)) == ICR_LEVEL);
}

/* What is no interrupt, core by core. */
APART void send_each(struct core_state *core, uint32_t destination, uint32_t low)
{
	const struct command command = {destination, low};
	uint32_t mode = (low & ICR_MODE) >> ICR_MODE_SHIFT;

	core->exits[(mode >= MODE_INIT) ? EXIT_PSCI : EXIT_SGI]++;
	if (is_ignored(mode, low)) {
		return;
	}
	for (uint64_t i = 0; i < core->vcpu_count; i++) {
		if (is_target(&core->vcpus[i], core->vcpu, &command)) {
			send_one(&core->vcpus[i], low);
		}
	}
}

static uint32_t first_id(uint32_t cluster, uint32_t cores)
{
	return (cluster * APIC_CLUSTER) + (uint32_t)__builtin_ctz(cores);
}

/*
 * To cores that are awake, by their ids: an NMI as a kick and what it is for, the lowest priority as fixed to the first of them,
 * since not all processors send it (Intel SDM volume 3, 11.6.1). Whether that has found its core.
 */
APART bool cluster_send_special(uint32_t cluster, uint32_t named, uint32_t low)
{
	uint32_t cores = named & atomic_load_explicit(&awake[cluster], memory_order_acquire);

	if (cores == 0u) {
		return false;
	}
	if ((low & ICR_MODE) == ICR_LOWEST) {
		apic_send(first_id(cluster, cores), low & ICR_PLAIN);
		return true;
	}
	atomic_fetch_or_explicit(&nmis[cluster], cores, memory_order_release);
	for (uint32_t rest = cores; rest != 0u; rest &= rest - 1u) {
		apic_send_nmi(first_id(cluster, rest));
	}
	return false;
}

/* One write, however many own cores of the cluster are named. Whether no other cluster is to get it. */
static inline bool cluster_send(uint32_t cluster, uint32_t cores, uint32_t low)
{
	if ((low & ICR_MODE) != 0u) {
		return cluster_send_special(cluster, cores, low);
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
APART void send_all(struct core_state *core, uint32_t low)
{
	const struct plan_x86_partition *own = x86_partition_of(core);
	uint32_t absent = ((low & ICR_SHORTHAND) == ICR_OTHERS) ? (uint32_t)core->vcpu->sgi_target : 0u;

	core->exits[EXIT_SGI]++;
	if (own->cluster_count == 1u) {
		(void)cluster_send(0u, own->clusters[0] & ~absent, low);
	} else {
		send_clusters(own, absent, low);
	}
}

/* To own cores among `cores` of a cluster. */
APART void send_some(struct core_state *core, uint32_t cluster, uint32_t cores, uint32_t low)
{
	const struct plan_x86_partition *own = x86_partition_of(core);

	core->exits[EXIT_SGI]++;
	if (cluster < own->cluster_count) {
		(void)cluster_send(cluster, own->clusters[cluster] & cores, low);
	}
}

static void send_self(struct core_state *core, uint32_t low)
{
	uint32_t id = (uint32_t)core->vcpu->virtual_id;

	if ((low & ICR_MODE) == ICR_NMI) {
		send_some(core, id / APIC_CLUSTER, 1u << (id % APIC_CLUSTER), low);
	} else {
		core->exits[EXIT_SGI]++;
		apic_send(id, low & ICR_PLAIN);
	}
}

static void send_other(struct core_state *core, uint32_t destination, uint32_t low)
{
	uint32_t mode = (low & ICR_MODE) >> ICR_MODE_SHIFT;

	if ((mode != MODE_FIXED) && (mode != MODE_LOWEST) && (mode != MODE_NMI)) {
		send_each(core, destination, low);
	} else if ((low & ICR_SHORTHAND) == ICR_SELF) {
		send_self(core, low);
	} else if (((low & ICR_SHORTHAND) != 0u) || (destination == ICR_EVERYONE)) {
		send_all(core, low);
	} else if ((low & ICR_LOGICAL) != 0u) {
		send_some(core, destination >> LOGICAL_CLUSTER_SHIFT, destination, low);
	} else {
		send_some(core, destination / APIC_CLUSTER, 1u << (destination % APIC_CLUSTER), low);
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

static uint32_t own_cluster(const struct core_state *core)
{
	return (uint32_t)core->vcpu->virtual_id / APIC_CLUSTER;
}

static uint32_t own_bit(const struct core_state *core)
{
	return 1u << (core->vcpu->virtual_id % APIC_CLUSTER);
}

void icr_requests_clear(void)
{
	const struct core_state *core = self();

	atomic_store_explicit(&requests[core->row], 0u, memory_order_relaxed);
	icr_nmi_taken();
	atomic_fetch_or_explicit(&awake[own_cluster(core)], own_bit(core), memory_order_release);
}

bool icr_requests_look(void)
{
	const struct core_state *core = self();
	uint32_t asked = atomic_load_explicit(&requests[core->row], memory_order_acquire);

	if ((asked & REQUEST_INIT) != 0u) {
		core_vcpu_off();
	}
	return (atomic_load_explicit(&nmis[own_cluster(core)], memory_order_acquire) & own_bit(core)) != 0u;
}

void icr_nmi_taken(void)
{
	const struct core_state *core = self();

	atomic_fetch_and_explicit(&nmis[own_cluster(core)], ~own_bit(core), memory_order_relaxed);
}

void icr_parked(void)
{
	const struct core_state *core = self();
	uint32_t asked = atomic_load_explicit(&requests[core->row], memory_order_acquire);

	atomic_fetch_and_explicit(&awake[own_cluster(core)], ~own_bit(core), memory_order_relaxed);
	if ((asked & REQUEST_STARTUP) != 0u) {
		uint32_t page = (asked & REQUEST_VECTOR) << STARTUP_PAGE_SHIFT;
		gpaddr_t entry = {page};

		atomic_fetch_and_explicit(&requests[core->row], ~(REQUEST_STARTUP | REQUEST_VECTOR),
					  memory_order_relaxed);
		if (core_vcpu_on(core->vcpu->number, entry, 0) != VCPU_ON_OK) {
			/* another core was faster, or the partition has ended */
		}
	}
}
