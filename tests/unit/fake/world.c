/* SPDX-License-Identifier: Apache-2.0 */
/* The fake architecture as tests drive it: cores run, guests fetch, the journal is read. Not here: the contract (arch.c). */
#include "fake/world.h"

#include <string.h>

#include "arch/interrupts.h"
#include "core/entry.h"
#include "core/log.h"
#include "core/partition.h"
#include "core/vcpu.h"
#include "plan/view.h"

struct fake_world world;
pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
_Atomic uint64_t counter;
_Thread_local uint32_t own_row;
_Thread_local jmp_buf own_end;

void fake_world_make(struct plan_header *plan)
{
	memset(&world, 0, sizeof(world));
	world.plan = plan;
	atomic_store(&counter, 0x1000u);
	log_console(0);
}

static void core_run_first(void *argument)
{
	struct core_state *core = argument;

	partition_load(core);
	vcpu_first(core);
}

static void core_run_other(void *argument)
{
	vcpu_wait(argument);
}

static void state_make(uint32_t row)
{
	struct core_state *state = fake_state(row);

	*state = (struct core_state){.plan = world.plan, .core = &plan_cores(world.plan)[row], .row = row};
	state->partition_index = state->core->partition;
	state->log = (struct log_ring *)(uintptr_t)state->core->log;
	if (state->partition_index != PLAN_NONE) {
		state->partition = &plan_partitions(world.plan)[state->partition_index];
		state->vcpu = &plan_vcpus(world.plan)[state->core->vcpu];
		state->vcpus = &plan_vcpus(world.plan)[state->partition->vcpu_first];
		state->vcpu_count = state->partition->vcpu_count;
		state->filters = &plan_filters(world.plan)[state->partition->filter_first];
		state->filter_count = state->partition->filter_count;
	}
}

static void log_open_here(void *argument)
{
	log_open(argument);
	arch_interrupts_park(((struct core_state *)argument)->core);
}

void fake_world_run(struct plan_header *plan)
{
	fake_world_make(plan);
	partition_init(plan);
	vcpu_init(plan);
	for (uint32_t row = 0; row < plan->cores.count; row++) {
		state_make(row);
		(void)fake_run(row, log_open_here, fake_state(row));
	}
	for (uint32_t row = 0; row < plan->cores.count; row++) {
		struct core_state *state = fake_state(row);

		if (state->partition != NULL) {
			(void)fake_run(row, (state->vcpu->number == 0u) ? core_run_first : core_run_other, state);
		}
	}
	world.journal_length = 0;
}

enum fake_end fake_run(uint32_t row, void (*what)(void *argument), void *argument)
{
	int how;

	own_row = row;
	how = setjmp(own_end);
	if (how == 0) {
		what(argument);
		return FAKE_RETURNED;
	}
	return (enum fake_end)how;
}

static void abort_on_fetch(void *argument)
{
	static const uint64_t registers[31];
	static const char *const names[] = {"x0..", "x6..", "x12..", "x18..", "x24..", "x30.."};
	struct guest_fault fault = {.cause = "instruction fetch outside its memory",
				    .pc = *(const uint64_t *)argument,
				    .registers = registers,
				    .register_count = 31,
				    .register_names = names};

	core_on_guest_fault(&fault);
}

enum fake_end fake_guest_fetch(uint32_t row)
{
	if (!fake_revoked(fake_state(row)->partition_index)) {
		return FAKE_RETURNED;
	}
	return fake_run(row, abort_on_fetch, &world.cores[row].entry);
}

enum fake_end fake_wake(uint32_t row)
{
	return fake_run(row, core_run_other, fake_state(row));
}

void fake_sleep_blocks(bool blocks)
{
	pthread_mutex_lock(&lock);
	world.sleep_blocks = blocks;
	pthread_cond_broadcast(&changed);
	pthread_mutex_unlock(&lock);
}

static void boot_main(void *argument)
{
	core_main(world.plan, *(uint32_t *)argument, true);
}

enum fake_end fake_boot(uint32_t row)
{
	enum fake_end how;

	world.cores[row].started = true;
	how = fake_run(row, boot_main, &row);
	for (uint32_t i = 0; i < FAKE_MAX_CORES; i++) {
		if (world.has_thread[i]) {
			pthread_join(world.threads[i], NULL);
		}
	}
	return how;
}

void fake_meanwhile(enum fake_call call, void (*meanwhile)(void))
{
	world.meanwhile = meanwhile;
	world.meanwhile_call = call;
}

struct fake_core *fake_core(uint32_t row)
{
	return &world.cores[row];
}

struct core_state *fake_state(uint32_t row)
{
	return (struct core_state *)(uintptr_t)(world.plan->core_state + row * PLAN_CORE_STATE_SIZE);
}

bool fake_revoked(uint32_t partition)
{
	bool revoked;

	pthread_mutex_lock(&lock);
	revoked = world.revoked[partition];
	pthread_mutex_unlock(&lock);
	return revoked;
}

void fake_machine_refuse(uint32_t row, enum refusal refusal)
{
	world.machine_refusal[row] = refusal;
}

void fake_core_start_fails(uint32_t row)
{
	world.core_start_fails[row] = true;
}

uint32_t fake_steps(void)
{
	return world.journal_length;
}

const struct fake_step *fake_step(uint32_t index)
{
	return &world.journal[index];
}

uint32_t fake_find(enum fake_call call, uint32_t row, uint32_t from)
{
	uint32_t index = from;

	while ((index < world.journal_length) &&
	       ((world.journal[index].call != call) || (world.journal[index].row != row))) {
		index++;
	}
	return index;
}

uint32_t fake_count(enum fake_call call)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < world.journal_length; i++) {
		count += (world.journal[i].call == call) ? 1u : 0u;
	}
	return count;
}

const char *fake_console(void)
{
	world.console[world.console_length] = '\0';
	return world.console;
}

const char *fake_log(uint32_t row)
{
	static char text[LOG_RING_SIZE + 1u];
	const struct log_ring *ring = (const struct log_ring *)(uintptr_t)plan_cores(world.plan)[row].log;
	uint64_t from = (ring->written > LOG_RING_SIZE) ? ring->written - LOG_RING_SIZE : 0u;
	uint32_t length = 0;

	for (uint64_t i = from; i < ring->written; i++) {
		text[length] = ring->bytes[i % LOG_RING_SIZE];
		length++;
	}
	text[length] = '\0';
	return text;
}
