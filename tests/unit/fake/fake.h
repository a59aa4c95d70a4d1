/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The fake architecture: the contract of src/arch on the host, so that core runs under cmocka and the sanitizers.
 * Simulated cores are threads or turns of one thread; what would never return ends its core's run instead. Not here:
 * any guest.
 */
#ifndef FAKE_FAKE_H
#define FAKE_FAKE_H

#include <stdbool.h>
#include <stdint.h>

#include "arch/core_state.h"
#include "plan/plan.h"
#include "plan/refusal.h"

#define FAKE_MAX_CORES 8u
#define FAKE_MAX_PARTITIONS 4u
#define FAKE_ARENA_SIZE 0x200000u
#define FAKE_LOADER_OFFSET UINT64_C(0x100000000000)
#define FAKE_COUNTER_HZ 62500000u
#define FAKE_CONSOLE UINT64_C(0xc0450000)

/* How a simulated core's run ended. */
enum fake_end {
	FAKE_RETURNED,
	FAKE_ENTERED, /* in its guest: entry and argument are in struct fake_core */
	FAKE_ASLEEP,  /* parked, waiting for a kick that is not there */
	FAKE_WAITING, /* at boot, for a core that never comes */
	FAKE_HALTED,
	FAKE_CORE_OFF,
	FAKE_SYSTEM_OFF,
};

/* The contract's calls, as the journal has them; `value` as noted. */
enum fake_call {
	FAKE_CALL_CRC,           /* address */
	FAKE_CALL_MACHINE_CHECK, /* */
	FAKE_CALL_INIT,          /* interrupts of all */
	FAKE_CALL_PARK,          /* interrupts of this core */
	FAKE_CALL_HAND_OVER,     /* */
	FAKE_CALL_CLEAR,         /* partition */
	FAKE_CALL_KICK,          /* row of the target */
	FAKE_CALL_LOADER_OPEN,   /* */
	FAKE_CALL_COPY,          /* destination, physical */
	FAKE_CALL_LOADER_CLOSE,  /* */
	FAKE_CALL_CORE_START,    /* row */
	FAKE_CALL_REVOKE,        /* partition */
	FAKE_CALL_ENTER,         /* entry */
	FAKE_CALL_HALT,          /* */
	FAKE_CALL_CORE_OFF,      /* */
	FAKE_CALL_SYSTEM_OFF,    /* */
};

struct fake_step {
	enum fake_call call;
	uint32_t row; /* the core that called */
	uint64_t value;
};

struct fake_core {
	bool parked;       /* interrupts are EL2's; else the guest's */
	bool kicked;       /* a kick is pending */
	bool loader;       /* loader tables on */
	bool started;      /* by arch_core_start, or booted */
	uint64_t entry;    /* of the last entered guest */
	uint64_t argument; /* likewise */
	uint32_t entered;  /* how often */
	enum fake_end end;
};

/* What a plan is made of. Partition n is called "alpha", "beta", ...; cores are dealt in order. */
struct fake_shape {
	uint32_t partitions;
	uint32_t cores[FAKE_MAX_PARTITIONS]; /* of each partition */
	bool spare_boot_core;                /* row 0 belongs to nobody */
};

/* alpha: 3 cores, beta: 1, gamma: 2. */
extern const struct fake_shape fake_shape_three;

/*
 * Lays a valid plan and everything it points to into the arena; the plan's address. CRCs of header and body are not
 * set.
 */
struct plan_header *fake_plan_make(const struct fake_shape *shape);

/* Rows of the plan, writable. */
struct plan_core *fake_cores(const struct plan_header *plan);
struct plan_partition *fake_partitions(const struct plan_header *plan);
struct plan_vcpu *fake_vcpus(const struct plan_header *plan);
struct plan_window *fake_windows(const struct plan_header *plan);
struct plan_filter *fake_filters(const struct plan_header *plan);
struct plan_interrupt *fake_interrupts(const struct plan_header *plan);
struct plan_image *fake_images(const struct plan_header *plan);
struct plan_root *fake_roots(const struct plan_header *plan);
struct plan_table_set *fake_table_sets(const struct plan_header *plan);
struct plan_range *fake_memory(const struct plan_header *plan);

/* Forgets everything, and makes the world that `plan` describes: cores off, journal empty, console closed. */
void fake_world_make(struct plan_header *plan);

/* As after boot: every core's state set, logs open, each partition's virtual core 0 in its guest, the others asleep. */
void fake_world_run(struct plan_header *plan);

/*
 * Runs `what` as core `row` until it returns or ends. One run a core at a time; runs of several cores may be threads.
 */
enum fake_end fake_run(uint32_t row, void (*what)(void *argument), void *argument);

/* What the guest on `row` gets when it fetches an instruction: nothing, or the abort that follows a revoke. */
enum fake_end fake_guest_fetch(uint32_t row);

/* Core `row`, FAKE_ASLEEP, looks again whether it was kicked. */
enum fake_end fake_wake(uint32_t row);

/* Whether sleeping cores wait for kicks in real time (threads), and the end of that: they are FAKE_ASLEEP then. */
void fake_sleep_blocks(bool blocks);

/*
 * From now on `meanwhile` runs as another core's turn, once, when a core of the plan makes `call`, before that has
 * its effect: a race whose order the test chooses. It may use fake_run.
 */
void fake_meanwhile(enum fake_call call, void (*meanwhile)(void));

struct fake_core *fake_core(uint32_t row);
struct core_state *fake_state(uint32_t row);
bool fake_revoked(uint32_t partition);

/*
 * Starts boot: core `row` of the plan as first core, the others as threads when they are started. All have ended
 * after.
 */
enum fake_end fake_boot(uint32_t row);

/* Makes later calls fail. */
void fake_machine_refuse(uint32_t row, enum refusal refusal);
void fake_core_start_fails(uint32_t row);

/*
 * The journal: length, step, index of the first step like that at or behind `from` (or the length), how many there
 * are.
 */
uint32_t fake_steps(void);
const struct fake_step *fake_step(uint32_t index);
uint32_t fake_find(enum fake_call call, uint32_t row, uint32_t from);
uint32_t fake_count(enum fake_call call);

/* What went to the console so far, and what core `row`'s log ring holds, zero-terminated. */
const char *fake_console(void);
const char *fake_log(uint32_t row);

#endif
