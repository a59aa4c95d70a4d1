/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The GICv2 as EL2 needs it: set-up from the plan, parking, kicks. Its CPU interface is mapped for EL2 and for guests at
 * core->gicr_va. What guests do to the distributor: gicv2_filter.c.
 */
#include "arch/armv8/gicv2.h"

#include "arch/armv8/exit.h"
#include "arch/armv8/mmio.h"
#include "arch/armv8/sysreg.h"
#include "arch/interrupts.h"
#include "plan/view.h"

#define ARCHITECTURE(pidr2) (((pidr2) >> 4) & 0xfu)
#define TYPER_LINES(value) ((((value)&0x1fu) + 1u) * 32u)
#define WORDS(count) (((count) + 31u) / 32u)
#define PMR_OPEN 0xffu
#define RPR_IDLE 0xffu
#define IAR_ID(value) ((value)&0x3ffu)
#define CNT_CTL_OFF 0u

enum refusal gic_check(const struct plan_header *plan, const struct plan_core *core)
{
	if ((plan->gic != (uint32_t)PLAN_GIC_V2) ||
	    (ARCHITECTURE(mmio_read32(plan->gicd_va + GIC_PIDR2)) != (uint32_t)PLAN_GIC_V2)) {
		return REFUSAL_GIC;
	}
	if (TYPER_LINES(mmio_read32(plan->gicd_va + GICD_TYPER)) < plan->interrupt_count) {
		return REFUSAL_GIC_LINES;
	}
	/* banked: every byte names the CPU interface of the core that reads it (IHI 0048B, 4.3.12) */
	if ((core->partition != PLAN_NONE) &&
	    (mmio_read8(plan->gicd_va + GICD_ITARGETSR) != (uint8_t)plan_vcpus(plan)[core->vcpu].route)) {
		return REFUSAL_REDISTRIBUTOR;
	}
	return REFUSAL_NONE;
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
	for (uint32_t word = 1; word < WORDS(plan->interrupt_count); word++) {
		uint64_t registers = gicd + (word * UINT64_C(4));

		mmio_write32(registers + GIC_ICENABLER, UINT32_MAX);
		mmio_write32(registers + GIC_ICPENDR, UINT32_MAX);
		mmio_write32(registers + GIC_ICACTIVER, UINT32_MAX);
		mmio_write32(registers + GIC_IGROUPR, 0u); /* ignored where firmware decides */
	}
	for (uint32_t id = 32; id < plan->interrupt_count; id += 4u) {
		mmio_write32(gicd + GIC_IPRIORITYR + id, PRIORITY_RESET);
		mmio_write32(gicd + GICD_ITARGETSR + id, 0u);
	}
	for (uint32_t i = 0; i < plan->interrupts.count; i++) {
		const struct plan_interrupt *interrupt = &plan_interrupts(plan)[i];
		const struct plan_partition *owner = &plan_partitions(plan)[interrupt->partition];

		trigger_set(gicd, interrupt);
		mmio_write8(gicd + GICD_ITARGETSR + interrupt->id, (uint32_t)plan_vcpus(plan)[owner->vcpu_first].route);
	}
	mmio_write32(gicd + GICD_CTLR, GIC_ENABLE);
	dsb_sy();
}

static uint64_t distributor(void)
{
	return self()->plan->gicd_va;
}

/* Every banked interrupt off and forgotten but SGIs, which stay enabled; priorities at reset value. */
static void banked_reset(uint64_t gicd)
{
	mmio_write32(gicd + GIC_ICENABLER, ~SGIS);
	mmio_write32(gicd + GIC_ISENABLER, SGIS);
	mmio_write32(gicd + GIC_ICPENDR, UINT32_MAX);
	mmio_write32(gicd + GIC_ICACTIVER, UINT32_MAX);
	mmio_write32(gicd + GIC_IGROUPR, 0u);
	for (uint32_t i = 0; i < 16u; i += 4u) {
		mmio_write32(gicd + GICD_CPENDSGIR + i, UINT32_MAX);
	}
	for (uint32_t id = 0; id < 32u; id += 4u) {
		mmio_write32(gicd + GIC_IPRIORITYR + id, PRIORITY_RESET);
	}
	mmio_write8(gicd + GIC_IPRIORITYR + SGI_KICK, PRIORITY_KICK);
	dsb_sy();
}

