/* SPDX-License-Identifier: Apache-2.0 */
/* A partition of an x86 plan in memory, as filters see it: some cores by their APIC ids, some pins. For tests of this folder. */
#ifndef TESTS_X86_HOST_H
#define TESTS_X86_HOST_H

#include "test.h"

#include "arch/x86/guest.h"

#define HOST_VCPUS 3u
#define HOST_WINDOWS 3u
#define HOST_ROOTS 3u
#define HOST_VMCS 16u

static struct {
	struct plan_header header;
	struct plan_x86 x86;
	struct plan_window windows[HOST_WINDOWS];
	struct plan_root roots[HOST_ROOTS];
	struct plan_vmcs vmcs[HOST_VMCS];
} plan;
static struct plan_partition partition;
static struct plan_vcpu vcpus[HOST_VCPUS];
static struct core_state core;

struct core_state *self(void)
{
	return &core;
}

/* Cores 4, 5 and 21, of which this is the second; pins 4 and 9 of 24, of which it sees 10. */
static void host_make(void)
{
	static const uint64_t ids[HOST_VCPUS] = {4, 5, 21};

	memset(&plan, 0, sizeof(plan));
	memset(&core, 0, sizeof(core));
	memset(&partition, 0, sizeof(partition));
	plan.header.x86 = (struct plan_array){offsetof(__typeof__(plan), x86), 1};
	plan.header.windows = (struct plan_array){offsetof(__typeof__(plan), windows), HOST_WINDOWS};
	plan.header.roots = (struct plan_array){offsetof(__typeof__(plan), roots), HOST_ROOTS};
	plan.header.vmcs = (struct plan_array){offsetof(__typeof__(plan), vmcs), HOST_VMCS};
	plan.x86.ioapic_pins = 24;
	plan.x86.partitions[1] =
		(struct plan_x86_partition){.pins = 10, .cluster_count = 2, .clusters = {1u << 4 | 1u << 5, 1u << 5}};
	plan.x86.apic_frequency = 1000000000;
	partition.interrupt_mask[1] = (1u << 4) | (1u << 9);
	for (uint16_t i = 0; i < HOST_VCPUS; i++) {
		vcpus[i] = (struct plan_vcpu){.virtual_id = ids[i],
					      .sgi_target = (ids[i] / 16u) << 16 | UINT64_C(1) << (ids[i] % 16u),
					      .core = (uint16_t)(i + 1u),
					      .number = i};
	}
	core.plan = &plan.header;
	core.partition = &partition;
	core.partition_index = 1;
	core.vcpus = vcpus;
	core.vcpu_count = HOST_VCPUS;
	core.vcpu = &vcpus[1];
	core.row = 2;
}

#endif
