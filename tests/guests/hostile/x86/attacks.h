/* SPDX-License-Identifier: Apache-2.0 */
/* The tables of attacks on x86-64, and what they share: numbers in an answer, a second core, the own APIC. */
#ifndef HOSTILE_X86_ATTACKS_H
#define HOSTILE_X86_ATTACKS_H

#include <stdbool.h>
#include <stdint.h>

#include "hostile/attack.h"

extern const struct attack apic_attacks[];
extern const struct attack instruction_attacks[];
extern const struct attack ioapic_attacks[];
extern const struct attack memory_attacks[];
extern const struct attack msr_attacks[];
extern const struct attack port_attacks[];
extern const struct attack register_attacks[];
extern const struct attack second_attacks[];
extern const struct attack self_attacks[];

/* ---- attacks.c ---- */

/* Adds ascending numbers to the answer as hexadecimal ranges; ranges_end adds the last one. */
void ranges_start(void);
void ranges_add(uint32_t number);
void ranges_end(void);

/* A number out of a sequence that is the same in each run. */
uint64_t random_next(void);

/* Writes an MSR that may refuse: false where it did. */
bool msr_try_write(uint32_t number, uint64_t value);
bool msr_try_read(uint32_t number, uint64_t *value);

/* ---- second.c ---- */

/* Starts the second core in the function, on a stack of its own, with the runtime's map; it ends in HLT. Waits till it is there. */
void second_start(void (*function)(void *argument), void *argument);

#endif
