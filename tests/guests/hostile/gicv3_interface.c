/* SPDX-License-Identifier: Apache-2.0 */
/* Attacks through the CPU interface: SGIs to foreign cores, the registers of Group 0, foreign interrupts' ends. */
#include <stddef.h>

#include "hostile/attacks.h"
#include "hostile/gic.h"
#include "hostile/probe.h"
#include "rt/armv8/psci.h"
#include "rt/aarch64/sysreg.h"
#include "rt/hal.h"

#define SGI_IRM (UINT64_C(1) << 40)
#define SGI_AFF1(value) ((uint64_t)(value) << 16)
#define SGI_AFF2(value) ((uint64_t)(value) << 32)
#define SGI_RS(value) ((uint64_t)(value) << 44)
#define SGI_AFF3(value) ((uint64_t)(value) << 48)
#define SGI_INTID(value) ((uint64_t)(value) << 24)
#define OWN_CORES 0x3u /* in a target list */

#define SGI1R(value) SYSREG_WRITE(s3_0_c12_c11_5, value)
#define ASGI1R(value) SYSREG_WRITE(s3_0_c12_c11_6, value)
#define SGI0R(value) SYSREG_WRITE(s3_0_c12_c11_7, value)

static void private_enable(void)
{
	gic_write(gic_private_banks() + GIC_ISENABLER, 4, 0xffff);
}

static void tell_taken(void)
{
	answer("taken 0x%04lx exceptions %llu", (unsigned long)gic_take_private(), (unsigned long long)probe.count);
}

/* All SGIs to all affinities but the own cores'. */
static void sgi_foreign(uint64_t argument)
{
	(void)argument;
	private_enable();
	for (unsigned id = 0; id < GIC_SGIS; id++) {
		SGI1R(SGI_INTID(id) | (0xffffu & ~OWN_CORES));
		for (unsigned i = 1; i < 256u; i++) {
			SGI1R(SGI_INTID(id) | SGI_AFF1(i) | 0xffff);
			SGI1R(SGI_INTID(id) | SGI_AFF2(i) | 0xffff);
			SGI1R(SGI_INTID(id) | SGI_AFF3(i) | 0xffff);
			SGI1R(SGI_INTID(id) | SGI_RS(i % 16u) | SGI_AFF1(i) | 0xffff);
		}
		for (unsigned range = 1; range < 16u; range++)
			SGI1R(SGI_INTID(id) | SGI_RS(range) | 0xffff);
	}
	tell_taken();
}

/* To all but oneself: the own other core at most. */
static void sgi_broadcast(uint64_t argument)
{
	(void)argument;
	private_enable();
	for (unsigned id = 0; id < GIC_SGIS; id++) {
		SGI1R(SGI_INTID(id) | SGI_IRM);
		SGI1R(SGI_INTID(id) | SGI_IRM | SGI_AFF1(0xff) | SGI_AFF2(0xff) | SGI_AFF3(0xff) | 0xffff);
	}
	tell_taken();
}

/* With bits that the register does not have. */
static void sgi_reserved_bits(uint64_t argument)
{
	(void)argument;
	private_enable();
	for (unsigned id = 0; id < GIC_SGIS; id++) {
		SGI1R(SGI_INTID(id) | UINT64_C(0xf) << 28 | UINT64_C(7) << 41 | UINT64_C(0xff) << 56 | 0xfffc);
		SGI1R(SGI_INTID(id) | UINT64_C(0xff) << 56 | 0xfffc);
	}
	tell_taken();
}

static void sgi_own(uint64_t argument)
{
	(void)argument;
	private_enable();
	for (unsigned id = 0; id < GIC_SGIS; id++)
		SGI1R(SGI_INTID(id) | 1u);
	tell_taken();
}

/* The other groups' registers. */
static void sgi_other_groups(uint64_t argument)
{
	(void)argument;
	private_enable();
	for (unsigned id = 0; id < GIC_SGIS; id++) {
		SGI0R(SGI_INTID(id) | 0xffff);
		SGI0R(SGI_INTID(id) | SGI_IRM);
		ASGI1R(SGI_INTID(id) | 0xffff);
		ASGI1R(SGI_INTID(id) | SGI_IRM);
	}
	tell_taken();
}

