/* SPDX-License-Identifier: Apache-2.0 */
/* The registers that a partition's cores start with, whoever made the processor. Not here: how control blocks hold them. */
#include "plan/check/x86/parts.h"

#define CODE_64 0xa09bu   /* granular, long; present, code, readable, accessed */
#define DATA_FLAT 0xc093u /* granular, 32-bit; present, data, writable, accessed */
#define CODE_REAL 0x9bu
#define DATA_REAL 0x93u
#define FLAT 0xffffffffu
#define REAL 0xffffu

/* The 64-bit protocol (Linux, Documentation/arch/x86/boot.rst): flat segments 10h and 18h, paging by the start block's tables. */
const struct x86_state x86_state_start = {
	.segments = {{0x18u, DATA_FLAT, FLAT},
		     {0x10u, CODE_64, FLAT},
		     {0x18u, DATA_FLAT, FLAT},
		     {0x18u, DATA_FLAT, FLAT},
		     {0x18u, DATA_FLAT, FLAT},
		     {0x18u, DATA_FLAT, FLAT}},
	.gdtr_base = 0x91000u,
	.gdtr_limit = 0x1fu,
	.cr0 = 0x80010031u, /* PG, WP, NE, ET, PE */
	.cr3 = 0x93000u,
	.cr4 = 0x20u,   /* PAE */
	.efer = 0x500u, /* LMA, LME */
};

/* Real mode. */
const struct x86_state x86_state_reset = {
	.segments = {{0, DATA_REAL, REAL},
		     {0, CODE_REAL, REAL},
		     {0, DATA_REAL, REAL},
		     {0, DATA_REAL, REAL},
		     {0, DATA_REAL, REAL},
		     {0, DATA_REAL, REAL}},
	.gdtr_limit = REAL,
	.idtr_limit = REAL,
	.cr0 = 0x10u, /* ET */
};
