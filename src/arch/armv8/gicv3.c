/* SPDX-License-Identifier: Apache-2.0 */
/* The GICv3 as EL2 needs it: set-up from the plan, parking, kicks. What guests do to it: gicv3_filter.c. */
#include "arch/armv8/gicv3.h"

#include "arch/armv8/exit.h"
#include "arch/armv8/mmio.h"
#include "arch/armv8/start_offsets.h"
#include "arch/armv8/sysreg.h"
#include "arch/interrupts.h"
#include "plan/view.h"

#define GICR_WAKER_SLEEP 0x2u
#define GICR_WAKER_CHILDREN 0x4u
#define WAIT_LIMIT 1000000u /* register write pending, redistributor waking: a few cycles on any chip */
#define WORDS(count) (((count) + 31u) / 32u)

#define ICC_SRE_EL2_VALUE 0x7u /* system registers, no bypass, EL1's ICC_SRE_EL1 traps */
#define ICC_IGRPEN1_ON 1u
#define CTLR_PRIORITY_BITS(value) (1u + (uint32_t)(((value) >> 8) & 0x7u))
#define ACTIVE_REGISTERS 4u
#define CNT_CTL_OFF 0u

#define PIDR2_ARCH(value) (((value) >> 4) & 0xfu)
#define GICV4 4u
#define TYPER_LINES(value) ((((value)&0x1fu) + 1u) * 32u)

/* Affinity as MPIDR_EL1 and GICR_TYPER (bits 63:32) have it, compared without the gaps between Aff2 and Aff3. */
static bool same_core(uint64_t mpidr, uint64_t typer)
{
	uint64_t affinity = ((mpidr >> 8) & 0xff000000u) | (mpidr & 0xffffffu);

	return (typer >> 32) == affinity;
}

enum refusal gic_check(const struct plan_header *plan, const struct plan_core *core)
{
	uint32_t architecture;

	if ((plan->gic != (uint32_t)PLAN_GIC_V3) || (id_field(sysreg_read(id_aa64pfr0_el1), 24u) == 0u)) {
		return REFUSAL_GIC;
	}
	architecture = PIDR2_ARCH(mmio_read32(plan->gicd_va + GIC_PIDR2));
	if ((architecture != (uint32_t)PLAN_GIC_V3) && (architecture != GICV4)) {
		return REFUSAL_GIC;
	}
	if (TYPER_LINES(mmio_read32(plan->gicd_va + GICD_TYPER)) < plan->interrupt_count) {
		return REFUSAL_GIC_LINES;
	}
	if ((core->mpidr != (sysreg_read(mpidr_el1) & MPIDR_AFFINITY)) ||
	    !same_core(core->mpidr, mmio_read64(core->gicr_va + GICR_TYPER))) {
		return REFUSAL_REDISTRIBUTOR;
	}
	return REFUSAL_NONE;
}

static void distributor_settle(uint64_t gicd)
{
	uint32_t limit = WAIT_LIMIT;

	while (((mmio_read32(gicd + GICD_CTLR) & GICD_CTLR_RWP) != 0u) && (limit > 0u)) {
		limit--;
	}
}

static void trigger_set(uint64_t gicd, const struct plan_interrupt *interrupt)
{
	uint64_t address = gicd + GIC_ICFGR + (((uint64_t)interrupt->id / 16u) * 4u);
	uint32_t bit = 2u << ((interrupt->id % 16u) * 2u);
	uint32_t value = mmio_read32(address) & ~bit;

	mmio_write32(address, value | ((interrupt->edge != 0u) ? bit : 0u));
}

void arch_interrupts_init(const struct plan_header *plan)
{
	uint64_t gicd = plan->gicd_va;

	mmio_write32(gicd + GICD_CTLR, 0u);
	distributor_settle(gicd);
	for (uint32_t word = 1; word < WORDS(plan->interrupt_count); word++) {
		uint64_t registers = gicd + (word * UINT64_C(4));

		mmio_write32(registers + GIC_ICENABLER, UINT32_MAX);
		mmio_write32(registers + GIC_ICPENDR, UINT32_MAX);
		mmio_write32(registers + GIC_ICACTIVER, UINT32_MAX);
		mmio_write32(registers + GIC_IGROUPR, UINT32_MAX);
		mmio_write32(registers + GIC_IGRPMODR, 0u);
	}
	distributor_settle(gicd);
	for (uint32_t id = 32; id < plan->interrupt_count; id += 4u) {
		mmio_write32(gicd + GIC_IPRIORITYR + id, PRIORITY_RESET);
	}
	mmio_write32(gicd + GICD_CTLR, GICD_CTLR_ON);
	distributor_settle(gicd);
	for (uint32_t i = 0; i < plan->interrupts.count; i++) {
		const struct plan_interrupt *interrupt = &plan_interrupts(plan)[i];
		const struct plan_partition *owner = &plan_partitions(plan)[interrupt->partition];

		trigger_set(gicd, interrupt);
		mmio_write64(gicd + GICD_IROUTER + ((uint64_t)interrupt->id * 8u),
			     plan_vcpus(plan)[owner->vcpu_first].route);
	}
}

