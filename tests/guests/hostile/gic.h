/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The interrupt controller as an attacker needs it: offsets, accesses of any size, its own core's CPU interface, and its own
 * part's repair. gicv2.c or gicv3.c, as the board has it; what only one of them has is in gicv2_*.c and gicv3_*.c.
 */
#ifndef HOSTILE_GIC_H
#define HOSTILE_GIC_H

#include <stdbool.h>
#include <stdint.h>

/* Offsets (IHI 0069, 12.8-12.11; IHI 0048B, 4.3); the banks are the same in GICD and in a redistributor's SGI frame. */
#define GICD_CTLR 0x0000u
#define GICD_TYPER 0x0004u
#define GIC_IGROUPR 0x0080u
#define GIC_ISENABLER 0x0100u
#define GIC_ICENABLER 0x0180u
#define GIC_ISPENDR 0x0200u
#define GIC_ICPENDR 0x0280u
#define GIC_ISACTIVER 0x0300u
#define GIC_ICACTIVER 0x0380u
#define GIC_IPRIORITYR 0x0400u
#define GIC_ICFGR 0x0c00u
#define GICD_SGIR 0x0f00u
#define GICD_CPENDSGIR 0x0f10u
#define GICD_SPENDSGIR 0x0f20u

#define GIC_SGIS 16u
#define GIC_TIMER_BIT (1u << 27)
#define GIC_PRIORITY_RESET 0xa0a0a0a0u
#define GIC_SPURIOUS 1020u
#define FIRST_SHARED 32u
#define LAST_SHARED 1019u

/* Of the controller, as its file says. */
extern const uint32_t gic_distributor_size;
extern const uint32_t gic_banks_end;       /* behind its last register of an interrupt */
extern const uint32_t gic_identification;  /* GICD_PIDR0: constants to read */
extern const uint32_t gic_private_in_gicd; /* bits of word 0 of the distributor's banks that are the guest's */

/* One load or store of 1, 2, 4 or 8 bytes, with a syndrome. */
uint64_t gic_read(uint64_t address, unsigned size);
void gic_write(uint64_t address, unsigned size, uint64_t value);

/* Whether the interrupt is this guest's own in the distributor's registers: its UART's, its private ones if they are there. */
bool gic_is_own(uint32_t id);

/* Disables, forgets and deactivates the 32 interrupts of a word of banks at `base`, then enables `bits`. */
void gic_bank_repair(uint64_t base, uint32_t word, uint32_t bits);

/* ---- gicv2.c, gicv3.c; all for this core, interrupts masked ---- */

/* Where the banks of interrupts 0-31 are. */
uint64_t gic_private_banks(void);

/* The nth page of trapped registers; 0 behind the last one. */
uint64_t gic_page(uint32_t index);

/* Brings the guest's own interrupts back to work, whatever the attack did to them. */
void gic_repair(void);

/* Takes all interrupts that are pending; returns a mask of the ids below 32. */
uint32_t gic_take_private(void);

/* The CPU interface, opened wide: interrupts of all priorities come. */
void gic_interface_open(void);

/* Its parts one by one: delivery on or off, the priority mask, no preemption, the highest running priority. */
void gic_interface_enable(bool on);
void gic_interface_mask(uint32_t priority);
void gic_interface_no_preemption(void);
void gic_interface_claim(void);

/* What reads back of delivery and mask. */
uint32_t gic_interface_state(void);

/* The next interrupt, as the controller tells it: to be ended with that number, or never. */
uint32_t gic_acknowledge(void);
void gic_end(uint32_t acknowledged);

void gic_sgi_self(uint32_t id);

/* SGIs to all but oneself, and to every core that a target list names: the own partition's come, others' must not. */
void gic_sgi_spread(void);

#endif
