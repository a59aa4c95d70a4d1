/* SPDX-License-Identifier: Apache-2.0 */
/* AMD's IOMMU, played by its registers and its command queue (specification 48882, chapters 2.4 and 3.4). */
#include "host.h"

#include "arch/x86/iommu.c"

#define REGISTERS UINT64_C(0xfed80000)
#define TABLE UINT64_C(0x2000000)
#define BUSES 2u
#define FORGET_DEVICE 2u
#define FORGET_PAGES 3u
#define FORGET_INTERRUPTS 5u
#define WAIT 1u

static uint64_t device_table, control, exclusion, queue;
static uint64_t register_head, register_tail;
static uint64_t now;
static bool is_absent, is_deaf;
static uint32_t devices, interrupts, domains, waits;
static uint64_t last_domain, next_device, next_interrupt;
static const char *panic;
static jmp_buf left;

static void wait_do(const uint64_t command[2])
{
	waits++;
	assert_int_equal(command[0] & 7u, 1); /* store */
	*(uint64_t *)(uintptr_t)(command[0] & UINT64_C(0xffffffffffff8)) = command[1];
}

static void obey(const uint64_t command[2])
{
	switch (command[0] >> 60) {
	case WAIT:
		wait_do(command);
		break;
	case FORGET_DEVICE:
		assert_int_equal(command[0] & 0xffffu, next_device++);
		devices++;
		break;
	case FORGET_PAGES: /* all of a domain, tables too */
		assert_int_equal(command[1], UINT64_C(0x7ffffffffffff003));
		last_domain = (command[0] >> 32) & 0xffffu;
		domains++;
		break;
	case FORGET_INTERRUPTS:
		assert_int_equal(command[0] & 0xffffu, next_interrupt++);
		interrupts++;
		break;
	default:
		fail();
		break;
	}
}

void mmio_write64(uint64_t address, uint64_t value)
{
	switch (address - REGISTERS) {
	case 0x0:
		assert_int_equal(control, 0); /* not while it runs */
		device_table = is_absent ? UINT64_MAX : value;
		break;
	case 0x8:
		queue = value & UINT64_C(0xffffffffff000);
		assert_int_equal(value >> 56, 8); /* 256 entries */
		break;
	case 0x18:
		control = value;
		break;
	case 0x20:
		exclusion = value;
		break;
	case 0x2000:
		register_head = value;
		break;
	case 0x2008:
		register_tail = value;
		while (!is_deaf && (register_head != register_tail)) {
			assert_int_equal(control, 0x1401); /* enabled, coherent, commands */
			obey((const uint64_t *)(uintptr_t)(queue + register_head));
			register_head = (register_head + 16u) % (16u * COMMAND_COUNT);
		}
		break;
	default:
		fail();
		break;
	}
}

uint64_t mmio_read64(uint64_t address)
{
	assert_int_equal(address, REGISTERS);
	return device_table;
}

uint64_t arch_counter(void)
{
	return now;
}

uint64_t arch_counter_frequency(void)
{
	return 1000;
}

void arch_relax(void)
{
	now++;
}

void core_panic(const char *what, uint64_t value, uint64_t pc)
{
	(void)value;
	(void)pc;
	panic = what;
	longjmp(left, 1);
}

static int make(void **state)
{
	(void)state;
	host_make();
	plan.header.partitions.count = 3;
	plan.x86.iommu_va = REGISTERS;
	plan.x86.device_table = TABLE;
	plan.x86.buses = BUSES;
	partition.vmid = 2;
	control = 1; /* as firmware left it */
	exclusion = UINT64_MAX;
	tail = asked = answered = 0;
	register_head = register_tail = now = 0;
	is_absent = is_deaf = false;
	devices = interrupts = domains = waits = 0;
	next_device = next_interrupt = last_domain = 0;
	panic = NULL;
	return 0;
}

/* The table is there before it is used; nothing that was cached is left; no range is excluded from translation. */
static void it_starts_with_the_plans_table(void **state)
{
	(void)state;
	assert_true(iommu_start(&plan.header));
	assert_int_equal(device_table, TABLE | 3u); /* of 4 pages: 512 entries */
	assert_int_equal(control, 0x1401);
	assert_int_equal(exclusion, 0);
	assert_int_equal(domains, 4); /* 0 to the last vmid */
	assert_int_equal(last_domain, 3);
	assert_int_equal(devices, 512);
	assert_int_equal(interrupts, 512);
	assert_int_equal(waits, 4 + 512 + 512);
}

static void one_that_is_not_there_is_noticed(void **state)
{
	(void)state;
	is_absent = true;
	assert_false(iommu_start(&plan.header));
	assert_int_equal(domains, 0);
}

static void one_that_does_not_answer_is_noticed(void **state)
{
	(void)state;
	is_deaf = true;
	assert_false(iommu_start(&plan.header));
	assert_true(now >= 10u); /* a hundredth of a second */
	assert_true(now < 20u);
}

static void a_revoked_partition_is_forgotten(void **state)
{
	(void)state;
	assert_true(iommu_start(&plan.header));
	domains = waits = 0;
	for (uint32_t i = 1; i < (2u * COMMAND_COUNT); i++) { /* around the queue */
		iommu_revoke(&plan.header, &partition);
		assert_int_equal(domains, i);
		assert_int_equal(waits, i);
		assert_int_equal(last_domain, 2);
	}
}

/* Those of the one function. */
static void changed_messages_are_forgotten(void **state)
{
	(void)state;
	assert_true(iommu_start(&plan.header));
	interrupts = waits = 0;
	next_interrupt = 0x18;
	iommu_forget_messages(&plan.x86, 0x18);
	assert_int_equal(interrupts, 1);
	assert_int_equal(waits, 1);
}

/* It would go on with the partition's memory. */
static void a_revocation_without_answer_is_a_panic(void **state)
{
	(void)state;
	assert_true(iommu_start(&plan.header));
	is_deaf = true;
	if (setjmp(left) == 0) {
		iommu_revoke(&plan.header, &partition);
	}
	assert_string_equal(panic, "the IOMMU does not answer; commands so far");
}

static void a_board_without_one_has_nothing_to_forget(void **state)
{
	(void)state;
	plan.x86.iommu_va = 0;
	iommu_revoke(&plan.header, &partition);
	assert_int_equal(domains, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(it_starts_with_the_plans_table, make),
		cmocka_unit_test_setup(one_that_is_not_there_is_noticed, make),
		cmocka_unit_test_setup(one_that_does_not_answer_is_noticed, make),
		cmocka_unit_test_setup(a_revoked_partition_is_forgotten, make),
		cmocka_unit_test_setup(changed_messages_are_forgotten, make),
		cmocka_unit_test_setup(a_revocation_without_answer_is_a_panic, make),
		cmocka_unit_test_setup(a_board_without_one_has_nothing_to_forget, make),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