/* Every private interrupt off and forgotten; all in Group 1, priorities at reset value. */
static void redistributor_reset(uint64_t gicr)
{
	uint64_t frame = gicr + GICR_SGI_FRAME;

	mmio_write32(frame + GIC_ICENABLER, UINT32_MAX);
	mmio_write32(frame + GIC_ICPENDR, UINT32_MAX);
	mmio_write32(frame + GIC_ICACTIVER, UINT32_MAX);
	mmio_write32(frame + GIC_IGROUPR, UINT32_MAX);
	mmio_write32(frame + GIC_IGRPMODR, 0u);
	for (uint32_t id = 0; id < 32u; id += 4u) {
		mmio_write32(frame + GIC_IPRIORITYR + id, PRIORITY_RESET);
	}
}

static void redistributor_wake(uint64_t gicr)
{
	uint32_t limit = WAIT_LIMIT;

	mmio_write32(gicr + GICR_WAKER, mmio_read32(gicr + GICR_WAKER) & ~GICR_WAKER_SLEEP);
	while (((mmio_read32(gicr + GICR_WAKER) & GICR_WAKER_CHILDREN) != 0u) && (limit > 0u)) {
		limit--;
	}
}

/* ICC_AP0R<n>_EL1 and ICC_AP1R<n>_EL1 each: one is undefined that the priority bits do not need (IHI 0069, 12.2.3). */
static uint32_t active_register_count(void)
{
	uint32_t bits = CTLR_PRIORITY_BITS(sysreg_read(ICC_CTLR_EL1));

	return (bits > 6u) ? ACTIVE_REGISTERS : ((bits == 6u) ? 2u : 1u);
}

static const uint64_t none_active[ACTIVE_REGISTERS] = {0};

static void active_read(uint32_t count, uint64_t active[ACTIVE_REGISTERS])
{
	active[0] = sysreg_read(ICC_AP1R0_EL1);
	if (count > 1u) {
		active[1] = sysreg_read(ICC_AP1R1_EL1);
	}
	if (count > 2u) {
		active[2] = sysreg_read(ICC_AP1R2_EL1);
		active[3] = sysreg_read(ICC_AP1R3_EL1);
	}
}

static void active_write(uint32_t count, const uint64_t active[ACTIVE_REGISTERS])
{
	sysreg_write(ICC_AP1R0_EL1, active[0]);
	if (count > 1u) {
		sysreg_write(ICC_AP1R1_EL1, active[1]);
	}
	if (count > 2u) {
		sysreg_write(ICC_AP1R2_EL1, active[2]);
		sysreg_write(ICC_AP1R3_EL1, active[3]);
	}
}

/*
 * Where EL3 takes FIQs, Group 0 is its own: an access to its registers would trap there, and of the priority mask only what
 * is above Group 0 can be seen, a bit less than there is (IHI 0069, 4.8.6). Changes the mask.
 */
static bool has_group0(void)
{
	uint64_t lowest = UINT64_C(1) << (8u - CTLR_PRIORITY_BITS(sysreg_read(ICC_CTLR_EL1)));

	sysreg_write(ICC_PMR_EL1, lowest);
	return sysreg_read(ICC_PMR_EL1) != 0u;
}

static void group0_reset(void)
{
	uint32_t count = active_register_count();

	sysreg_write(ICC_IGRPEN0_EL1, 0u);
	sysreg_write(ICC_AP0R0_EL1, 0u);
	if (count > 1u) {
		sysreg_write(ICC_AP0R1_EL1, 0u);
	}
	if (count > 2u) {
		sysreg_write(ICC_AP0R2_EL1, 0u);
		sysreg_write(ICC_AP0R3_EL1, 0u);
	}
}

/*
 * The priority mask that lets only the kick through. With two security states the controller keeps our priorities in the
 * lower half of all, and shows us the mask as ours only where EL3 takes FIQs (IHI 0069, 4.8.6).
 */
