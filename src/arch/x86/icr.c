/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The filter of the interrupt command register: a partition's cores reach each other, and nobody else's. Shorthands and logical
 * destinations are unrolled, since the processor's own reach all cores. INIT and start-up are not sent at all: they are
 * requests to this hypervisor, with an NMI to make the target look.
 */
#include "arch/x86/icr.h"

#include <stdatomic.h>

#include "arch/x86/apic.h"
#include "arch/x86/guest.h"
#include "core/entry.h"

/* The register's fields (Intel SDM volume 3, figures 11-12 and 11-28) */
#define ICR_VECTOR 0xffu
#define ICR_MODE_SHIFT 8
#define ICR_LOGICAL UINT64_C(0x800)
#define ICR_ASSERT 0x4000u
#define ICR_LEVEL 0x8000u
#define ICR_SHORTHAND_SHIFT 18
#define ICR_SHORTHAND_SELF 1u
#define ICR_SHORTHAND_ALL 2u
#define ICR_SHORTHAND_OTHERS 3u
#define ICR_NOT_PLAIN 0xc0f00u /* mode other than fixed, logical destination, shorthand */
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
#define REQUEST_NMI 0x100u
#define REQUEST_INIT 0x200u
#define REQUEST_STARTUP 0x400u

static _Atomic uint32_t requests[PLAN_MAX_CORES];

/* In x2APIC mode the logical id follows from the id (Intel SDM volume 3, 11.12.10.2). */
static bool is_addressed(uint32_t id, uint64_t value)
{
	uint32_t destination = (uint32_t)(value >> 32);

	if (destination == ICR_EVERYONE) {
		return true;
	}
	if ((value & ICR_LOGICAL) == 0u) {
		return id == destination;
	}
	return ((id >> 4) == (destination >> LOGICAL_CLUSTER_SHIFT)) && (((destination >> (id & 15u)) & 1u) != 0u);
}

static bool is_target(const struct plan_vcpu *vcpu, const struct plan_vcpu *own, uint64_t value)
{
	bool target;

	switch ((uint32_t)(value >> ICR_SHORTHAND_SHIFT) & 3u) {
	case ICR_SHORTHAND_SELF:
		target = vcpu == own;
		break;
	case ICR_SHORTHAND_ALL:
		target = true;
		break;
	case ICR_SHORTHAND_OTHERS:
		target = vcpu != own;
		break;
	default:
		target = is_addressed((uint32_t)vcpu->virtual_id, value);
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

static void nmi_request(const struct plan_vcpu *vcpu)
{
	if (core_vcpu_power(vcpu->number) != VCPU_POWER_OFF) {
		request(vcpu, REQUEST_NMI);
	}
}

static void send_one(const struct plan_vcpu *vcpu, uint64_t value)
{
	switch ((uint32_t)(value >> ICR_MODE_SHIFT) & 7u) {
	case MODE_FIXED:
	case MODE_LOWEST:
		apic_send((uint32_t)vcpu->virtual_id, (uint32_t)(value & (ICR_VECTOR | ICR_ASSERT)));
		break;
	case MODE_NMI:
		nmi_request(vcpu);
		break;
	case MODE_INIT:
		init_request(vcpu);
		break;
	case MODE_STARTUP:
		startup_request(vcpu, (uint32_t)(value & ICR_VECTOR));
		break;
	default: /* SMI, external interrupts: not for guests */
		break;
	}
}

/* The level's end that followed an INIT on old processors says nothing any more. */
static bool is_ignored(uint32_t mode, uint64_t value)
{
	return (mode == MODE_INIT) && ((value & (ICR_ASSERT | ICR_LEVEL)) == ICR_LEVEL);
}

/* Shorthands, logical destinations, and what is more than an interrupt. Rows' order decides where the lowest priority would. */
APART void send_any(struct core_state *core, uint64_t value)
{
	uint32_t mode = (uint32_t)(value >> ICR_MODE_SHIFT) & 7u;

	core->exits[(mode >= MODE_INIT) ? EXIT_PSCI : EXIT_SGI]++;
	if (is_ignored(mode, value)) {
		return;
	}
	for (uint64_t i = 0; i < core->vcpu_count; i++) {
		if (is_target(&core->vcpus[i], core->vcpu, value)) {
			send_one(&core->vcpus[i], value);
			if (mode == MODE_LOWEST) {
				break;
			}
		}
	}
}

void icr_write(uint64_t value)
{
	struct core_state *core = self();
	uint64_t destination = value >> 32;

	if (((value & ICR_NOT_PLAIN) != 0u) || (destination == ICR_EVERYONE)) {
		send_any(core, value);
		return;
	}
	core->exits[EXIT_SGI]++;
	for (uint64_t i = 0; i < core->vcpu_count; i++) {
		if (core->vcpus[i].virtual_id == destination) {
			apic_send((uint32_t)destination, (uint32_t)value & (ICR_VECTOR | ICR_ASSERT));
			return;
		}
	}
}

void icr_requests_clear(void)
{
	atomic_store_explicit(&requests[self()->row], 0u, memory_order_relaxed);
}

bool icr_requests_look(void)
{
	uint32_t asked = atomic_load_explicit(&requests[self()->row], memory_order_acquire);

	if ((asked & REQUEST_INIT) != 0u) {
		core_vcpu_off();
	}
	return (asked & REQUEST_NMI) != 0u;
}

void icr_nmi_taken(void)
{
	atomic_fetch_and_explicit(&requests[self()->row], ~REQUEST_NMI, memory_order_relaxed);
}

void icr_parked(void)
{
	const struct core_state *core = self();
	uint32_t asked = atomic_load_explicit(&requests[core->row], memory_order_acquire);

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
