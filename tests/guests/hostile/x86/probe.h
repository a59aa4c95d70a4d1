/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Exceptions and interrupts as answers: a function is tried at privilege level 0 or 3, and the first exception ends it.
 * Interrupts are open only where an attack says so, and are noted. Constants are also for assembly.
 */
#ifndef HOSTILE_X86_PROBE_H
#define HOSTILE_X86_PROBE_H

#define PROBE_VECTOR 0
#define PROBE_ERROR 8
#define PROBE_RIP 16
#define PROBE_ADDRESS 24
#define PROBE_RESUME 32
#define PROBE_STACK 40
#define PROBE_NMIS 48
#define PROBE_HOOK 56
#define PROBE_TAKEN 64

#define PROBE_BACK 3 /* INT3: how level 3 comes back */
#define PROBE_NOTHING 0xff

#define PROBE_CODE_USER 0x33
#define PROBE_DATA_USER 0x3b

#ifndef __ASSEMBLER__

#include <stdint.h>

#define VECTOR_DEBUG 1u
#define VECTOR_NMI 2u
#define VECTOR_UNDEFINED 6u
#define VECTOR_PROTECTION 13u

struct probe {
	uint64_t vector; /* of the last exception, with what came with it */
	uint64_t error;
	uint64_t rip;
	uint64_t address; /* CR2 */
	uint64_t resume;  /* the way back of what is tried; 0: nothing is, and an exception is the end */
	uint64_t stack;
	uint64_t nmis;
	uint64_t hook;     /* an exception of this vector returns to where it was; 0 = none */
	uint64_t taken[4]; /* bit = vector of an interrupt */
};

extern struct probe probe;

/* Once: 256 gates, segments of level 3. Then each attack: start takes the core over, stop gives it back. Interrupts masked. */
void probe_init(void);
void probe_start(void);
void probe_stop(void);

/* Runs the function at level 0 or 3. Returns the vector of the exception that ended it, PROBE_NOTHING without one. */
uint64_t probe_try(void (*function)(uint64_t argument), uint64_t argument);
uint64_t probe_try_user(void (*function)(uint64_t argument), uint64_t argument);

/* Opens interrupts for as long as it takes that all that are pending come. */
void probe_take(void);

/* From now on exceptions of this vector go there, as long as the attack lasts. */
void probe_gate_set(uint32_t vector, void (*handler)(void));

/* Whether this vector has come, and how many vectors have. */
int probe_has_taken(uint32_t vector);
unsigned probe_count_taken(void);
void probe_forget(void);

#endif
#endif
