/* SPDX-License-Identifier: Apache-2.0 */
/* Trapped system registers: the table's actions carried out. */
#include "arch/armv8/exit.h"
#include "arch/armv8/gic.h"
#include "arch/armv8/identity.h"
#include "arch/armv8/sysreg.h"
#include "arch/armv8/trap_table.h"

#define ISS_READ 0x1u
#define KEY_CRM(key) (((key) >> 3) & 0xfu)
#define KEY_OP2(key) ((key)&0x7u)
#define KEY_PRIORITY_MASK TRAP_KEY(3, 0, 4, 6, 0)

static uint32_t key_of(uint32_t iss)
{
	return TRAP_KEY((iss >> 20) & 0x3u, (iss >> 14) & 0x7u, (iss >> 10) & 0xfu, (iss >> 1) & 0xfu,
			(iss >> 17) & 0x7u);
}

static uint64_t register_read(const struct trap_row *row, uint32_t key)
{
	enum trap_action action = (enum trap_action)row->action;
	uint64_t value = row->value;

	if (action == TRAP_IDENTITY) {
		value = identity_read(KEY_CRM(key), KEY_OP2(key));
	} else if (action != TRAP_CONSTANT) {
		value = gic_register_read(action);
	} else {
		/* as the table says */
	}
	return value;
}

static inline uint64_t row_transfer(const struct trap_row *row, uint32_t key, bool read, uint64_t *value)
{
	uint64_t reason = (row->action == (uint8_t)TRAP_SGI) ? (uint64_t)EXIT_SGI : (uint64_t)EXIT_SYSREG;

	self()->exits[reason]++;
	if (!read) {
		gic_register_write((enum trap_action)row->action, *value);
		return TRANSFER_WRITTEN;
	}
	*value = register_read(row, key);
	return TRANSFER_READ;
}

uint64_t register_transfer(uint32_t key, bool read, uint64_t *value)
{
	const struct trap_row *row = trap_find(key);

	if ((row == NULL) || (row->action == (uint8_t)TRAP_UNDEFINED)) {
		return TRANSFER_UNFINISHED;
	}
	return row_transfer(row, key, read, value);
}

uint64_t sysreg_transfer(uint64_t *value, uint64_t syndrome)
{
	static const struct trap_row priority_mask = {.action = (uint8_t)TRAP_PRIORITY_MASK}; /* as the table's */
	uint32_t key = key_of((uint32_t)syndrome);
	bool read = (syndrome & ISS_READ) != 0u;

	if (key == KEY_PRIORITY_MASK) { /* what an RTOS does all the time: without the look-up */
		return row_transfer(&priority_mask, key, read, value);
	}
	return register_transfer(key, read, value);
}
