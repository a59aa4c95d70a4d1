/* SPDX-License-Identifier: Apache-2.0 */
/* Trapped system registers: the table's actions carried out. */
#include "arch/armv8/exit.h"
#include "arch/armv8/sysreg.h"
#include "arch/armv8/trap_table.h"
#include "plan/view.h"

#define ISS_READ 0x1u

#define SGI_IRM (UINT64_C(1) << 40)
#define SGI_INTID UINT64_C(0x0f000000)
#define CTLR_GUEST_WRITES 0x3u /* EOImode, CBPR */

static uint16_t key_of(uint32_t iss)
{
	return TRAP_KEY((iss >> 20) & 0x3u, (iss >> 14) & 0x7u, (iss >> 10) & 0xfu, (iss >> 1) & 0xfu,
			(iss >> 17) & 0x7u);
}

/*
 * The forms that the vector does not finish. IRM: everybody else in the partition. Otherwise affinities that no virtual
 * core has: nobody.
 */
static void sgi_send_others(uint64_t value)
{
	const struct core_state *core = self();

	if ((value & SGI_IRM) == 0u) {
		return;
	}
	for (uint64_t i = 0; i < core->vcpu_count; i++) {
		if (&core->vcpus[i] != core->vcpu) {
			sysreg_write(ICC_SGI1R_EL1, core->vcpus[i].sgi_target | (value & SGI_INTID));
		}
	}
}

static void deactivate(uint64_t value)
{
	uint32_t id = (uint32_t)value & 0xffffffu;

	if ((id < PLAN_INTERRUPTS) && plan_owns_interrupt(self()->partition, id)) {
		sysreg_write(ICC_DIR_EL1, id);
	}
}

static void register_write(const struct trap_row *row, uint64_t value)
{
	switch ((enum trap_action)row->action) {
	case TRAP_SGI:
		sgi_send_others(value);
		break;
	case TRAP_PRIORITY_MASK:
		sysreg_write(ICC_PMR_EL1, value & 0xffu);
		break;
	case TRAP_CPU_CONTROL:
		sysreg_write(ICC_CTLR_EL1,
			     (sysreg_read(ICC_CTLR_EL1) & ~(uint64_t)CTLR_GUEST_WRITES) | (value & CTLR_GUEST_WRITES));
		break;
	case TRAP_DEACTIVATE:
		deactivate(value);
		break;
	default: /* constants and instructions without effect */
		break;
	}
}

static uint64_t register_read(const struct trap_row *row)
{
	uint64_t value = 0;

	switch ((enum trap_action)row->action) {
	case TRAP_CONSTANT:
		value = row->value;
		break;
	case TRAP_PRIORITY_MASK:
		value = sysreg_read(ICC_PMR_EL1);
		break;
	case TRAP_CPU_CONTROL:
		value = sysreg_read(ICC_CTLR_EL1);
		break;
	case TRAP_RUNNING_PRIORITY:
		value = sysreg_read(ICC_RPR_EL1);
		break;
	default: /* write-only: the core itself made reads undefined */
		break;
	}
	return value;
}

uint64_t sysreg_transfer(struct exit_frame *frame, uint64_t syndrome)
{
	uint32_t iss = (uint32_t)syndrome & 0x1ffffffu;
	const struct trap_row *row = trap_find(key_of(iss));

	if ((row == NULL) || (row->action == (uint8_t)TRAP_UNDEFINED)) {
		return TRANSFER_UNFINISHED;
	}
	self()->exits[(row->action == (uint8_t)TRAP_SGI) ? EXIT_SGI : EXIT_SYSREG]++;
	if ((iss & ISS_READ) == 0u) {
		register_write(row, frame->value);
		return TRANSFER_WRITTEN;
	}
	frame->value = register_read(row);
	return TRANSFER_READ;
}
