/* SPDX-License-Identifier: Apache-2.0 */
/* What the fake architecture's halves share: arch.c, which core calls, and world.c, which tests call. For nobody else. */
#ifndef FAKE_WORLD_H
#define FAKE_WORLD_H

#include <pthread.h>
#include <setjmp.h>
#include <stdatomic.h>

#include "fake/fake.h"

#define JOURNAL_MAX 65536u
#define CONSOLE_MAX 65536u

struct fake_world {
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
};

extern struct fake_world world;

/* Guards all of `world`; `changed` tells sleepers that a kick, a signal or the end of sleeping came. */
extern pthread_mutex_t lock;
extern pthread_cond_t changed;

extern _Atomic uint64_t counter;

/* The core that this thread is, and where it goes when it ends. */
extern _Thread_local uint32_t own_row;
extern _Thread_local jmp_buf own_end;

#endif