/* Nothing is active any more, whatever was acknowledged and not ended. */
static void cpu_interface_reset(uint64_t gicc)
{
	mmio_write32(gicc + GICC_CTLR, 0u);
	mmio_write32(gicc + GICC_PMR, 0u);
	mmio_write32(gicc + GICC_BPR, 0u);
	for (uint32_t i = 0; (i < GICC_APRS) && (mmio_read32(gicc + GICC_RPR) != RPR_IDLE); i++) {
		uint64_t registers = gicc + (i * UINT64_C(4));

		mmio_write32(registers + GICC_APR0, 0u);
		mmio_write32(registers + GICC_NSAPR0, 0u);
	}
	dsb_sy();
}

void arch_interrupts_park(const struct plan_core *core)
{
	sysreg_write(hcr_el2, HCR_PARKED);
	sysreg_write(cntv_ctl_el0, CNT_CTL_OFF);
	sysreg_write(cntp_ctl_el0, CNT_CTL_OFF);
	sysreg_write(cnthp_ctl_el2, CNT_CTL_OFF);
	isb();
	cpu_interface_reset(core->gicr_va);
	banked_reset(distributor());
	mmio_write32(core->gicr_va + GICC_PMR, PRIORITY_GUEST);
	mmio_write32(core->gicr_va + GICC_CTLR, GIC_ENABLE);
	dsb_sy();
}

void arch_interrupts_hand_over(const struct plan_core *core)
{
	cpu_interface_reset(core->gicr_va);
	banked_reset(distributor());
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

void arch_interrupts_kick(const struct plan_core *target, const struct plan_vcpu *vcpu)
{
	(void)target;
	dsb_sy();
	mmio_write32(distributor() + GICD_SGIR, (uint32_t)(vcpu->sgi_target << 16) | SGI_KICK);
	dsb_sy();
	sev();
}

/*
 * Acknowledged and ended at once: a parked core has no other use for it. The mask of arch_interrupts_park lets nothing else
 * be acknowledged: what answers until then says that there is nothing (IHI 0048B, 4.4.4).
 */
void arch_interrupts_wait_kick(const struct plan_core *core)
{
	uint32_t acknowledged = mmio_read32(core->gicr_va + GICC_IAR);

	while (IAR_ID(acknowledged) != SGI_KICK) {
		dsb_sy();
		wfi();
		acknowledged = mmio_read32(core->gicr_va + GICC_IAR);
	}
	mmio_write32(core->gicr_va + GICC_EOIR, acknowledged);
	dsb_sy();
}

/*
 * No other core reaches what is banked here: the kick's way is opened before the sleep, all of it, and closed again as the
 * guest had it. Of the active priorities only those of the two first registers can be such that the kick does not preempt.
 */
void gic_sleep(void)
{
	uint64_t gicc = self()->core->gicr_va;
	uint64_t gicd = distributor();
	uint32_t control = mmio_read32(gicc + GICC_CTLR);
	uint32_t mask = mmio_read32(gicc + GICC_PMR);
	uint32_t point = mmio_read32(gicc + GICC_BPR);
	uint32_t running = mmio_read32(gicc + GICC_APR0);
	uint32_t running_other = mmio_read32(gicc + GICC_NSAPR0);
	uint8_t priority = mmio_read8(gicd + GIC_IPRIORITYR + SGI_KICK);
	uint32_t active = mmio_read32(gicd + GIC_ISACTIVER) & (1u << SGI_KICK);

	mmio_write8(gicd + GIC_IPRIORITYR + SGI_KICK, PRIORITY_KICK);
	mmio_write32(gicd + GIC_ICACTIVER, active);
	mmio_write32(gicc + GICC_APR0, 0u);
	mmio_write32(gicc + GICC_NSAPR0, 0u);
	mmio_write32(gicc + GICC_BPR, 0u);
	mmio_write32(gicc + GICC_PMR, PMR_OPEN);
	mmio_write32(gicc + GICC_CTLR, control | GIC_ENABLE);
	dsb_sy();
	wfi();
	mmio_write32(gicc + GICC_CTLR, control);
	mmio_write32(gicc + GICC_PMR, mask);
	mmio_write32(gicc + GICC_BPR, point);
	mmio_write32(gicc + GICC_NSAPR0, running_other);
	mmio_write32(gicc + GICC_APR0, running);
	mmio_write32(gicd + GIC_ISACTIVER, active);
	mmio_write8(gicd + GIC_IPRIORITYR + SGI_KICK, priority);
	dsb_sy();
}

/* Without system registers for it there is nothing to trap. */
void gic_register_write(enum trap_action action, uint64_t value)
{
	(void)action;
	(void)value;
}

uint64_t gic_register_read(enum trap_action action)
{
	(void)action;
	return 0;
}
