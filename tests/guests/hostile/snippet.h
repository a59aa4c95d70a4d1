/* SPDX-License-Identifier: Apache-2.0 */
/* One instruction made at run time: for attacks that go through all encodings of a kind. */
#ifndef HOSTILE_SNIPPET_H
#define HOSTILE_SNIPPET_H

#define SNIPPET_REGISTER 10u /* the first of those that a snippet gets and gives back */
#define SNIPPET_REGISTERS 4u

#ifndef __ASSEMBLER__

#include <stdint.h>

#define CLASS_SVC 0x15u
#define CLASS_REGISTER 0x18u /* with FEAT_IDST, what EL0 gets for an ID register */

/* Before the first one: maps the place for execution. */
void snippet_prepare(void);

/* Executes `instruction` with PSTATE `pstate` (probe.h); returns the class of the exception, CLASS_SVC where it made none. */
uint32_t snippet_run(uint32_t instruction, uint64_t pstate, uint64_t registers[SNIPPET_REGISTERS]);

/* The place of the instruction, to be changed by another core meanwhile. */
volatile uint32_t *snippet_place(void);

#endif
#endif
