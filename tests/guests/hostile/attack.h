/* SPDX-License-Identifier: Apache-2.0 */
/* An attack: a name, what it does, and its answer as one line. What an instruction set has is attacks.c's. */
#ifndef HOSTILE_ATTACK_H
#define HOSTILE_ATTACK_H

#include <stdint.h>

struct attack {
	const char *name;
	/* Runs with interrupts masked and the probe's vectors (probe.h, x86/probe.h); calls answer(), if it comes back at all. */
	void (*run)(uint64_t argument);
};

/* All tables, each of which ends in a row without a name; NULL behind the last. */
extern const struct attack *const attack_tables[];

/* Once; then before and after each attack: the core's state is the attack's in between. */
void attack_init(void);
void attack_start(void);
void attack_stop(void);

/* Sets the answer of the running attack: printf's format, cut at one line's length. */
void answer(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Adds to the answer, behind a space. */
void answer_more(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
