/* SPDX-License-Identifier: Apache-2.0 */
/* Segments, and where exceptions and interrupts enter. */
#ifndef RT_X86_DESCRIPTORS_H
#define RT_X86_DESCRIPTORS_H

#define DESCRIPTORS_SIZE 48 /* of the global table, in bytes */

#ifndef __ASSEMBLER__
#include <stdint.h>

/* The global table. */
extern uint64_t descriptors[];

/* Makes this runtime's tables the core's. Called by start.S, interrupts off. Cannot fail. */
void descriptors_load(void);
#endif

#endif
