/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The contract of src/arch on the host. Each function checks the state in which the contract says it is called,
 * writes the journal, and does the least that core can see. Not here: plans (plan.c).
 */
#include "fake/fake.h"

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
#include "core/log.h"
#include "core/partition.h"
#include "core/vcpu.h"
#include "plan/view.h"
#include "platform/uart.h"

#define JOURNAL_MAX 65536u
#define CONSOLE_MAX 65536u
#define HOPELESS_TURNS 3u

static struct {
	struct plan_header *plan;
	struct fake_core cores[FAKE_MAX_CORES];
	bool revoked[FAKE_MAX_PARTITIONS];
	enum refusal machine_refusal[FAKE_MAX_CORES];
	bool core_start_fails[FAKE_MAX_CORES];
	bool sleep_blocks;
	void (*meanwhile)(void);
	enum fake_call meanwhile_call;
	uint32_t halted;
	struct fake_step journal[JOURNAL_MAX];
	uint32_t journal_length;
	char console[CONSOLE_MAX];
	uint32_t console_length;
	pthread_t threads[FAKE_MAX_CORES];
	bool has_thread[FAKE_MAX_CORES];
} world;

/* Guards all of `world`; `changed` tells sleepers that a kick, a signal or the end of sleeping came. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;

static _Atomic uint64_t counter;
static _Thread_local uint32_t own_row;
static _Thread_local jmp_buf own_end;

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

/* ---- the world ---- */

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
	struct guest_fault fault = {.cause = "instruction fetch outside its memory",
				    .pc = *(const uint64_t *)argument,
				    .registers = registers,
				    .register_count = 31};

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
