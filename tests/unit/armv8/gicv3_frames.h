/* SPDX-License-Identifier: Apache-2.0 */
/* A GICv3's frames as recorded registers, and accesses to them as a guest makes them. Not here: what is right. */
#ifndef ARMV8_GICV3_FRAMES_H
#define ARMV8_GICV3_FRAMES_H

#include "test.h"

#include "fake/fake.h"
#include "plan/view.h"

#define REGISTERS_SIZE 0x10000u
#define GICR_SIZE 0x20000u
#define PRIORITY_FLOOR 0x10u

#define GICD_CTLR 0x0u
#define GICD_TYPER 0x4u
#define GICD_IIDR 0x8u
#define IGROUPR 0x80u
#define ISENABLER 0x100u
#define ICENABLER 0x180u
#define ISPENDR 0x200u
#define ICPENDR 0x280u
#define ISACTIVER 0x300u
#define ICACTIVER 0x380u
#define IPRIORITYR 0x400u
#define ICFGR 0xc00u
#define IROUTER 0x6000u
#define IDS 0xffd0u
#define GICR_TYPER 0x8u
#define SGI_BASE 0x10000u

/* Of the partition that makes the accesses, three cores whose physical affinities are not the virtual ones. */
extern struct plan_header *plan;
extern struct plan_partition *own;
extern const struct plan_filter *gicd;
extern const struct plan_filter *gicr;

/* An access as a guest makes it. */
struct attempt {
	uint64_t value; /* to write */
	uint32_t offset;
	uint32_t size; /* bytes */
	bool write;
};

/* A cmocka setup: the plan and all registers anew, no interrupt owned, the same random numbers as ever. */
int frames_make(void **state);

/* Any number; the sequence is that of frames_make(). */
uint64_t random_next(void);

void interrupt_give(uint32_t id);
bool interrupt_owned(uint32_t id);

/* Sets bytes of the registers at a virtual address. */
void bytes_set(uint64_t address, uint64_t value, uint32_t size);

/* All registers of both frames get random bytes; half of the shared interrupts are routed to a core of the partition. */
void registers_randomise(void);

/* Makes the attempt; what is read. The record of device accesses is that of this attempt. */
uint64_t attempt_make(const struct plan_filter *filter, const struct attempt *attempt);

#endif
