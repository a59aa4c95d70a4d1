/* SPDX-License-Identifier: Apache-2.0 */
/* The trapped registers of the GICv3's CPU interface (IHI 0069, 12.2): physical, less what reaches other partitions. */
#include "arch/armv8/exit.h"
#include "arch/armv8/gic.h"
#include "arch/armv8/sysreg.h"
#include "plan/view.h"

#define SGI_IRM (UINT64_C(1) << 40)
#define SGI_ABOVE_AFF1 UINT64_C(0x00fff0ff00000000) /* Aff3, RS, Aff2 */
#define SGI_INTID UINT64_C(0x0f000000)
#define CTLR_GUEST_WRITES 0x3u /* EOImode, CBPR */

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

void gic_register_write(enum trap_action action, uint64_t value)
{
	switch (action) {
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

uint64_t gic_register_read(enum trap_action action)
{
	uint64_t value = 0;

	switch (action) {
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
