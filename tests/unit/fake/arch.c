/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The contract of src/arch on the host. Each function checks the state in which the contract says it is called,
 * writes the journal, and does the least that core can see. Not here: what tests drive and see (world.c), plans (plan.c).
 */
#include "fake/world.h"

#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "arch/cpu.h"
#include "arch/interrupts.h"
#include "arch/loader.h"
#include "arch/machine.h"
#include "arch/stage2.h"
#include "arch/vcpu.h"
#include "core/entry.h"
#include "plan/view.h"
#include "platform/uart.h"

#define HOPELESS_TURNS 3u

/* The contract's callers keep their promises, or the test program ends. */
static void expect(bool kept, const char *promise)
{
	if (!kept) {
		fprintf(stderr, "fake: core %u breaks the contract: %s\n", own_row, promise);
		abort();
	}
}

/* Lets other cores act in the midst of this one's call. */
static void turn_give(enum fake_call call)
{
	void (*meanwhile)(void) = world.meanwhile;
	uint32_t row = own_row;
	jmp_buf own;

	if ((meanwhile == NULL) || (call != world.meanwhile_call)) {
		return;
	}
	world.meanwhile = NULL;
	memcpy(&own, &own_end, sizeof(own));
	meanwhile();
	memcpy(&own_end, &own, sizeof(own));
	own_row = row;
}

static void journal(enum fake_call call, uint64_t value)
{
	turn_give(call);
	pthread_mutex_lock(&lock);
	expect(world.journal_length < JOURNAL_MAX, "the journal is full");
	world.journal[world.journal_length] = (struct fake_step){call, own_row, value};
	world.journal_length++;
	pthread_mutex_unlock(&lock);
}

static NORETURN void end(enum fake_end how)
{
	pthread_mutex_lock(&lock);
	world.cores[own_row].end = how;
	world.halted += (how == FAKE_HALTED) ? 1u : 0u;
	pthread_cond_broadcast(&changed);
	pthread_mutex_unlock(&lock);
	longjmp(own_end, (int)how);
}

static uint32_t row_of_core(const struct plan_core *core)
{
	uint64_t row = (uint64_t)(core - plan_cores(world.plan));

	expect(row < world.plan->cores.count, "a core row is one of the plan's");
	return (uint32_t)row;
}

static uint32_t row_of_partition(const struct plan_partition *partition)
{
	uint64_t row = (uint64_t)(partition - plan_partitions(world.plan));

	expect(row < world.plan->partitions.count, "a partition row is one of the plan's");
	return (uint32_t)row;
}

/* ---- arch/cpu.h ---- */

struct core_state *arch_core_state(void)
{
	return fake_state(own_row);
}

uint64_t arch_counter(void)
{
	return atomic_fetch_add(&counter, 1u);
}

uint64_t arch_counter_frequency(void)
{
	return FAKE_COUNTER_HZ;
}

uint32_t arch_crc32(const void *data, uint64_t size)
{
	expect((((uintptr_t)data % 8u) == 0u) && ((size % 8u) == 0u), "CRC of whole, aligned 8 bytes");
	journal(FAKE_CALL_CRC, (uint64_t)(uintptr_t)data);
	return (uint32_t)crc32_z(0, data, size);
}

/* Once a core has halted, whom others wait for, time flies: who has a limit reaches it, who has none ends here. */
void arch_relax(void)
{
	static _Thread_local uint32_t hopeless_turns;
	bool hopeless;

	pthread_mutex_lock(&lock);
	hopeless = world.halted != 0u;
	pthread_mutex_unlock(&lock);
	hopeless_turns = hopeless ? hopeless_turns + 1u : 0u;
	if (hopeless_turns == HOPELESS_TURNS) {
		hopeless_turns = 0;
		end(FAKE_WAITING);
	}
	if (hopeless) {
		atomic_fetch_add(&counter, UINT64_C(60) * FAKE_COUNTER_HZ);
	}
	sched_yield();
}

void arch_halt(void)
{
	journal(FAKE_CALL_HALT, 0);
	end(FAKE_HALTED);
}

/* ---- arch/machine.h ---- */

const char *arch_refusal_text(enum refusal refusal)
{
	static const char *const texts[REFUSAL_COUNT] = {
#define REFUSAL_STRING(number, name, text) [name] = (text),
		REFUSALS(REFUSAL_STRING)
#undef REFUSAL_STRING
	};

	return texts[refusal];
}

enum plan_arch arch_kind(void)
{
	return PLAN_ARCH_FAKE;
}

enum refusal arch_machine_check(const struct plan_header *plan, const struct plan_core *core)
{
	expect((plan == world.plan) && (row_of_core(core) == own_row), "a core checks itself");
	journal(FAKE_CALL_MACHINE_CHECK, 0);
	return world.machine_refusal[own_row];
}

static void secondary_main(void *argument)
{
	(void)argument;
	core_main(world.plan, own_row, false);
}

static void *secondary_thread(void *argument)
{
	(void)fake_run((uint32_t)(uintptr_t)argument, secondary_main, NULL);
	return NULL;
}

bool arch_core_start(const struct plan_header *plan, uint32_t row)
{
	bool fails;

	expect((plan == world.plan) && (row < plan->cores.count) && (row != own_row), "another core is started");
	journal(FAKE_CALL_CORE_START, row);
	pthread_mutex_lock(&lock);
	expect(!world.cores[row].started, "a core is started once");
	fails = world.core_start_fails[row];
	world.cores[row].started = !fails;
	pthread_mutex_unlock(&lock);
	if (!fails) {
		expect(pthread_create(&world.threads[row], NULL, secondary_thread, (void *)(uintptr_t)row) == 0,
		       "a thread can be made");
		world.has_thread[row] = true;
	}
	return !fails;
}

