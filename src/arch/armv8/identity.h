/* SPDX-License-Identifier: Apache-2.0 */
/* The ID registers as guests see them, and which optional features they get. */
#ifndef ARMV8_IDENTITY_H
#define ARMV8_IDENTITY_H

#include "types.h"

/* Whether this core's ID registers tell of something that guests do not get, so that they have to trap (HCR_EL2.TID3). */
bool identity_is_filtered(void);

/* The value of the ID register CRm (1..7), op2 (0..7) for a guest: the core's, less what traps or is closed. */
uint64_t identity_read(uint32_t crm, uint32_t op2);

#endif
