/* SPDX-License-Identifier: Apache-2.0 */
/* The tables of attacks on Armv8: each is where its attacks are. */
#ifndef HOSTILE_ATTACKS_H
#define HOSTILE_ATTACKS_H

#include "hostile/attack.h"

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

#endif