void arch_core_off(void)
{
	expect(plan_cores(world.plan)[own_row].partition == PLAN_NONE, "only a core that nobody owns goes off");
	journal(FAKE_CALL_CORE_OFF, 0);
	end(FAKE_CORE_OFF);
}

void arch_system_off(void)
{
	journal(FAKE_CALL_SYSTEM_OFF, 0);
	end(FAKE_SYSTEM_OFF);
}

/* ---- arch/interrupts.h ---- */

void arch_interrupts_init(const struct plan_header *plan)
{
	expect(plan == world.plan, "the plan is the plan");
	journal(FAKE_CALL_INIT, 0);
}

/* Pending kicks are forgotten by parking and by handing over, as the real reset of a redistributor does. */
void arch_interrupts_park(const struct plan_core *core)
{
	expect(row_of_core(core) == own_row, "a core parks itself");
	journal(FAKE_CALL_PARK, 0);
	pthread_mutex_lock(&lock);
	world.cores[own_row].parked = true;
	world.cores[own_row].kicked = false;
	pthread_mutex_unlock(&lock);
}

void arch_interrupts_hand_over(const struct plan_core *core)
{
	expect(row_of_core(core) == own_row, "a core hands its own interrupts over");
	journal(FAKE_CALL_HAND_OVER, 0);
	pthread_mutex_lock(&lock);
	expect(world.cores[own_row].parked, "a core that hands over is parked");
	world.cores[own_row].parked = false;
	world.cores[own_row].kicked = false;
	pthread_mutex_unlock(&lock);
}

void arch_interrupts_clear(const struct plan_header *plan, const struct plan_partition *partition)
{
	expect(plan == world.plan, "the plan is the plan");
	expect(partition == fake_state(own_row)->partition, "a partition's core clears its interrupts");
	expect(world.revoked[row_of_partition(partition)], "memory goes before interrupts are cleared");
	journal(FAKE_CALL_CLEAR, row_of_partition(partition));
}

void arch_interrupts_kick(const struct plan_core *target, const struct plan_vcpu *vcpu)
{
	uint32_t row = row_of_core(target);

	expect(vcpu->core == row, "a kick's core and virtual core belong together");
	expect(vcpu->partition == fake_state(own_row)->partition_index, "no kick leaves the partition");
	journal(FAKE_CALL_KICK, row);
	pthread_mutex_lock(&lock);
	world.cores[row].kicked = true;
	pthread_cond_broadcast(&changed);
	pthread_mutex_unlock(&lock);
}

void arch_interrupts_wait_kick(const struct plan_core *core)
{
	struct fake_core *own = &world.cores[own_row];
	bool kicked;

	expect((row_of_core(core) == own_row) && own->parked, "a parked core waits for itself");
	pthread_mutex_lock(&lock);
	while (!own->kicked && world.sleep_blocks) {
		pthread_cond_wait(&changed, &lock);
	}
	kicked = own->kicked;
	own->kicked = false;
	pthread_mutex_unlock(&lock);
	if (!kicked) {
		end(FAKE_ASLEEP);
	}
}

/* ---- arch/loader.h ---- */

void arch_loader_open(const struct plan_core *core)
{
	expect((row_of_core(core) == own_row) && (core->loader_root != 0u), "a core with loader tables loads");
	journal(FAKE_CALL_LOADER_OPEN, 0);
	world.cores[own_row].loader = true;
}

void arch_loader_copy(uint64_t to, uint64_t from, uint64_t size, uint64_t fill)
{
	uint8_t *target = (uint8_t *)(uintptr_t)(to - FAKE_LOADER_OFFSET);

	expect(world.cores[own_row].loader, "copies are made with the loader open");
	journal(FAKE_CALL_COPY, to - FAKE_LOADER_OFFSET);
	memcpy(target, (const uint8_t *)(uintptr_t)(from - FAKE_LOADER_OFFSET), size);
	memset(target + size, 0, fill);
}

void arch_loader_close(const struct plan_core *core)
{
	expect((row_of_core(core) == own_row) && world.cores[own_row].loader, "an open loader is closed");
	journal(FAKE_CALL_LOADER_CLOSE, 0);
	world.cores[own_row].loader = false;
}

/* ---- arch/stage2.h, arch/vcpu.h ---- */

void arch_stage2_revoke(const struct plan_header *plan, const struct plan_partition *partition)
{
	expect(plan == world.plan, "the plan is the plan");
	journal(FAKE_CALL_REVOKE, row_of_partition(partition));
	pthread_mutex_lock(&lock);
	world.revoked[row_of_partition(partition)] = true;
	pthread_mutex_unlock(&lock);
}

void arch_vcpu_enter(const struct plan_partition *owner, const struct plan_vcpu *vcpu, gpaddr_t entry,
		     uint64_t argument)
{
	struct fake_core *own = &world.cores[own_row];

	expect((vcpu->core == own_row) && (row_of_partition(owner) == vcpu->partition), "a core enters its own guest");
	expect(!own->parked && !own->loader, "a guest's interrupts are handed over, its memory is not mapped");
	journal(FAKE_CALL_ENTER, entry.value);
	own->entry = entry.value;
	own->argument = argument;
	own->entered++;
	core_on_guest_enter();
	end(FAKE_ENTERED);
}

/* ---- platform/uart.h ---- */

void plat_uart_put(uint64_t base, char c)
{
	expect(base == FAKE_CONSOLE, "the console is the plan's");
	pthread_mutex_lock(&lock);
	expect(world.console_length < (CONSOLE_MAX - 1u), "the console is full");
	world.console[world.console_length] = c;
	world.console_length++;
	pthread_mutex_unlock(&lock);
}
