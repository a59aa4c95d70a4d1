/* SPDX-License-Identifier: Apache-2.0 */
/* A GICv3's frames on the host: the fake plan's, with registers of host.c behind them. */
#include "armv8/gicv3_frames.h"

#include "arch/armv8/access.h"
#include "arch/armv8/exit.h"
#include "host/host.h"

struct plan_header *plan;
struct plan_partition *own;
const struct plan_filter *gicd;
const struct plan_filter *gicr;
static uint64_t seed;

int frames_make(void **state)
{
	static const uint64_t routes[] = {0x102, 0x0, 0x100000003};

	(void)state;
	seed = 0x2545f4914f6cdd1du;
	plan = fake_plan_make(&fake_shape_three);
	own = &fake_partitions(plan)[0];
	gicd = &fake_filters(plan)[0];
	gicr = &fake_filters(plan)[1];
	for (uint32_t i = 0; i < 3u; i++) {
		fake_vcpus(plan)[i].route = routes[i];
	}
	host_reset();
	host_mmio_make(gicd->va, REGISTERS_SIZE);
	host_mmio_make(gicr->va, own->vcpu_count * GICR_SIZE);
	host_core_make(plan, 1);
	return 0;
}

uint64_t random_next(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed;
}

void interrupt_give(uint32_t id)
{
	own->interrupt_mask[id / 32u] |= UINT32_C(1) << (id % 32u);
}

bool interrupt_owned(uint32_t id)
{
	return plan_owns_interrupt(own, id);
}

void bytes_set(uint64_t address, uint64_t value, uint32_t size)
{
	memcpy(host_mmio_bytes(address), &value, size);
}

void registers_randomise(void)
{
	for (uint32_t i = 0; i < REGISTERS_SIZE; i++) {
		*host_mmio_bytes(gicd->va + i) = (uint8_t)random_next();
	}
	for (uint32_t i = 0; i < (own->vcpu_count * GICR_SIZE); i++) {
		*host_mmio_bytes(gicr->va + i) = (uint8_t)random_next();
	}
	for (uint32_t id = 32; id < 1020u; id++) { /* half of them routed to a core of the partition */
		if ((random_next() & 1u) != 0u) {
			bytes_set(gicd->va + IROUTER + id * 8u, fake_vcpus(plan)[random_next() % 3u].route, 8);
		}
	}
}

uint64_t attempt_make(const struct plan_filter *filter, const struct attempt *attempt)
{
	uint32_t size_log2 = (uint32_t)__builtin_ctz(attempt->size);
	uint32_t how = HOW_SIZE(size_log2) | (attempt->write ? HOW_WRITE : 0u);
	uint64_t value = attempt->value;
	uint64_t status;

	host_mmio_forget();
	status = gic_access(&value, how, filter->base + attempt->offset);
	assert_int_equal(status, attempt->write ? TRANSFER_WRITTEN : TRANSFER_READ);
	return attempt->write ? 0u : value;
}
