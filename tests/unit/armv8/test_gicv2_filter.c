/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The GICv2 filter on recorded registers: cases in words, then every offset and size against what a guest must not do,
 * namely change or see a byte of an interrupt that is not its own, or name a CPU interface of another partition.
 */
#include "test.h"

#include "arch/armv8/access.h"
#include "arch/armv8/exit.h"
#include "arch/cpu.h"
#include "fake/fake.h"
#include "host/host.h"
#include "plan/abi.h"
#include "plan/view.h"

#define REGISTERS_SIZE 0x1000u
#define PRIORITY_FLOOR 0x10u
#define SGIS 0xffffu

#define CTLR 0x0u
#define TYPER 0x4u
#define IIDR 0x8u
#define IGROUPR 0x80u
#define ISENABLER 0x100u
#define ICENABLER 0x180u
#define ISPENDR 0x200u
#define ICPENDR 0x280u
#define ISACTIVER 0x300u
#define ICACTIVER 0x380u
#define IPRIORITYR 0x400u
#define ITARGETSR 0x800u
#define ICFGR 0xc00u
#define SGIR 0xf00u
#define CPENDSGIR 0xf10u
#define SPENDSGIR 0xf20u
#define IDS 0xfd0u

static struct plan_header *plan;
static struct plan_partition *own; /* alpha: three cores, on CPU interfaces 4, 0 and 6 */
static const struct plan_filter *gicd;
static const uint8_t interfaces[] = {0x10, 0x01, 0x40};

static int fresh(void **state)
{
	struct plan_filter *filter;

	(void)state;
	plan = fake_plan_make(&fake_shape_three);
	plan->gic = PLAN_GIC_V2;
	own = &fake_partitions(plan)[0];
	own->filter_count = 1;
	filter = &fake_filters(plan)[0];
	filter->size = REGISTERS_SIZE;
	gicd = filter;
	for (uint32_t i = 0; i < 3u; i++) {
		fake_vcpus(plan)[i].route = interfaces[i];
		fake_vcpus(plan)[i].sgi_target = interfaces[i];
	}
	host_reset();
	host_mmio_make(gicd->va, REGISTERS_SIZE);
	host_core_make(plan, 1); /* virtual core 1 */
	return 0;
}

static void bytes_set(uint32_t offset, uint64_t value, uint32_t size)
{
	memcpy(host_mmio_bytes(gicd->va + offset), &value, size);
}

static uint64_t gicd_read(uint32_t offset, uint32_t size)
{
	uint64_t value = 0x5555;

	host_mmio_forget();
	assert_int_equal(gic_access(&value, HOW_SIZE((uint32_t)__builtin_ctz(size)), gicd->base + offset),
			 TRANSFER_READ);
	return value;
}

static void gicd_write(uint32_t offset, uint32_t size, uint64_t value)
{
	host_mmio_forget();
	assert_int_equal(gic_access(&value, HOW_SIZE((uint32_t)__builtin_ctz(size)) | HOW_WRITE, gicd->base + offset),
			 TRANSFER_WRITTEN);
}

static void assert_one_write(uint32_t offset, uint32_t size, uint64_t value)
{
	assert_int_equal(host_mmio_count(), 1);
	assert_true(host_mmio_access(0)->write);
	assert_int_equal(host_mmio_access(0)->address, gicd->va + offset);
	assert_int_equal(host_mmio_access(0)->size, size);
	assert_int_equal(host_mmio_access(0)->value, value);
}

static void assert_no_write(void)
{
	for (uint32_t i = 0; i < host_mmio_count(); i++) {
		assert_false(host_mmio_access(i)->write);
	}
}

/* ---- in words ---- */

static void own_bits_pass_foreign_ones_do_not(void **state)
{
	static const uint32_t written[] = {ISENABLER, ICENABLER, ISPENDR, ICPENDR, ISACTIVER, ICACTIVER};

	(void)state;
	for (size_t i = 0; i < COUNT(written); i++) { /* alpha owns 40 and 70 */
		gicd_write(written[i] + 4u, 4, UINT32_MAX);
		assert_one_write(written[i] + 4u, 4, 0x100);
		bytes_set(written[i] + 8u, UINT32_MAX, 4);
		assert_int_equal(gicd_read(written[i] + 8u, 4), 0x40);
		gicd_write(written[i] + 1u, 4, UINT32_MAX); /* misaligned */
		assert_no_write();
		gicd_write(written[i] + 4u, 8, UINT32_MAX);
		assert_no_write();
	}
	gicd_write(IGROUPR + 4u, 4, 0);
	assert_no_write();
}

