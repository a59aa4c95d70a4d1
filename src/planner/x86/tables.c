/* SPDX-License-Identifier: Apache-2.0 */
/* Entries of x86's tables. Not here: the walk that writes them (tables.c of the planner). */
#include "planner/tables.h"

/* AMD APM volume 2, 5.4.1; nested entries are walked as a user's would be (15.25.5). */
#define PRESENT UINT64_C(0x1)
#define WRITABLE UINT64_C(0x2)
#define USER UINT64_C(0x4)
#define UNCACHED UINT64_C(0x18) /* PWT and PCD: entry 3 of a PAT after reset */
#define ACCESSED UINT64_C(0x20)
#define DIRTY UINT64_C(0x40)
#define LARGE UINT64_C(0x80) /* level 2: a 2 MiB page */
#define EXTENDED_READ UINT64_C(0x1)
#define EXTENDED_WRITE UINT64_C(0x2)
#define EXTENDED_EXECUTE UINT64_C(0x4)
#define EXTENDED_WRITE_BACK UINT64_C(0x30) /* memory type; uncached is 0. A guest's PAT decides further */
#define NO_EXECUTE (UINT64_C(1) << 63)

/* An IOMMU's (48882, 2.2.3): the levels that are left below a branch, in bits which long mode leaves to software. */
#define DEVICE_READ (UINT64_C(1) << 61)
#define DEVICE_WRITE (UINT64_C(1) << 62)
#define DEVICE_LEVELS_SHIFT 9
#define LAST_LEVEL 3u

static uint64_t long_mode_branch(uint64_t pa, unsigned int level)
{
	(void)level;
	return pa | PRESENT | WRITABLE | ACCESSED;
}

static uint64_t long_mode_leaf(uint64_t pa, unsigned int level, enum table_access access)
{
	uint64_t leaf = pa | PRESENT | ACCESSED | DIRTY | (level == 3 ? 0 : LARGE);

	switch (access) {
	case TABLE_CODE:
		return leaf;
	case TABLE_CONSTANT:
		return leaf | NO_EXECUTE;
	case TABLE_REGISTERS:
		return leaf | WRITABLE | UNCACHED | NO_EXECUTE;
	case TABLE_DATA:
	case TABLE_GUEST:
	default:
		return leaf | WRITABLE | NO_EXECUTE;
	}
}

static uint64_t user_branch(uint64_t pa, unsigned int level)
{
	return long_mode_branch(pa, level) | USER;
}

static uint64_t user_leaf(uint64_t pa, unsigned int level, enum table_access access)
{
	uint64_t leaf = long_mode_leaf(pa, level, access) | WRITABLE | USER;

	return access == TABLE_GUEST ? leaf & ~NO_EXECUTE : leaf;
}

static uint64_t nested_branch(uint64_t pa, unsigned int level)
{
	return user_branch(pa, level) | DEVICE_READ | DEVICE_WRITE |
	       (uint64_t)(LAST_LEVEL - level) << DEVICE_LEVELS_SHIFT;
}

static uint64_t nested_leaf(uint64_t pa, unsigned int level, enum table_access access)
{
	return user_leaf(pa, level, access) | DEVICE_READ | DEVICE_WRITE;
}

static uint64_t extended_branch(uint64_t pa, unsigned int level)
{
	(void)level;
	return pa | EXTENDED_READ | EXTENDED_WRITE | EXTENDED_EXECUTE;
}

static uint64_t extended_leaf(uint64_t pa, unsigned int level, enum table_access access)
{
	uint64_t leaf = pa | EXTENDED_READ | EXTENDED_WRITE | (level == 3 ? 0 : LARGE);

	return access == TABLE_GUEST ? leaf | EXTENDED_EXECUTE | EXTENDED_WRITE_BACK : leaf;
}

const struct table_format table_long_mode = {long_mode_leaf, long_mode_branch, 2};
const struct table_format table_user = {user_leaf, user_branch, 2};
const struct table_format table_nested = {nested_leaf, nested_branch, 2};
const struct table_format table_extended = {extended_leaf, extended_branch, 2};
