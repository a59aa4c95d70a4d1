/* SPDX-License-Identifier: Apache-2.0 */
/* An attack: a name, what it does, and its answer as one line. The tables are where the attacks are. */
#ifndef HOSTILE_ATTACK_H
#define HOSTILE_ATTACK_H

#include <stdint.h>

struct attack {
	const char *name;
	/* Runs with interrupts masked and the probe's vectors (probe.h); calls answer(), if it comes back at all. */
	void (*run)(uint64_t argument);
};

/* Each ends in a row without a name. */
extern const struct attack call_attacks[];
extern const struct attack controller_attacks[]; /* what only this one has: gicv2_registers.c, gicv3_registers.c */
extern const struct attack distributor_attacks[];
extern const struct attack interface_attacks[]; /* gicv2_interface.c, gicv3_interface.c */
extern const struct attack memory_attacks[];
extern const struct attack recall_attacks[];
extern const struct attack register_attacks[];
extern const struct attack remains_attacks[];
extern const struct attack self_attacks[];
extern const struct attack sweep_attacks[];
extern const struct attack syndrome_attacks[];

/* Sets the answer of the running attack: printf's format, cut at one line's length. */
void answer(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Adds to the answer, behind a space. */
void answer_more(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
