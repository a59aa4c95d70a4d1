/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A core's own part of the GICv3 on recorded registers: which active priorities are forgotten and kept for how many priority
 * bits, and what depends on the security states. Not here: what guests do to it (test_gicv3_filter.c).
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_parked_core_has_no_active_priorities),
		cmocka_unit_test(a_guest_begins_without_active_priorities),
		cmocka_unit_test(a_sleeping_guest_keeps_its_active_priorities),
		cmocka_unit_test(only_the_kick_wakes_a_parked_core),
		cmocka_unit_test(group_0_of_el3_is_not_touched),
	};

	return cmocka_run_group_tests_name("gicv3", tests, NULL, NULL);
}
