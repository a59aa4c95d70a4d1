/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The machine against the plan, and what starts and ends cores: firmware's power services (PSCI by SMC, Arm DEN 0022), or
 * a spin table (Devicetree Specification 0.4, 3.8.1), where nothing answers an SMC and cores and board stay on.
 */
#include "arch/machine.h"

#include "arch/armv8/access.h"
#include "arch/armv8/exit.h"
#include "arch/armv8/gic.h"
#include "arch/armv8/start_offsets.h"
#include "arch/armv8/sysreg.h"
#include "plan/view.h"

#define PSCI_CPU_OFF 0x84000002u
#define PSCI_SYSTEM_OFF 0x84000008u
#define PSCI_CPU_ON_64 0xc4000003u

/* start.S: where firmware starts the other cores, or a spin table; the image is mapped at its physical address. */
extern const char secondary_start[];
extern const char released_start[];

enum plan_arch arch_kind(void)
{
	return PLAN_ARCH_ARMV8;
}

static uint64_t smc(uint64_t function, uint64_t a, uint64_t b, uint64_t c)
{
	register uint64_t x0 __asm__("x0") = function;
	register uint64_t x1 __asm__("x1") = a;
	register uint64_t x2 __asm__("x2") = b;
	register uint64_t x3 __asm__("x3") = c;

	/* SMCCC 1.0 firmware may change x4-x17 */
	__asm__ volatile("smc #0"
			 : "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3)
			 :
			 : "x4", "x5", "x6", "x7", "x8", "x9", "x10", "x11", "x12", "x13", "x14", "x15", "x16", "x17",
			   "memory");
	return x0;
}

/* ID_AA64PFR0_EL1.EL1 (Arm ARM D19.2.64): 2 = both states. With AArch64 alone HCR_EL2.RW = 0 has no effect. */
static bool runs_guest(const struct plan_header *plan, const struct plan_core *core)
{
	return (core->partition == PLAN_NONE) ||
	       ((plan_partitions(plan)[core->partition].flags & PLAN_PARTITION_AARCH32) == 0u) ||
	       (id_field(sysreg_read(id_aa64pfr0_el1), 4u) == 2u);
}

enum refusal arch_machine_check(const struct plan_header *plan, const struct plan_core *core)
{
	enum refusal refusal = gic_check(plan, core);

	if ((refusal == REFUSAL_NONE) && !runs_guest(plan, core)) {
		refusal = REFUSAL_AARCH32;
	}
	return refusal;
}

bool arch_core_start(const struct plan_header *plan, uint32_t row)
{
	const struct plan_core *core = &plan_cores(plan)[row];

	if (core->release != 0u) {
		window_store(core->release, (uint64_t)(uintptr_t)released_start);
		sev();
		return true;
	}
	return smc(PSCI_CPU_ON_64, core->mpidr, (uint64_t)(uintptr_t)secondary_start, row) == 0u;
}

static NORETURN void power_off(uint64_t function)
{
	if (self()->core->release == 0u) {
		(void)smc(function, 0, 0, 0);
	}
	for (;;) {
		wfi(); /* firmware refused, or there is none: stay asleep */
	}
}

void arch_core_off(void)
{
	power_off(PSCI_CPU_OFF);
}

void arch_system_off(void)
{
	power_off(PSCI_SYSTEM_OFF);
}

/* What start.S and the vectors believe of the plan's layout. */
#define HOLDS(type, field, offset) _Static_assert(offsetof(struct type, field) == (offset), "offset known to assembly")
HOLDS(plan_header, header_crc, PLAN_HEADER_CRC_OFFSET);
HOLDS(plan_header, version, PLAN_VERSION_OFFSET);
HOLDS(plan_header, size, PLAN_SIZE_OFFSET);
HOLDS(plan_header, body_crc, PLAN_BODY_CRC_OFFSET);
HOLDS(plan_header, pa_bits, PLAN_PA_BITS_OFFSET);
HOLDS(plan_header, va_bits, PLAN_VA_BITS_OFFSET);
HOLDS(plan_header, plan_base, PLAN_BASE_OFFSET);
HOLDS(plan_header, table_base, PLAN_TABLE_BASE_OFFSET);
HOLDS(plan_header, table_size, PLAN_TABLE_SIZE_OFFSET);
HOLDS(plan_header, gicd_va, PLAN_GICD_VA_OFFSET);
HOLDS(plan_header, core_state, PLAN_CORE_STATE_OFFSET);
HOLDS(plan_header, cores, PLAN_CORES_OFFSET);
HOLDS(plan_header, table_sets, PLAN_TABLE_SETS_OFFSET);
HOLDS(plan_core, mpidr, CORE_MPIDR_OFFSET);
HOLDS(plan_core, table_set_first, CORE_TABLE_SET_FIRST_OFFSET);
HOLDS(plan_core, el2_root, CORE_EL2_ROOT_OFFSET);
HOLDS(plan_core, stack_top, CORE_STACK_TOP_OFFSET);
HOLDS(plan_core, gicr_va, CORE_GICR_VA_OFFSET);
HOLDS(plan_table_set, base, TABLE_SET_BASE_OFFSET);
HOLDS(plan_table_set, size, TABLE_SET_SIZE_OFFSET);
HOLDS(plan_table_set, crc, TABLE_SET_CRC_OFFSET);
HOLDS(plan_vcpu, sgi_target, VCPU_SGI_TARGET_OFFSET);
_Static_assert(sizeof(struct plan_header) == PLAN_HEADER_SIZE, "size known to assembly");
_Static_assert(sizeof(struct plan_core) == PLAN_CORE_SIZE, "size known to assembly");
_Static_assert(sizeof(struct plan_vcpu) == (1u << VCPU_SHIFT), "size known to assembly");
_Static_assert((PLAN_MAGIC == PLAN_MAGIC_VALUE) && (PLAN_VERSION == PLAN_VERSION_VALUE), "values known to assembly");
_Static_assert(PLAN_BOOT_TABLE_SETS == BOOT_TABLE_SETS, "value known to assembly");
_Static_assert(PLAN_CORE_STATE_SIZE == 256u, "shift in start.S");
