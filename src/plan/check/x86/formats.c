/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Entries of long-mode and nested page tables (AMD APM volume 2, 5.3 and 15.25) and of Intel's extended ones (SDM volume 3, 29.3),
 * all of four levels and 4 KiB pages. Not here: where tables begin (tables.c), and what they should hold.
 */
#include "plan/check/x86/parts.h"

#define LAST_LEVEL 3u
#define PRESENT UINT64_C(0x1)
#define WRITE UINT64_C(0x2)
#define USER UINT64_C(0x4)
#define UNCACHED UINT64_C(0x18) /* PWT, PCD, no PAT bit: type 3 of the PAT, which is UC after reset (7.8.2) */
#define ACCESSED UINT64_C(0x20) /* set beforehand: hardware that sets it would change what CRCs cover */
#define DIRTY UINT64_C(0x40)
#define LARGE UINT64_C(0x80) /* levels 1 and 2; reserved at level 0 */
#define NO_EXECUTE ((uint64_t)1 << 63)
#define LEVELS_SHIFT                                                                                                   \
	9 /* levels below, DEVICE_READ, DEVICE_WRITE: an IOMMU's (48882, 2.2.3), where cores look at nothing */
#define DEVICE_READ ((uint64_t)1 << 61)
#define DEVICE_WRITE ((uint64_t)1 << 62)
#define ADDRESS_BITS UINT64_C(0x000ffffffffff000)
#define ENTRY_LEVELS 4u
#define EXTENDED_READ UINT64_C(0x1)
#define EXTENDED_WRITE UINT64_C(0x2)
#define EXTENDED_EXECUTE UINT64_C(0x4)
#define EXTENDED_WRITE_BACK UINT64_C(0x30) /* a memory type, 6; 0 is UC */

/* ---- AMD's, and the hypervisor's --------------------------------------------------------------------------------------- */

/*
 * A nested leaf is walked as a user's access would be, so that all are a user's (15.25.5). Leaves of 1 GiB, which not every
 * core can walk, are never right.
 */
static uint64_t long_mode_leaf_bits(enum verify_access access, uint32_t level)
{
	static const uint64_t bits[VERIFY_ACCESS_COUNT] = {
		[VERIFY_GUEST_RAM] = WRITE | USER | DEVICE_READ | DEVICE_WRITE,
		[VERIFY_GUEST_DEVICE] = WRITE | USER | UNCACHED | NO_EXECUTE | DEVICE_READ | DEVICE_WRITE,
		[VERIFY_TEXT] = 0,
		[VERIFY_CONSTANT] = NO_EXECUTE,
		[VERIFY_DATA] = WRITE | NO_EXECUTE,
		[VERIFY_REGISTER] = WRITE | UNCACHED | NO_EXECUTE,
	};
	uint64_t size = (level == LAST_LEVEL) ? 0u : LARGE;

	return (level < (LAST_LEVEL - 1u)) ? 0u : (bits[access] | PRESENT | ACCESSED | DIRTY | size);
}

/* Rights are the leaves' to restrict. */
static uint64_t long_mode_branch_bits(uint32_t level)
{
	(void)level;
	return PRESENT | WRITE | ACCESSED;
}

static uint64_t nested_branch_bits(uint32_t level)
{
	uint64_t levels = (uint64_t)ENTRY_LEVELS - level;

	return long_mode_branch_bits(level) | USER | DEVICE_READ | DEVICE_WRITE | (levels << LEVELS_SHIFT);
}

/* An entry that has none of the bits `present` is none. */
static struct verify_step decode_by(uint64_t present, uint64_t word, uint32_t level, uint64_t va)
{
	struct verify_step step = {.kind = VERIFY_STEP_END, .level = level, .va = va, .size = verify_span(level)};

	if ((word & present) == 0u) {
		return step;
	}
	if ((level == LAST_LEVEL) || ((level != 0u) && ((word & LARGE) != 0u))) {
		step.kind = VERIFY_STEP_LEAF;
		step.pa = word & ADDRESS_BITS & ~(step.size - 1u);
		step.bits = word & ~step.pa;
	} else {
		step.kind = VERIFY_STEP_TABLE;
		step.level = level + 1u;
		step.pa = word & ADDRESS_BITS;
		step.bits = word & ~ADDRESS_BITS;
	}
	return step;
}

static struct verify_step long_mode_decode(uint64_t word, uint32_t level, uint64_t va)
{
	return decode_by(PRESENT, word, level, va);
}

const struct verify_format x86_long_mode = {
	.decode = long_mode_decode, .leaf_bits = long_mode_leaf_bits, .branch_bits = long_mode_branch_bits};
const struct verify_format x86_nested = {
	.decode = long_mode_decode, .leaf_bits = long_mode_leaf_bits, .branch_bits = nested_branch_bits};

/* ---- Intel's --------------------------------------------------------------------------------------------------------- */

/*
 * Any right makes an entry present (29.3.2). RAM is write-back where the guest's own PAT says nothing weaker; registers are
 * uncached whatever it says, or combine writes, and are never executed. Leaves of 1 GiB as above.
 */
static uint64_t extended_leaf_bits(enum verify_access access, uint32_t level)
{
	uint64_t bits = EXTENDED_READ | EXTENDED_WRITE;

	if (access == VERIFY_GUEST_RAM) {
		bits |= EXTENDED_EXECUTE | EXTENDED_WRITE_BACK;
	}
	return (level < (LAST_LEVEL - 1u)) ? 0u : (bits | ((level == LAST_LEVEL) ? 0u : LARGE));
}

static uint64_t extended_branch_bits(uint32_t level)
{
	(void)level;
	return EXTENDED_READ | EXTENDED_WRITE | EXTENDED_EXECUTE;
}

static struct verify_step extended_decode(uint64_t word, uint32_t level, uint64_t va)
{
	return decode_by(EXTENDED_READ | EXTENDED_WRITE | EXTENDED_EXECUTE, word, level, va);
}

const struct verify_format x86_extended = {
	.decode = extended_decode, .leaf_bits = extended_leaf_bits, .branch_bits = extended_branch_bits};
