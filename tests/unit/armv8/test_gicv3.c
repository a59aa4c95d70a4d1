/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The GICv3 as EL2 needs it, on recorded registers: what it must be, its set-up, kicks; which active priorities are forgotten
 * and kept for how many priority bits, and what depends on the security states. Not here: what guests do to it
 * (test_gicv3_filter.c).
 */
#include "test.h"

#include "arch/armv8/gic.h"
#include "arch/interrupts.h"
#include "fake/fake.h"
#include "host/host.h"
#include "plan/view.h"

#define DISTRIBUTOR_SIZE 0x10000u
#define REDISTRIBUTOR_SIZE 0x20000u
#define ONE_SECURITY_STATE 0x40u
#define ALL UINT32_MAX
#define CTLR 0x0u
#define TYPER 0x4u
#define ICENABLER 0x180u
#define ISPENDR 0x200u
#define ICPENDR 0x280u
#define ICACTIVER 0x380u
#define ISENABLER 0x100u
#define IPRIORITYR 0x400u
#define ICFGR 0xc00u
#define IROUTER 0x6000u
#define PIDR2 0xffe8u
#define GICR_TYPER 0x8u
#define GICR_WAKER 0x14u
#define SGI_FRAME 0x10000u
#define ACTIVE_REGISTERS 4u

static const char *const group0_active[ACTIVE_REGISTERS] = {"ICC_AP0R0_EL1", "ICC_AP0R1_EL1", "ICC_AP0R2_EL1",
							    "ICC_AP0R3_EL1"};
static const char *const group1_active[ACTIVE_REGISTERS] = {"ICC_AP1R0_EL1", "ICC_AP1R1_EL1", "ICC_AP1R2_EL1",
							    "ICC_AP1R3_EL1"};

static struct plan_header *plan;
static const struct plan_core *core;

/* A core whose controller has `bits` of priority, all active, and one security state. */
static void make(uint32_t bits)
{
	plan = fake_plan_make(&fake_shape_three);
	core = &plan_cores(plan)[1];
	host_reset();
	host_mmio_make(plan->gicd_va, DISTRIBUTOR_SIZE);
	host_mmio_make(core->gicr_va, REDISTRIBUTOR_SIZE);
	host_mmio_bytes(plan->gicd_va)[0] = ONE_SECURITY_STATE;
	host_core_make(plan, 1);
	host_sysreg_set("ICC_CTLR_EL1", (uint64_t)(bits - 1u) << 8);
	host_sysreg_limit("ICC_CTLR_EL1", 0x3u); /* EOImode, CBPR */
	for (uint32_t i = 0; i < ACTIVE_REGISTERS; i++) {
		host_sysreg_set(group0_active[i], 1u + i);
		host_sysreg_set(group1_active[i], 1u + i);
	}
}

static bool is_written(const char *name)
{
	bool written = false;

	for (uint32_t i = 0; i < host_sysreg_writes(); i++) {
		written = written || (strcmp(host_sysreg_written(i)->name, name) == 0);
	}
	return written;
}

/* IHI 0069, 12.2.3: the registers that a core has; an access to another one would be undefined. */
static uint32_t count_of(uint32_t bits)
{
	return (bits >= 7u) ? 4u : ((bits == 6u) ? 2u : 1u);
}

static void forgotten(void (*act)(const struct plan_core *core))
{
	for (uint32_t bits = 4; bits <= 8u; bits++) {
		make(bits);
		act(core);
		for (uint32_t i = 0; i < ACTIVE_REGISTERS; i++) {
			bool has = i < count_of(bits);

			assert_int_equal(is_written(group0_active[i]), has);
			assert_int_equal(is_written(group1_active[i]), has);
			assert_int_equal(host_sysreg_read(group1_active[i]), has ? 0u : 1u + i);
		}
	}
}

static void a_parked_core_has_no_active_priorities(void **state)
{
	(void)state;
	forgotten(arch_interrupts_park);
}

static void a_guest_begins_without_active_priorities(void **state)
{
	(void)state;
	forgotten(arch_interrupts_hand_over);
}