static void private_bits_are_the_cores_own(void **state)
{
	(void)state;
	gicd_write(ISENABLER, 4, UINT32_MAX);
	assert_one_write(ISENABLER, 4, own->interrupt_mask[0]);
	gicd_write(ICENABLER, 4, UINT32_MAX); /* SGIs stay enabled: a kick needs no consent */
	assert_one_write(ICENABLER, 4, own->interrupt_mask[0] & ~SGIS);
	bytes_set(ICENABLER, UINT32_MAX, 4);
	assert_int_equal(gicd_read(ICENABLER, 4), own->interrupt_mask[0]);
	gicd_write(ICPENDR, 4, UINT32_MAX);
	assert_one_write(ICPENDR, 4, own->interrupt_mask[0]);
}

static void priorities_are_clamped_bytewise(void **state)
{
	(void)state;
	gicd_write(IPRIORITYR + 40u, 1, 0);
	assert_one_write(IPRIORITYR + 40u, 1, PRIORITY_FLOOR);
	gicd_write(IPRIORITYR + 40u, 4, 0x11223344); /* 41-43 are foreign */
	assert_one_write(IPRIORITYR + 40u, 1, 0x44);
	gicd_write(IPRIORITYR + 41u, 1, 0x80);
	assert_no_write();
	gicd_write(IPRIORITYR, 4, 0); /* SGIs: all of them the guest's, the kick's too */
	assert_one_write(IPRIORITYR, 4, 0x10101010);
}

static void targets_are_translated_both_ways(void **state)
{
	(void)state;
	gicd_write(ITARGETSR + 40u, 1, 0x5); /* virtual cores 0 and 2 */
	assert_one_write(ITARGETSR + 40u, 1, 0x50);
	gicd_write(ITARGETSR + 40u, 1, 0xf8); /* nobody */
	assert_one_write(ITARGETSR + 40u, 1, 0);
	gicd_write(ITARGETSR + 40u, 4, 0x07070702); /* 41-43 are foreign */
	assert_one_write(ITARGETSR + 40u, 1, 0x01);
	gicd_write(ITARGETSR + 41u, 1, 0x1);
	assert_no_write();
	gicd_write(ITARGETSR + 39u, 4, 0x07070707); /* misaligned: nothing there */
	assert_no_write();
	bytes_set(ITARGETSR + 40u, 0xffffff43, 4); /* 0x02 is another partition's interface */
	assert_int_equal(gicd_read(ITARGETSR + 40u, 4), 0x06);
	assert_int_equal(gicd_read(ITARGETSR + 40u, 1), 0x06);
	assert_int_equal(gicd_read(ITARGETSR + 40u, 2), 0);
	assert_int_equal(gicd_read(ITARGETSR + 42u, 4), 0);
}

static void a_core_reads_its_number_in_the_private_targets(void **state)
{
	(void)state;
	bytes_set(ITARGETSR, 0x10101010, 4);
	assert_int_equal(gicd_read(ITARGETSR, 4), 0x01010101);
	gicd_write(ITARGETSR, 4, UINT32_MAX);
	assert_no_write();
}

static void sgis_go_to_the_partition_only(void **state)
{
	(void)state;
	gicd_write(SGIR, 4, 0x00070003); /* all three cores */
	assert_one_write(SGIR, 4, 0x00510003);
	gicd_write(SGIR, 4, 0x00ff800f); /* and five that do not exist; NSATT is not a guest's */
	assert_one_write(SGIR, 4, 0x0051000f);
	gicd_write(SGIR, 4, 0x00f80001);
	assert_no_write();
	gicd_write(SGIR, 4, 0x01000002); /* all but the sender */
	assert_one_write(SGIR, 4, 0x00500002);
	gicd_write(SGIR, 4, 0x02ff0002); /* the sender */
	assert_one_write(SGIR, 4, 0x00010002);
	gicd_write(SGIR, 4, 0x03ff0002); /* reserved */
	assert_no_write();
	gicd_write(SGIR, 2, 0x02000000);
	assert_no_write();
	gicd_write(SGIR, 8, 0x00070003);
	assert_no_write();
	assert_int_equal(gicd_read(SGIR, 4), 0); /* write-only */
}