static uint64_t kick_mask(void)
{
	bool is_shifted = ((mmio_read32(self()->plan->gicd_va + GICD_CTLR) & GICD_CTLR_DS) == 0u) && has_group0();

	return is_shifted ? (0x80u | (PRIORITY_GUEST >> 1)) : PRIORITY_GUEST;
}

static void cpu_interface_reset(void)
{
	sysreg_write(ICC_SRE_EL2, ICC_SRE_EL2_VALUE);
	isb();
	sysreg_write(ICC_SRE_EL1, ICC_SRE_EL2_VALUE);
	sysreg_write(ICH_HCR_EL2, 0u);
	isb();
	sysreg_write(ICC_IGRPEN1_EL1, 0u);
	if (has_group0()) {
		group0_reset();
	}
	sysreg_write(ICC_PMR_EL1, 0u);
	sysreg_write(ICC_BPR1_EL1, 0u);
	sysreg_write(ICC_CTLR_EL1, 0u);
	active_write(active_register_count(), none_active);
	isb();
}

static void kick_arm(uint64_t gicr)
{
	uint64_t frame = gicr + GICR_SGI_FRAME;

	mmio_write8(frame + GIC_IPRIORITYR + SGI_KICK, PRIORITY_KICK);
	mmio_write32(frame + GIC_ICACTIVER, 1u << SGI_KICK); /* an active interrupt is not signalled again */
	mmio_write32(frame + GIC_ISENABLER, 1u << SGI_KICK);
	dsb_sy();
}

void arch_interrupts_park(const struct plan_core *core)
{
	sysreg_write(hcr_el2, HCR_PARKED);
	sysreg_write(cntv_ctl_el0, CNT_CTL_OFF);
	sysreg_write(cntp_ctl_el0, CNT_CTL_OFF);
	sysreg_write(cnthp_ctl_el2, CNT_CTL_OFF);
	cpu_interface_reset();
	redistributor_wake(core->gicr_va);
	redistributor_reset(core->gicr_va);
	kick_arm(core->gicr_va);
	sysreg_write(ICC_PMR_EL1, kick_mask());
	sysreg_write(ICC_IGRPEN1_EL1, ICC_IGRPEN1_ON);
	isb();
}

void arch_interrupts_hand_over(const struct plan_core *core)
{
	cpu_interface_reset();
	redistributor_reset(core->gicr_va);
	dsb_sy();
	sysreg_write(ICH_HCR_EL2, ICH_HCR_TC | ICH_HCR_TALL0);
	isb();
}

void arch_interrupts_clear(const struct plan_header *plan, const struct plan_partition *partition)
{
	for (uint32_t word = 1; word < WORDS(plan->interrupt_count); word++) {
		uint64_t registers = plan->gicd_va + (word * UINT64_C(4));
		uint32_t mask = partition->interrupt_mask[word];

		mmio_write32(registers + GIC_ICENABLER, mask);
		mmio_write32(registers + GIC_ICPENDR, mask);
		mmio_write32(registers + GIC_ICACTIVER, mask);
	}
	dsb_sy();
}

/*
 * The victim's guest may have changed its private interrupts until a moment ago; callers that stop a partition have
 * taken its memory away before, so that what is written here stays.
 */
void arch_interrupts_kick(const struct plan_core *target, const struct plan_vcpu *vcpu)
{
	kick_arm(target->gicr_va);
	sysreg_write(ICC_SGI1R_EL1, vcpu->sgi_target | ((uint64_t)SGI_KICK << 24));
	isb();
	sev();
}

void arch_interrupts_wait_kick(const struct plan_core *core)
{
	uint64_t frame = core->gicr_va + GICR_SGI_FRAME;

	while ((mmio_read32(frame + GIC_ISPENDR) & (1u << SGI_KICK)) == 0u) {
		dsb_sy();
		wfi();
	}
	mmio_write32(frame + GIC_ICPENDR, 1u << SGI_KICK);
	dsb_sy();
}

void gic_sleep(void)
{
	uint64_t enable = sysreg_read(ICC_IGRPEN1_EL1);
	uint64_t mask = sysreg_read(ICC_PMR_EL1);
	uint32_t count = active_register_count();
	uint64_t active[ACTIVE_REGISTERS];

	active_read(count, active);
	sysreg_write(ICC_IGRPEN1_EL1, ICC_IGRPEN1_ON);
	sysreg_write(ICC_PMR_EL1, 0xffu);
	active_write(count, none_active);
	isb();
	dsb_sy();
	wfi();
	active_write(count, active);
	sysreg_write(ICC_PMR_EL1, mask);
	sysreg_write(ICC_IGRPEN1_EL1, enable);
	isb();
}