static void a_sleeping_guest_keeps_its_active_priorities(void **state)
{
	(void)state;
	for (uint32_t bits = 4; bits <= 8u; bits++) {
		make(bits);
		gic_sleep();
		assert_int_equal(host_sleeps, 1);
		for (uint32_t i = 0; i < ACTIVE_REGISTERS; i++) {
			assert_int_equal(is_written(group1_active[i]), i < count_of(bits));
			assert_int_equal(host_sysreg_read(group1_active[i]), 1u + i);
		}
	}
}

/* The mask of a parked core: the kick, whose priority is our highest, passes, and a guest's highest does not. */
static void only_the_kick_wakes_a_parked_core(void **state)
{
	(void)state;
	make(5);
	arch_interrupts_park(core);
	assert_int_equal(host_sysreg_read("ICC_PMR_EL1"), 0x10);

	make(5); /* our priority 0 is 80h there, and 10h is 88h */
	host_mmio_bytes(plan->gicd_va)[0] = 0;
	arch_interrupts_park(core);
	assert_int_equal(host_sysreg_read("ICC_PMR_EL1"), 0x88);

	make(5); /* the same, but EL3 takes FIQs: the mask shows priorities as they are written */
	host_mmio_bytes(plan->gicd_va)[0] = 0;
	host_sysreg_limit("ICC_PMR_EL1", 0xf0);
	arch_interrupts_park(core);
	assert_int_equal(host_sysreg_read("ICC_PMR_EL1"), 0x10);
}

static void group_0_of_el3_is_not_touched(void **state)
{
	(void)state;
	make(7);
	host_sysreg_limit("ICC_PMR_EL1", 0xfc);
	arch_interrupts_park(core);
	assert_false(is_written("ICC_IGRPEN0_EL1"));
	for (uint32_t i = 0; i < ACTIVE_REGISTERS; i++) {
		assert_false(is_written(group0_active[i]));
		assert_int_equal(host_sysreg_read(group1_active[i]), 0);
	}
}

/* ---- what the controller must be ---- */

static void bytes_set(uint64_t address, uint64_t value, size_t size)
{
	memcpy(host_mmio_bytes(address), &value, size);
}

/* As the plan says it. */
static void make_as_planned(void)
{
	make(5);
	plan->gic = PLAN_GIC_V3;
	host_sysreg_set("id_aa64pfr0_el1", UINT64_C(1) << 24);
	host_sysreg_set("mpidr_el1", core->mpidr | UINT64_C(0x80000000));
	bytes_set(plan->gicd_va + TYPER, plan->interrupt_count / 32u - 1u, 4);
	bytes_set(plan->gicd_va + PIDR2, 0x3b, 4);
	bytes_set(core->gicr_va + GICR_TYPER, core->mpidr << 32, 8);
}

static void a_controller_as_planned_is_taken(void **state)
{
	(void)state;
	make_as_planned();
	assert_int_equal(gic_check(plan, core), REFUSAL_NONE);
	bytes_set(plan->gicd_va + PIDR2, 0x4b, 4); /* a GICv4 is one too */
	assert_int_equal(gic_check(plan, core), REFUSAL_NONE);

	make_as_planned(); /* Aff3 is not where GICR_TYPER has it */
	fake_cores(plan)[1].mpidr = UINT64_C(0x0700000201);
	host_sysreg_set("mpidr_el1", UINT64_C(0x0780000201));
	bytes_set(core->gicr_va + GICR_TYPER, UINT64_C(0x07000201) << 32, 8);
	assert_int_equal(gic_check(plan, core), REFUSAL_NONE);
}

static void another_controller_is_refused(void **state)
{
	(void)state;
	make_as_planned();
	plan->gic = PLAN_GIC_V2;
	assert_int_equal(gic_check(plan, core), REFUSAL_GIC);
	make_as_planned();
	host_sysreg_set("id_aa64pfr0_el1", 0); /* no system registers for it */
	assert_int_equal(gic_check(plan, core), REFUSAL_GIC);
	make_as_planned();
	bytes_set(plan->gicd_va + PIDR2, 0x2b, 4);
	assert_int_equal(gic_check(plan, core), REFUSAL_GIC);
	make_as_planned();
	bytes_set(plan->gicd_va + TYPER, plan->interrupt_count / 32u - 2u, 4);
	assert_int_equal(gic_check(plan, core), REFUSAL_GIC_LINES);
}

