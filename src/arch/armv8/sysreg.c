/* SPDX-License-Identifier: Apache-2.0 */
/* Trapped system registers: the table's actions carried out. */
#include "arch/armv8/exit.h"
#include "arch/armv8/identity.h"
#include "arch/armv8/sysreg.h"
#include "arch/armv8/trap_table.h"
#include "plan/view.h"

#define ISS_READ 0x1u
#define KEY_CRM(key) (((uint32_t)(key) >> 3) & 0xfu)
#define KEY_OP2(key) ((uint32_t)(key)&0x7u)

#define SGI_IRM (UINT64_C(1) << 40)
#define SGI_ABOVE_AFF1 UINT64_C(0x00fff0ff00000000) /* Aff3, RS, Aff2 */
#define SGI_INTID UINT64_C(0x0f000000)
#define CTLR_GUEST_WRITES 0x3u /* EOImode, CBPR */

static uint16_t key_of(uint32_t iss)
{
	return TRAP_KEY((iss >> 20) & 0x3u, (iss >> 14) & 0x7u, (iss >> 10) & 0xfu, (iss >> 1) & 0xfu,
			(iss >> 17) & 0x7u);
}

/* Whether an ICC_SGI1R_EL1 value names virtual core `number`; IRM names everybody but the sender. */
static bool sgi_names(uint64_t value, uint64_t number, bool sender)
{
	if ((value & SGI_IRM) != 0u) {
		return !sender;
	}
	return ((value & SGI_ABOVE_AFF1) == 0u) && (((value >> 16) & 0xffu) == (number >> 4)) &&
	       (((value >> (number & 0xfu)) & 1u) != 0u);
}

/* The forms that the vector does not finish, and AArch32's (IHI 0069, 12.2.20). */
static void sgi_send(uint64_t value)
{
	const struct core_state *core = self();

	for (uint64_t i = 0; i < core->vcpu_count; i++) {
		if (sgi_names(value, i, &core->vcpus[i] == core->vcpu)) {
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
		sgi_send(value);
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

static uint64_t register_read(const struct trap_row *row, uint16_t key)
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
	case TRAP_IDENTITY:
		value = identity_read(KEY_CRM(key), KEY_OP2(key));
		break;
	case TRAP_RUNNING_PRIORITY:
		value = sysreg_read(ICC_RPR_EL1);
		break;
	default: /* write-only: the core itself made reads undefined */
		break;
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
		register_write(row, *value);
		return TRANSFER_WRITTEN;
	}
	*value = register_read(row, key);
	return TRANSFER_READ;
}

uint64_t sysreg_transfer(struct exit_frame *frame, uint64_t syndrome)
{
	return register_transfer(key_of((uint32_t)syndrome), (syndrome & ISS_READ) != 0u, &frame->value);
}
