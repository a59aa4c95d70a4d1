/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What guests do not get is not advertised to them: trace, profiling and trace buffers (MDCR_EL2, CPTR_EL2), limited-ordering
 * regions (HCR_EL2.TLOR), resource partitioning (MPAM2_EL2). Everything else is the core's own (Arm ARM D19.2.61-D19.2.68).
 */
#include "arch/armv8/identity.h"

#include "arch/armv8/sysreg.h"

#define REGISTERS_A_LINE 8u
#define NUMBER(crm, op2) ((((crm)-1u) * REGISTERS_A_LINE) + (op2))

#define DFR0 NUMBER(5u, 0u) /* ID_AA64DFR0_EL1: TraceVer, PMSVer, TraceFilt, TraceBuffer, BRBE */
#define DFR0_HIDDEN UINT64_C(0x00f0ff0f000000f0)
#define PFR0 NUMBER(4u, 0u) /* ID_AA64PFR0_EL1: MPAM */
#define PFR0_HIDDEN UINT64_C(0x00000f0000000000)
#define PFR1 NUMBER(4u, 1u) /* ID_AA64PFR1_EL1: MPAM_frac */
#define PFR1_HIDDEN UINT64_C(0x00000000000f0000)
#define MMFR1 NUMBER(7u, 1u) /* ID_AA64MMFR1_EL1: LO */
#define MMFR1_HIDDEN UINT64_C(0x00000000000f0000)
#define AARCH32_DFR0 NUMBER(1u, 2u) /* ID_DFR0_EL1: CopTrc, MMapTrc, TraceFilt */
#define AARCH32_DFR0_HIDDEN UINT64_C(0xf00ff000)

/* id_registers.S: register `number` of the table by its own MRS. */
uint64_t identity_register(uint64_t number);

static uint64_t hidden_bits(uint32_t number)
{
	uint64_t hidden;

	switch (number) {
	case DFR0:
		hidden = DFR0_HIDDEN;
		break;
	case PFR0:
		hidden = PFR0_HIDDEN;
		break;
	case PFR1:
		hidden = PFR1_HIDDEN;
		break;
	case MMFR1:
		hidden = MMFR1_HIDDEN;
		break;
	case AARCH32_DFR0:
		hidden = AARCH32_DFR0_HIDDEN;
		break;
	default:
		hidden = 0;
		break;
	}
	return hidden;
}

bool identity_is_filtered(void)
{
	return ((identity_register(DFR0) & DFR0_HIDDEN) != 0u) || ((identity_register(PFR0) & PFR0_HIDDEN) != 0u) ||
	       ((identity_register(PFR1) & PFR1_HIDDEN) != 0u) || ((identity_register(MMFR1) & MMFR1_HIDDEN) != 0u);
}

uint64_t identity_read(uint32_t crm, uint32_t op2)
{
	uint32_t number = NUMBER(crm, op2);

	return identity_register(number) & ~hidden_bits(number);
}
