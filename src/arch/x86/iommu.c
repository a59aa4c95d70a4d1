/* SPDX-License-Identifier: Apache-2.0 */
/*
 * AMD's IOMMU: started once, with a device table that never changes; a partition's end is the end of its nested tables, which
 * its devices share. Events are not logged: what is blocked is blocked silently.
 */
#include "arch/x86/iommu.h"

#include "arch/cpu.h"
#include "arch/x86/lock.h"
#include "arch/x86/x86.h"
#include "core/entry.h"

/* Registers (48882, 3.4) */
#define REGISTER_DEVICE_TABLE 0x0000u
#define REGISTER_COMMANDS 0x0008u
#define REGISTER_CONTROL 0x0018u
#define REGISTER_EXCLUSION 0x0020u
#define REGISTER_HEAD 0x2000u
#define REGISTER_TAIL 0x2008u

#define CONTROL_ENABLE UINT64_C(0x1)
#define CONTROL_COHERENT UINT64_C(0x400) /* device table reads snoop caches */
#define CONTROL_COMMANDS UINT64_C(0x1000)

#define BUS_IDS 256u
#define BUS_TABLE_PAGES 2u

/* Commands (48882, 2.4), of two words: the kind in the first, with what it is about */
#define COMMAND_SIZE 16u
#define COMMAND_COUNT 256u
#define COMMAND_COUNT_LOG2 UINT64_C(8)
#define COMMAND_LENGTH_SHIFT 56
#define COMMAND_KIND_SHIFT 60
#define COMMAND_WAIT (UINT64_C(1) << COMMAND_KIND_SHIFT)
#define COMMAND_WAIT_STORE UINT64_C(0x1)
#define COMMAND_FORGET_DEVICE (UINT64_C(2) << COMMAND_KIND_SHIFT)
#define COMMAND_FORGET_PAGES (UINT64_C(3) << COMMAND_KIND_SHIFT)
#define COMMAND_FORGET_INTERRUPTS (UINT64_C(5) << COMMAND_KIND_SHIFT)
#define DOMAIN_SHIFT 32
#define PAGES_ALL UINT64_C(0x7ffffffffffff003) /* of the domain, and all levels of their tables */

#define ANSWER_WAIT 100u /* 1 / seconds: commands take microseconds */

/* Read by the IOMMU: virtual = physical. Written under the lock. */
static uint64_t commands[COMMAND_COUNT][2] __attribute__((aligned(PLAN_PAGE)));
static volatile uint64_t answered; /* the number of the last wait that it has come to */
static uint64_t asked;
static uint64_t tail;
static struct ticket_lock command_lock;

static void command_put(uint64_t registers, uint64_t first, uint64_t second)
{
	commands[tail][0] = first;
	commands[tail][1] = second;
	tail = (tail + 1u) % COMMAND_COUNT;
	__asm__ volatile("mfence" ::: "memory");
	mmio_write64(registers + REGISTER_TAIL, tail * COMMAND_SIZE);
}

/* One command, carried out. */
static bool command_do(uint64_t registers, uint64_t first, uint64_t second)
{
	uint64_t start = arch_counter();
	uint64_t ticks = arch_counter_frequency() / ANSWER_WAIT;

	asked++;
	command_put(registers, first, second);
	command_put(registers, COMMAND_WAIT | (uint64_t)(uintptr_t)&answered | COMMAND_WAIT_STORE, asked);
	while ((answered != asked) && ((arch_counter() - start) < ticks)) {
		arch_relax();
	}
	return answered == asked;
}

static bool domain_forget(uint64_t registers, uint32_t domain)
{
	return command_do(registers, COMMAND_FORGET_PAGES | ((uint64_t)domain << DOMAIN_SHIFT), PAGES_ALL);
}

bool iommu_start(const struct plan_header *plan)
{
	const struct plan_x86 *x86 = x86_of(plan);
	uint64_t registers = x86->iommu_va;
	uint64_t table = x86->device_table | ((x86->buses * BUS_TABLE_PAGES) - 1u);
	bool answers;

	mmio_write64(registers + REGISTER_CONTROL, 0u);
	mmio_write64(registers + REGISTER_DEVICE_TABLE, table);
	mmio_write64(registers + REGISTER_EXCLUSION, 0u);
	mmio_write64(registers + REGISTER_COMMANDS,
		     (uint64_t)(uintptr_t)commands | (COMMAND_COUNT_LOG2 << COMMAND_LENGTH_SHIFT));
	mmio_write64(registers + REGISTER_HEAD, 0u);
	mmio_write64(registers + REGISTER_TAIL, 0u);
	mmio_write64(registers + REGISTER_CONTROL, CONTROL_ENABLE | CONTROL_COHERENT | CONTROL_COMMANDS);
	answers = mmio_read64(registers + REGISTER_DEVICE_TABLE) == table;
	for (uint32_t domain = 0; answers && (domain <= plan->partitions.count); domain++) {
		answers = domain_forget(registers, domain);
	}
	for (uint32_t id = 0; answers && (id < (x86->buses * BUS_IDS)); id++) {
		answers = command_do(registers, COMMAND_FORGET_DEVICE | id, 0u) &&
			  command_do(registers, COMMAND_FORGET_INTERRUPTS | id, 0u);
	}
	return answers;
}

static void answer_expect(bool answers)
{
	if (!answers) {
		core_panic("the IOMMU does not answer; commands so far", asked, 0u);
	}
}

void iommu_revoke(const struct plan_header *plan, const struct plan_partition *partition)
{
	uint64_t registers = x86_of(plan)->iommu_va;
	bool answers;

	if (registers == 0u) {
		return;
	}
	lock_take(&command_lock);
	answers = domain_forget(registers, partition->vmid);
	lock_release(&command_lock);
	answer_expect(answers);
}

void iommu_forget_messages(const struct plan_x86 *x86, uint32_t function)
{
	bool answers;

	lock_take(&command_lock);
	answers = command_do(x86->iommu_va, COMMAND_FORGET_INTERRUPTS | function, 0u);
	lock_release(&command_lock);
	answer_expect(answers);
}