static void pending_sgis_have_virtual_sources(void **state)
{
	(void)state;
	for (uint32_t base = CPENDSGIR; base <= SPENDSGIR; base += SPENDSGIR - CPENDSGIR) {
		bytes_set(base + 4u, 0xff401002, 4); /* SGIs 4 to 7 */
		assert_int_equal(gicd_read(base + 4u, 4), 0x07040100);
		gicd_write(base + 5u, 1, 0x82);
		assert_one_write(base + 5u, 1, 0x01);
	}
}

static void the_controller_is_as_large_as_the_partition(void **state)
{
	(void)state;
	bytes_set(TYPER, 0xfffffce4, 4); /* 8 cores, security extension, 160 lines */
	assert_int_equal(gicd_read(TYPER, 4), 0x444);
	bytes_set(CTLR, 0xfffffff0, 4);
	assert_int_equal(gicd_read(CTLR, 4), 1);
	gicd_write(CTLR, 4, 0);
	assert_no_write();
	bytes_set(IIDR, 0x0200143b, 4);
	assert_int_equal(gicd_read(IIDR, 4), 0x0200143b);
	bytes_set(IDS + 0x18u, 0x2b, 4);
	assert_int_equal(gicd_read(IDS + 0x18u, 4), 0x2b);
	assert_int_equal(gicd_read(IDS + 0x19u, 4), 0);
	assert_int_equal(gicd_read(0xe00u, 4), 0); /* NSACR */
}

static void triggers_are_read_only_and_masked(void **state)
{
	(void)state;
	bytes_set(ICFGR + 8u, UINT32_MAX, 4);
	assert_int_equal(gicd_read(ICFGR + 8u, 4), 0x3u << 16); /* 40 */
	gicd_write(ICFGR + 8u, 4, 0);
	assert_no_write();
}

static void exits_are_counted_by_kind(void **state)
{
	uint64_t value = 0;

	(void)state;
	gicd_write(SGIR, 4, 0x00010000);
	(void)gicd_read(SGIR, 4);
	(void)gicd_read(TYPER, 4);
	assert_int_equal(arch_core_state()->exits[EXIT_SGI], 1);
	assert_int_equal(arch_core_state()->exits[EXIT_GICD], 2);
	assert_int_equal(gic_access(&value, HOW_SIZE(2), gicd->base + REGISTERS_SIZE), TRANSFER_UNFINISHED);
	assert_int_equal(gic_access(&value, HOW_SIZE(2), gicd->base - 4u), TRANSFER_UNFINISHED);
}

/* ---- everywhere ---- */

/* Whether a write of `value` to `size` bytes at `at` leaves foreign interrupts and foreign cores alone. */
static bool is_harmless(uint32_t at, uint32_t size, uint64_t value)
{
	bool harmless = true;

	for (uint32_t i = 0; i < size; i++) {
		uint32_t offset = at + i;
		uint32_t byte = (uint32_t)(value >> (8u * i)) & 0xffu;

		if (offset >= ISENABLER && offset < IPRIORITYR) {
			for (uint32_t bit = 0; bit < 8u; bit++) {
				uint32_t id = (offset % 0x80u) * 8u + bit;

				harmless = harmless && (((byte >> bit) & 1u) == 0u || plan_owns_interrupt(own, id));
			}
		} else if (offset >= IPRIORITYR && offset < ITARGETSR) {
			harmless = harmless && plan_owns_interrupt(own, offset - IPRIORITYR) && byte >= PRIORITY_FLOOR;
		} else if (offset >= ITARGETSR + 32u && offset < ICFGR) {
			harmless = harmless && plan_owns_interrupt(own, offset - ITARGETSR) && (byte & ~0x51u) == 0u;
		} else if (offset == SGIR + 2u) {
			harmless = harmless && (byte & ~0x51u) == 0u;
		} else if (offset == SGIR || offset == SGIR + 1u || offset == SGIR + 3u) {
			harmless = harmless && (offset == SGIR || byte == 0u);
		} else if (offset >= CPENDSGIR && offset < SPENDSGIR + 16u) {
			harmless = harmless && (byte & ~0x51u) == 0u;
		} else {
			harmless = false; /* fixed at boot, or nothing */
		}
	}
	return harmless;
}