static void another_cores_redistributor_is_refused(void **state)
{
	(void)state;
	make_as_planned();
	bytes_set(core->gicr_va + GICR_TYPER, (core->mpidr ^ 1u) << 32, 8);
	assert_int_equal(gic_check(plan, core), REFUSAL_REDISTRIBUTOR);
	make_as_planned();
	host_sysreg_set("mpidr_el1", core->mpidr ^ 1u);
	assert_int_equal(gic_check(plan, core), REFUSAL_REDISTRIBUTOR);
}

/* ---- set-up ---- */

/* The place of the last write to a register, from 1 on; 0: none. */
static uint32_t write_of(uint64_t address)
{
	uint32_t place = 0;

	for (uint32_t i = 0; i < host_mmio_count(); i++) {
		const struct host_access *access = host_mmio_access(i);

		place = (access->write && (access->address == address)) ? i + 1u : place;
	}
	return place;
}

static void assert_written(uint64_t address, uint64_t value)
{
	assert_true(write_of(address) > 0u);
	assert_int_equal(host_mmio_access(write_of(address) - 1u)->value, value);
}

static void shared_interrupts_begin_off_and_routed_to_their_owners(void **state)
{
	uint32_t on;

	(void)state;
	make(5);
	arch_interrupts_init(plan);
	assert_int_equal(host_mmio_access(0)->address, plan->gicd_va + CTLR);
	assert_true(host_mmio_access(0)->write);
	assert_int_equal(host_mmio_access(0)->value, 0);
	on = write_of(plan->gicd_va + CTLR);
	assert_int_equal(host_mmio_access(on - 1u)->value & 0x12u, 0x12); /* ARE, Group 1 */
	assert_int_equal(write_of(plan->gicd_va + ICENABLER), 0);         /* 0-31 are the cores' */
	for (uint32_t word = 1; word < plan->interrupt_count / 32u; word++) {
		assert_written(plan->gicd_va + ICENABLER + word * 4u, ALL);
		assert_written(plan->gicd_va + ICPENDR + word * 4u, ALL);
		assert_written(plan->gicd_va + ICACTIVER + word * 4u, ALL);
		assert_true(write_of(plan->gicd_va + ICENABLER + word * 4u) < on);
		assert_int_equal(write_of(plan->gicd_va + ISENABLER + word * 4u), 0);
	}
	for (uint32_t i = 0; i < plan->interrupts.count; i++) {
		const struct plan_interrupt *interrupt = &plan_interrupts(plan)[i];
		const struct plan_partition *owner = &plan_partitions(plan)[interrupt->partition];
		uint64_t route = plan->gicd_va + IROUTER + interrupt->id * 8u;

		assert_written(route, plan_vcpus(plan)[owner->vcpu_first].route);
		assert_true(write_of(route) > on); /* without ARE there are no routes */
	}
}

/* How many of the trigger registers' writes leave an interrupt edge-triggered, or level-sensitive. */
static uint32_t triggers_written(uint32_t id, bool edge)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < host_mmio_count(); i++) {
		const struct host_access *access = host_mmio_access(i);
		bool is_edge = ((access->value >> (id % 16u * 2u)) & 0x2u) != 0u;

		count += (access->write && (access->address == plan->gicd_va + ICFGR + id / 16u * 4u) &&
			  (is_edge == edge))
				 ? 1u
				 : 0u;
	}
	return count;
}

/* Before, every interrupt is the other way. */
static void triggers_are_the_plans(void **state)
{
	(void)state;
	for (uint32_t edge = 0; edge <= 1u; edge++) {
		make(5);
		memset(host_mmio_bytes(plan->gicd_va + ICFGR), (edge != 0u) ? 0 : 0xff, 256);
		arch_interrupts_init(plan);
		for (uint32_t i = 0; i < plan->interrupts.count; i++) {
			const struct plan_interrupt *interrupt = &plan_interrupts(plan)[i];
			uint32_t expected = (interrupt->edge == edge) ? 1u : 0u;

			assert_int_equal(triggers_written(interrupt->id, edge != 0u), expected);
		}
	}
}

