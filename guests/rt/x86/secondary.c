/* SPDX-License-Identifier: Apache-2.0 */
/* Starting further virtual cores by INIT and SIPI (Intel MultiProcessor Specification, B.4); their entry is in start.S. */
#include "rt/x86/secondary.h"

#include <stddef.h>
#include <string.h>

#include "rt/clock.h"
#include "rt/task.h"
#include "rt/x86/acpi.h"
#include "rt/x86/cpu.h"

#define TRAMPOLINE 0x8000u /* free memory of any PC */
#define TRAMPOLINE_PAGE (TRAMPOLINE >> 12)
#define COMMAND_INIT 0x4500u
#define COMMAND_STARTUP 0x4600u
#define TARGET_SHIFT 32u
#define WAIT_INIT_US 10000u
#define WAIT_STARTUP_US 200u

_Static_assert(offsetof(struct secondary_start, function) == 8 && offsetof(struct secondary_start, argument) == 16,
	       "as in start.S");

extern const char secondary_trampoline[];
extern const char secondary_trampoline_end[];

/* What the next core to start begins with: start.S reads it. */
const struct secondary_start *secondary_waiting;

/* The fences: a write to an MSR waits for no store by itself, and the other core reads what was stored. */
static void command(uint32_t target, uint32_t value, uint64_t wait_us)
{
	__asm__ volatile("mfence\n\tlfence" ::: "memory");
	msr_write(APIC_COMMAND, ((uint64_t)target << TARGET_SHIFT) | value);
	task_sleep_until(clock_now() + clock_from_us(wait_us));
}

bool secondary_start(uint32_t core, const struct secondary_start *start)
{
	uint32_t target;

	if (!acpi_processor(core, &target))
		return false;
	(void)memcpy((void *)(uintptr_t)TRAMPOLINE, secondary_trampoline,
		     (size_t)(secondary_trampoline_end - secondary_trampoline));
	secondary_waiting = start;
	command(target, COMMAND_INIT, WAIT_INIT_US);
	command(target, COMMAND_STARTUP | TRAMPOLINE_PAGE, WAIT_STARTUP_US);
	command(target, COMMAND_STARTUP | TRAMPOLINE_PAGE, WAIT_STARTUP_US);
	return true;
}
