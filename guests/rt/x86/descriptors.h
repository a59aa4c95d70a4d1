/* SPDX-License-Identifier: Apache-2.0 */
/* Segments, and where exceptions and interrupts enter. */
#ifndef RT_X86_DESCRIPTORS_H
#define RT_X86_DESCRIPTORS_H

/* Makes this runtime's tables the core's. Called by start.S, interrupts off. Cannot fail. */
void descriptors_load(void);

#endif