/* A register write that stays pending, a redistributor that never wakes: the hypervisor goes on. */
static void a_controller_that_does_not_settle_is_not_waited_for(void **state)
{
	(void)state;
	make(5);
	bytes_set(plan->gicd_va + CTLR, UINT64_C(0x80000040), 4);
	arch_interrupts_init(plan);
	assert_true(write_of(plan->gicd_va + IROUTER + plan_interrupts(plan)[0].id * 8u) > 0u);
	make(5);
	bytes_set(core->gicr_va + GICR_WAKER, 0x6, 4);
	arch_interrupts_park(core);
	assert_written(core->gicr_va + GICR_WAKER, 0x4); /* ProcessorSleep off */
	assert_written(core->gicr_va + SGI_FRAME + ISENABLER, 0x1);
}

/* ---- recall ---- */

static void a_stopped_partition_loses_its_interrupts_and_no_others(void **state)
{
	const struct plan_partition *partition;

	(void)state;
	make(5);
	partition = &plan_partitions(plan)[1];
	arch_interrupts_clear(plan, partition);
	for (uint32_t word = 1; word < plan->interrupt_count / 32u; word++) {
		assert_written(plan->gicd_va + ICENABLER + word * 4u, partition->interrupt_mask[word]);
		assert_written(plan->gicd_va + ICPENDR + word * 4u, partition->interrupt_mask[word]);
		assert_written(plan->gicd_va + ICACTIVER + word * 4u, partition->interrupt_mask[word]);
	}
	assert_int_equal(host_mmio_count(), 3u * (plan->interrupt_count / 32u - 1u));
}

/* Whatever the victim's guest did to its SGI 0. */
static void a_kick_finds_its_way(void **state)
{
	const struct plan_core *target;
	const struct host_sysreg_write *sent;

	(void)state;
	make(5);
	target = &plan_cores(plan)[2];
	host_mmio_make(target->gicr_va, REDISTRIBUTOR_SIZE);
	arch_interrupts_kick(target, &plan_vcpus(plan)[target->vcpu]);
	assert_written(target->gicr_va + SGI_FRAME + IPRIORITYR, 0);
	assert_written(target->gicr_va + SGI_FRAME + ICACTIVER, 1);
	assert_written(target->gicr_va + SGI_FRAME + ISENABLER, 1);
	sent = host_sysreg_written(host_sysreg_writes() - 1u);
	assert_string_equal(sent->name, "ICC_SGI1R_EL1");
	assert_int_equal(sent->value, plan_vcpus(plan)[target->vcpu].sgi_target);
}

/* Wakes for something else twice, then for the kick. */
static void kicked_at_last(void)
{
	if (host_sleeps == 3u) {
		bytes_set(core->gicr_va + SGI_FRAME + ISPENDR, 1, 4);
	}
}

static void a_parked_core_waits_for_its_kick(void **state)
{
	(void)state;
	make(5);
	bytes_set(core->gicr_va + SGI_FRAME + ISPENDR, 0x08000000, 4); /* a timer is no kick */
	host_wake = kicked_at_last;
	arch_interrupts_wait_kick(core);
	assert_int_equal(host_sleeps, 3);
	assert_written(core->gicr_va + SGI_FRAME + ICPENDR, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_parked_core_has_no_active_priorities),
		cmocka_unit_test(a_guest_begins_without_active_priorities),
		cmocka_unit_test(a_sleeping_guest_keeps_its_active_priorities),
		cmocka_unit_test(only_the_kick_wakes_a_parked_core),
		cmocka_unit_test(group_0_of_el3_is_not_touched),
		cmocka_unit_test(a_controller_as_planned_is_taken),
		cmocka_unit_test(another_controller_is_refused),
		cmocka_unit_test(another_cores_redistributor_is_refused),
		cmocka_unit_test(shared_interrupts_begin_off_and_routed_to_their_owners),
		cmocka_unit_test(triggers_are_the_plans),
		cmocka_unit_test(a_controller_that_does_not_settle_is_not_waited_for),
		cmocka_unit_test(a_stopped_partition_loses_its_interrupts_and_no_others),
		cmocka_unit_test(a_kick_finds_its_way),
		cmocka_unit_test(a_parked_core_waits_for_its_kick),
	};

	return cmocka_run_group_tests_name("gicv3", tests, NULL, NULL);
}