static void no_write_does_harm_anywhere(void **state)
{
	static const uint64_t values[] = {0, UINT64_MAX, UINT64_C(0x0102040810204080), UINT64_C(0xa5a5a5a55a5a5a5a)};

	(void)state;
	for (uint32_t offset = 0; offset < REGISTERS_SIZE; offset++) {
		for (uint32_t size = 1; size <= 8u; size *= 2u) {
			for (size_t i = 0; i < COUNT(values) && offset + size <= REGISTERS_SIZE; i++) {
				gicd_write(offset, size, values[i]);
				for (uint32_t j = 0; j < host_mmio_count(); j++) {
					const struct host_access *access = host_mmio_access(j);

					assert_int_equal(access->address % access->size, 0);
					if (access->write)
						assert_true(is_harmless((uint32_t)(access->address - gicd->va),
									access->size, access->value));
				}
			}
		}
	}
}

/* Registers full of ones: what shows is the partition's own bits, priorities, triggers and cores, and identification. */
static void nothing_foreign_shows_anywhere(void **state)
{
	(void)state;
	memset(host_mmio_bytes(gicd->va), 0xff, REGISTERS_SIZE);
	for (uint32_t offset = IGROUPR; offset < IDS; offset += 4u) {
		uint64_t value = gicd_read(offset, 4);

		for (uint32_t i = 0; i < 4u; i++) {
			uint32_t at = offset + i, byte = (uint32_t)(value >> (8u * i)) & 0xffu, seen = 0;

			for (uint32_t bit = 0; bit < 8u && at < IPRIORITYR; bit++)
				seen |= plan_owns_interrupt(own, (at % 0x80u) * 8u + bit) ? 1u << bit : 0u;
			if (at >= IPRIORITYR && at < ITARGETSR)
				seen = plan_owns_interrupt(own, at - IPRIORITYR) ? 0xffu : 0u;
			else if (at >= ITARGETSR && at < ICFGR)
				seen = plan_owns_interrupt(own, at - ITARGETSR) ? 0x7u : 0u;
			for (uint32_t bit = 0; bit < 4u && at >= ICFGR && at < ICFGR + 0x100u; bit++)
				seen |= plan_owns_interrupt(own, (at - ICFGR) * 4u + bit) ? 3u << (2u * bit) : 0u;
			if (at >= CPENDSGIR && at < SPENDSGIR + 16u)
				seen = 0x7u;
			assert_int_equal(byte, seen);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(own_bits_pass_foreign_ones_do_not, fresh),
		cmocka_unit_test_setup(private_bits_are_the_cores_own, fresh),
		cmocka_unit_test_setup(priorities_are_clamped_bytewise, fresh),
		cmocka_unit_test_setup(targets_are_translated_both_ways, fresh),
		cmocka_unit_test_setup(a_core_reads_its_number_in_the_private_targets, fresh),
		cmocka_unit_test_setup(sgis_go_to_the_partition_only, fresh),
		cmocka_unit_test_setup(pending_sgis_have_virtual_sources, fresh),
		cmocka_unit_test_setup(the_controller_is_as_large_as_the_partition, fresh),
		cmocka_unit_test_setup(triggers_are_read_only_and_masked, fresh),
		cmocka_unit_test_setup(exits_are_counted_by_kind, fresh),
		cmocka_unit_test_setup(no_write_does_harm_anywhere, fresh),
		cmocka_unit_test_setup(nothing_foreign_shows_anywhere, fresh),
	};

	return cmocka_run_group_tests_name("gicv2_filter", tests, NULL, NULL);
}
