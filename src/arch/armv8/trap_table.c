/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What answers a trapped register. One row a register or range; why it traps stands in front (Arm ARM D19.2.48,
 * D19.3.17).
 */
#include "arch/armv8/trap_table.h"

#define ROWS 64u /* a power of two: the look-up halves it; rows at the end are no register's */

#define ROW(first, last, action, value)                                                                                \
	{                                                                                                              \
		(uint16_t)(first), (uint16_t)(last), (action), 0, (value)                                              \
	}
#define ONE(op0, op1, crn, crm, op2, action, value)                                                                    \
	ROW(TRAP_KEY(op0, op1, crn, crm, op2), TRAP_KEY(op0, op1, crn, crm, op2), action, value)
#define RANGE(op0, op1, crn, crm, op2, op1b, crnb, crmb, op2b, action, value)                                          \
	ROW(TRAP_KEY(op0, op1, crn, crm, op2), TRAP_KEY(op0, op1b, crnb, crmb, op2b), action, value)
#define NOTHING ROW(UINT16_MAX, UINT16_MAX, TRAP_UNDEFINED, 0)

/* clang-format off */
static const struct trap_row trap_rows[ROWS] = {
	/* HCR_EL2.TSW: set/way maintenance. Memory is cleaned by address at load, so nothing is lost by doing nothing. */
	ONE(1, 0, 7, 6, 2,   TRAP_IGNORED, 0),			/* DC ISW */
	ONE(1, 0, 7, 6, 4,   TRAP_IGNORED, 0),			/* DC IGSW */
	ONE(1, 0, 7, 6, 6,   TRAP_IGNORED, 0),			/* DC IGDSW */
	ONE(1, 0, 7, 10, 2,  TRAP_IGNORED, 0),			/* DC CSW */
	ONE(1, 0, 7, 10, 4,  TRAP_IGNORED, 0),			/* DC CGSW */
	ONE(1, 0, 7, 10, 6,  TRAP_IGNORED, 0),			/* DC CGDSW */
	ONE(1, 0, 7, 14, 2,  TRAP_IGNORED, 0),			/* DC CISW */
	ONE(1, 0, 7, 14, 4,  TRAP_IGNORED, 0),			/* DC CIGSW */
	ONE(1, 0, 7, 14, 6,  TRAP_IGNORED, 0),			/* DC CIGDSW */
	/* MDCR_EL2.TDRA, TDOSA: where external debug is; the OS locks, always unlocked and never double-locked */
	ONE(2, 0, 1, 0, 0,   TRAP_CONSTANT, 0),			/* MDRAR_EL1 */
	ONE(2, 0, 1, 0, 4,   TRAP_CONSTANT, 0),			/* OSLAR_EL1 */
	ONE(2, 0, 1, 1, 4,   TRAP_CONSTANT, 8),			/* OSLSR_EL1: OSLM = 0b10, unlocked */
	ONE(2, 0, 1, 3, 4,   TRAP_CONSTANT, 0),			/* OSDLR_EL1 */
	ONE(2, 0, 1, 4, 4,   TRAP_CONSTANT, 0),			/* DBGPRCR_EL1 */
	/* CPTR_EL2.TTA: trace unit registers */
	RANGE(2, 1, 0, 0, 0,   1, 15, 15, 7, TRAP_UNDEFINED, 0),
	/* HCR_EL2.TID3, on cores that have what guests do not get: identity.c */
	RANGE(3, 0, 0, 1, 0,   0, 0, 7, 7,   TRAP_IDENTITY, 0),	/* ID_PFR0_EL1 .. ID_AA64MMFR4_EL1 */
	/* HCR_EL2.TACR: auxiliary control */
	ONE(3, 0, 1, 0, 1,   TRAP_CONSTANT, 0),			/* ACTLR_EL1 */
	ONE(3, 0, 1, 0, 3,   TRAP_CONSTANT, 0),			/* ACTLR2, AArch32's upper half of it */
	/* MDCR_EL2.TTRF: trace filter */
	ONE(3, 0, 1, 2, 1,   TRAP_CONSTANT, 0),			/* TRFCR_EL1 */
	/* ICH_HCR_EL2.TC: see below */
	ONE(3, 0, 4, 6, 0,   TRAP_PRIORITY_MASK, 0),		/* ICC_PMR_EL1 */
	/* HCR_EL2.TERR: error records; there are none */
	RANGE(3, 0, 5, 3, 0,   0, 5, 5, 7,   TRAP_CONSTANT, 0),	/* ERRIDR_EL1 .. ERXMISC3_EL1 */
	/* MDCR_EL2.TPMS, E2PB, E2TB: statistical profiling and trace buffers */
	RANGE(3, 0, 9, 9, 0,   0, 9, 11, 7,  TRAP_UNDEFINED, 0),
	/* HCR_EL2.TLOR: limited-ordering regions; there are none */
	RANGE(3, 0, 10, 4, 0,  0, 10, 4, 7,  TRAP_CONSTANT, 0),
	/* MPAM2_EL2.TRAPMPAM0EL1, TRAPMPAM1EL1: resource partitioning */
	RANGE(3, 0, 10, 5, 0,  0, 10, 5, 7,  TRAP_UNDEFINED, 0),
	/* HCR_EL2.TIDCP: implementation-defined. RTOS start-up code sets cluster bits here; firmware has done so already. */
	RANGE(3, 0, 11, 0, 0,  0, 11, 15, 7, TRAP_CONSTANT, 0),
	/* ICH_HCR_EL2.TALL0: Group 0 is nobody's. Acknowledging it finds nothing. */
	ONE(3, 0, 12, 8, 0,  TRAP_CONSTANT, 1023),		/* ICC_IAR0_EL1 */
	ONE(3, 0, 12, 8, 1,  TRAP_CONSTANT, 0),			/* ICC_EOIR0_EL1 */
	ONE(3, 0, 12, 8, 2,  TRAP_CONSTANT, 1023),		/* ICC_HPPIR0_EL1 */
	RANGE(3, 0, 12, 8, 3,  0, 12, 8, 7,  TRAP_CONSTANT, 0),	/* ICC_BPR0_EL1, ICC_AP0R<n>_EL1 */
	/* ICH_HCR_EL2.TC: what both groups share, and sending SGIs */
	ONE(3, 0, 12, 11, 1, TRAP_DEACTIVATE, 0),		/* ICC_DIR_EL1 */
	ONE(3, 0, 12, 11, 3, TRAP_RUNNING_PRIORITY, 0),		/* ICC_RPR_EL1 */
	ONE(3, 0, 12, 11, 5, TRAP_SGI, 0),			/* ICC_SGI1R_EL1 */
	RANGE(3, 0, 12, 11, 6, 0, 12, 11, 7, TRAP_CONSTANT, 0),	/* ICC_ASGI1R_EL1, ICC_SGI0R_EL1: other groups' */
	ONE(3, 0, 12, 12, 4, TRAP_CPU_CONTROL, 0),		/* ICC_CTLR_EL1 */
	ONE(3, 0, 12, 12, 5, TRAP_CONSTANT, 7),			/* ICC_SRE_EL1: system registers, no bypass (ICC_SRE_EL2) */
	ONE(3, 0, 12, 12, 6, TRAP_CONSTANT, 0),			/* ICC_IGRPEN0_EL1 */
	RANGE(3, 0, 15, 0, 0,  0, 15, 15, 7, TRAP_CONSTANT, 0),	/* TIDCP again */
	RANGE(3, 1, 11, 0, 0,  1, 11, 15, 7, TRAP_CONSTANT, 0),
	RANGE(3, 1, 15, 0, 0,  1, 15, 15, 7, TRAP_CONSTANT, 0),
	RANGE(3, 2, 11, 0, 0,  2, 11, 15, 7, TRAP_CONSTANT, 0),
	RANGE(3, 2, 15, 0, 0,  2, 15, 15, 7, TRAP_CONSTANT, 0),
	RANGE(3, 3, 11, 0, 0,  3, 11, 15, 7, TRAP_CONSTANT, 0),
	RANGE(3, 3, 15, 0, 0,  3, 15, 15, 7, TRAP_CONSTANT, 0),
	NOTHING, NOTHING, NOTHING, NOTHING, NOTHING, NOTHING, NOTHING, NOTHING,
	NOTHING, NOTHING, NOTHING, NOTHING, NOTHING, NOTHING, NOTHING, NOTHING,
	NOTHING, NOTHING, NOTHING, NOTHING, NOTHING,
};
/* clang-format on */

/* Always the same steps, and as many: the loop is unrolled, and its body has no branch. */
const struct trap_row *trap_find(uint32_t key)
{
	const struct trap_row *row = trap_rows; /* all rows before it end below the key */

#pragma GCC unroll 6
	for (uint32_t step = ROWS / 2u; step != 0u; step /= 2u) {
		row = (row[step - 1u].last < key) ? &row[step] : row;
	}
	return (key >= row->first) ? row : NULL;
}
