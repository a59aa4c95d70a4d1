/* SPDX-License-Identifier: Apache-2.0 */
/* Trapped system registers: the table's actions carried out. */
#include "arch/armv8/exit.h"
#include "arch/armv8/gic.h"
#include "arch/armv8/identity.h"
#include "arch/armv8/sysreg.h"
#include "arch/armv8/trap_table.h"

#define ISS_READ 0x1u
#define KEY_CRM(key) (((uint32_t)(key) >> 3) & 0xfu)
#define KEY_OP2(key) ((uint32_t)(key)&0x7u)

static uint16_t key_of(uint32_t iss)
{
	return TRAP_KEY((iss >> 20) & 0x3u, (iss >> 14) & 0x7u, (iss >> 10) & 0xfu, (iss >> 1) & 0xfu,
			(iss >> 17) & 0x7u);
}

static uint64_t register_read(const struct trap_row *row, uint16_t key)
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

uint64_t register_transfer(uint16_t key, bool read, uint64_t *value)
{
	const struct trap_row *row = trap_find(key);

	if ((row == NULL) || (row->action == (uint8_t)TRAP_UNDEFINED)) {
		return TRANSFER_UNFINISHED;
	}
	self()->exits[(row->action == (uint8_t)TRAP_SGI) ? EXIT_SGI : EXIT_SYSREG]++;
	if (!read) {
		gic_register_write((enum trap_action)row->action, *value);
		return TRANSFER_WRITTEN;
	}
	*value = register_read(row, key);
	return TRANSFER_READ;
}

uint64_t sysreg_transfer(struct exit_frame *frame, uint64_t syndrome)
{
	return register_transfer(key_of((uint32_t)syndrome), (syndrome & ISS_READ) != 0u, &frame->value);
}