/* To the own core that is off: it must stay off, and start when it is told to. */
static void sgi_sleeper(uint64_t argument)
{
	int before = psci_affinity_info(1);

	(void)argument;
	for (unsigned i = 0; i < 1000u; i++)
		SGI1R(SGI_INTID(i % GIC_SGIS) | 2u);
	answer("before %d after %d", before, psci_affinity_info(1));
}

static void group0(uint64_t argument)
{
	uint64_t acknowledged;
	uint64_t highest;

	(void)argument;
	SYSREG_WRITE(s3_0_c12_c12_6, 1); /* ICC_IGRPEN0_EL1 */
	acknowledged = SYSREG_READ(s3_0_c12_c8_0);
	highest = SYSREG_READ(s3_0_c12_c8_2);
	SYSREG_WRITE(s3_0_c12_c8_1, 40); /* ICC_EOIR0_EL1 */
	SYSREG_WRITE(s3_0_c12_c8_3, 7);  /* ICC_BPR0_EL1 */
	SYSREG_WRITE(s3_0_c12_c8_4, 0xffffffff);
	answer("igrpen0 %llu iar0 %llu hppir0 %llu bpr0 %llu ap0r0 %llu exceptions %llu",
	       (unsigned long long)SYSREG_READ(s3_0_c12_c12_6), (unsigned long long)acknowledged,
	       (unsigned long long)highest, (unsigned long long)SYSREG_READ(s3_0_c12_c8_3),
	       (unsigned long long)SYSREG_READ(s3_0_c12_c8_4), (unsigned long long)probe.count);
}

/* Back to the memory-mapped interface, past the hypervisor's filters. */
static void legacy_interface(uint64_t argument)
{
	(void)argument;
	SYSREG_WRITE(s3_0_c12_c12_5, 0); /* ICC_SRE_EL1 */
	isb();
	answer("sre 0x%llx exceptions %llu", (unsigned long long)SYSREG_READ(s3_0_c12_c12_5),
	       (unsigned long long)probe.count);
}

/* Ends of interrupts that others have taken, alone and from inside an own one. */
static void foreign_end(uint64_t argument)
{
	(void)argument;
	private_enable();
	for (unsigned id = 0; id <= LAST_SHARED; id++) {
		SYSREG_WRITE(s3_0_c12_c11_1, id); /* ICC_DIR_EL1 */
		SYSREG_WRITE(s3_0_c12_c12_1, id); /* ICC_EOIR1_EL1 */
	}
	SYSREG_WRITE(s3_0_c12_c12_4, 2); /* ICC_CTLR_EL1.EOImode */
	for (unsigned id = FIRST_SHARED; id <= LAST_SHARED; id++) {
		SGI1R(SGI_INTID(1) | 1u);
		isb();
		(void)SYSREG_READ(s3_0_c12_c12_0); /* ICC_IAR1_EL1 */
		SYSREG_WRITE(s3_0_c12_c12_1, id);
		SYSREG_WRITE(s3_0_c12_c11_1, id);
		SYSREG_WRITE(s3_0_c12_c11_1, 1);
		isb();
	}
	answer("exceptions %llu", (unsigned long long)probe.count);
}

/* All bits of what both groups share, which traps. */
static void control(uint64_t argument)
{
	uint64_t all;

	(void)argument;
	SYSREG_WRITE(s3_0_c12_c12_4, UINT64_MAX); /* ICC_CTLR_EL1 */
	all = SYSREG_READ(s3_0_c12_c12_4) & 3u;
	SYSREG_WRITE(s3_0_c12_c12_4, 0);
	answer("eoimode and cbpr 0x%llx then 0x%llx", (unsigned long long)all,
	       (unsigned long long)(SYSREG_READ(s3_0_c12_c12_4) & 3u));
	SYSREG_WRITE(s3_0_c4_c6_0, UINT64_MAX); /* ICC_PMR_EL1 */
	answer_more("above the mask 0x%llx", (unsigned long long)(SYSREG_READ(s3_0_c4_c6_0) >> 8));
}

const struct attack interface_attacks[] = {
	{"sgi-foreign", sgi_foreign},
	{"sgi-broadcast", sgi_broadcast},
	{"sgi-reserved-bits", sgi_reserved_bits},
	{"sgi-own", sgi_own},
	{"sgi-other-groups", sgi_other_groups},
	{"sgi-sleeper", sgi_sleeper},
	{"icc-group0", group0},
	{"icc-legacy", legacy_interface},
	{"icc-foreign-end", foreign_end},
	{"icc-control", control},
	{NULL, NULL},
};
