/* SPDX-License-Identifier: Apache-2.0 */
/* One instruction of any encoding, executed in a chosen mode and instruction set, with whatever comes of it. */
#ifndef TESTS_GUESTS_AARCH32_SNIPPET_H
#define TESTS_GUESTS_AARCH32_SNIPPET_H

#include <stdint.h>

#define SNIPPET_USER 0x10u
#define SNIPPET_SUPERVISOR 0x13u
#define SNIPPET_THUMB 0x20u
#define SNIPPET_FLAGS(nzcv) ((uint32_t)(nzcv) << 28)

/* How it ended. */
#define SNIPPET_PASSED 1u
#define SNIPPET_UNDEFINED 2u
#define SNIPPET_PREFETCH_ABORT 3u
#define SNIPPET_DATA_ABORT 4u

/* Once: an executable alias of the page that snippets are written to. Cannot fail. */
void snippet_prepare(void);

/*
 * Runs `instruction` (Thumb: its first halfword in the upper half) with r0-r3 as given; they are then what it left. `psr`:
 * mode, instruction set, flags. Interrupts are masked meanwhile.
 */
uint32_t snippet_run(uint32_t instruction, uint32_t psr, uint32_t registers[4]);

#endif
