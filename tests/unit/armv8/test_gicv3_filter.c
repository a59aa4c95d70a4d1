/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The GICv3 filter on recorded registers. First single cases in words, then every offset and size for several sets of
 * owned interrupts against a model: what a guest reads, and which bits change, is exactly its own.
 */
#include "armv8/gicv3_model.h"

#include "arch/armv8/access.h"
#include "arch/armv8/exit.h"
#include "arch/cpu.h"
#include "host/host.h"
#include "plan/abi.h"

static uint64_t gicd_read(uint32_t offset, uint32_t size)
{
	struct attempt attempt = {.offset = offset, .size = size};

	return attempt_make(gicd, &attempt);
}

static void gicd_write(uint32_t offset, uint32_t size, uint64_t value)
{
	struct attempt attempt = {.value = value, .offset = offset, .size = size, .write = true};

	(void)attempt_make(gicd, &attempt);
}

static uint64_t gicr_read(uint32_t offset, uint32_t size)
{
	struct attempt attempt = {.offset = offset, .size = size};

	return attempt_make(gicr, &attempt);
}

static void gicr_write(uint32_t offset, uint32_t size, uint64_t value)
{
	struct attempt attempt = {.value = value, .offset = offset, .size = size, .write = true};

	(void)attempt_make(gicr, &attempt);
}

static void assert_one_write(uint64_t address, uint32_t size, uint64_t value)
{
	assert_int_equal(host_mmio_count(), 1);
	assert_true(host_mmio_access(0)->write);
	assert_int_equal(host_mmio_access(0)->address, address);
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
		assert_one_write(gicd->va + written[i] + 4u, 4, 0x100);
		gicd_write(written[i] + 8u, 4, UINT32_MAX);
		assert_one_write(gicd->va + written[i] + 8u, 4, 0x40);
		bytes_set(gicd->va + written[i] + 4u, UINT32_MAX, 4);
		assert_int_equal(gicd_read(written[i] + 4u, 4), 0x100);
	}
	bytes_set(gicd->va + IGROUPR + 4u, UINT32_MAX, 4);
	assert_int_equal(gicd_read(IGROUPR + 4u, 4), 0x100);
	gicd_write(IGROUPR + 4u, 4, 0);
	assert_no_write();
}

static void private_interrupts_are_not_in_the_distributor(void **state)
{
	(void)state;
	gicd_write(ISENABLER, 4, UINT32_MAX);
	assert_no_write();
	gicd_write(IPRIORITYR + 28u, 4, 0x20202020);
	assert_no_write();
	bytes_set(gicd->va + ISENABLER, UINT32_MAX, 4);
	assert_int_equal(gicd_read(ISENABLER, 4), 0);
	gicd_write(IROUTER + 27u * 8u, 8, 0);
	assert_no_write();
}

static void priorities_are_clamped_bytewise(void **state)
{
	(void)state;
	gicd_write(IPRIORITYR + 40u, 1, 0x00);
	assert_one_write(gicd->va + IPRIORITYR + 40u, 1, PRIORITY_FLOOR);
	gicd_write(IPRIORITYR + 40u, 1, 0x0f);
	assert_int_equal(host_mmio_access(0)->value & 0xf0u, PRIORITY_FLOOR);
	gicd_write(IPRIORITYR + 40u, 1, 0xf8);
	assert_one_write(gicd->va + IPRIORITYR + 40u, 1, 0xf8);
	gicd_write(IPRIORITYR + 41u, 1, 0x80);
	assert_no_write();
	gicd_write(IPRIORITYR + 40u, 4, 0x11223344); /* 41-43 are foreign */
	assert_one_write(gicd->va + IPRIORITYR + 40u, 1, 0x44);
	interrupt_give(41);
	interrupt_give(42);
	interrupt_give(43);
	gicd_write(IPRIORITYR + 40u, 4, 0x00a00120);
	assert_int_equal(host_mmio_access(0)->value & 0xf0f0f0f0u, 0x10a01020);
	bytes_set(gicd->va + IPRIORITYR + 40u, 0x91929394, 4);
	bytes_set(gicd->va + IPRIORITYR + 44u, 0xffffffff, 4);
	assert_int_equal(gicd_read(IPRIORITYR + 40u, 4), 0x91929394);
	assert_int_equal(gicd_read(IPRIORITYR + 42u, 1), 0x92);
	assert_int_equal(gicd_read(IPRIORITYR + 44u, 4), 0);
	assert_int_equal(gicd_read(IPRIORITYR + 40u, 2), 0);
}

static void every_priority_is_at_or_above_the_floor(void **state)
{
	(void)state;
	for (uint32_t value = 0; value < 0x100u; value++) {
		uint64_t written;

		gicd_write(IPRIORITYR + 40u, 1, value);
		written = host_mmio_access(0)->value;
		assert_true(written >= PRIORITY_FLOOR);
		assert_true((value < PRIORITY_FLOOR) || (written == value));
	}
}

static void triggers_are_read_only_and_masked(void **state)
{
	(void)state;
	bytes_set(gicd->va + ICFGR + 8u, UINT32_MAX, 4);
	assert_int_equal(gicd_read(ICFGR + 8u, 4), 0x3u << 16); /* 40 */
	gicd_write(ICFGR + 8u, 4, 0);
	assert_no_write();
}

static void routes_are_translated_both_ways(void **state)
{
	uint64_t at = gicd->va + IROUTER + 40u * 8u;

	(void)state;
	for (uint64_t number = 0; number < 3u; number++) {
		gicd_write(IROUTER + 40u * 8u, 8, number);
		assert_one_write(at, 8, fake_vcpus(plan)[number].route);
		gicd_write(IROUTER + 40u * 8u, 4, UINT64_C(0xabcdef00000000) + number); /* w, not x */
		assert_one_write(at, 8, fake_vcpus(plan)[number].route);
		bytes_set(at, fake_vcpus(plan)[number].route, 8);
		assert_int_equal(gicd_read(IROUTER + 40u * 8u, 8), number);
		assert_int_equal(gicd_read(IROUTER + 40u * 8u, 4), number);
	}
	gicd_write(IROUTER + 40u * 8u, 8, UINT64_C(0x80000000)); /* any core: the partition's first */
	assert_one_write(at, 8, 0x102);
	gicd_write(IROUTER + 40u * 8u, 8, 3); /* no such core */
	assert_no_write();
	gicd_write(IROUTER + 40u * 8u, 8, UINT64_C(0x100000001)); /* no such cluster */
	assert_no_write();
	gicd_write(IROUTER + 40u * 8u + 4u, 4, 0);
	assert_no_write();
	assert_int_equal(gicd_read(IROUTER + 40u * 8u + 4u, 4), 0);
	gicd_write(IROUTER + 41u * 8u, 8, 0); /* foreign */
	assert_no_write();
	bytes_set(gicd->va + IROUTER + 41u * 8u, 0x102, 8);
	assert_int_equal(gicd_read(IROUTER + 41u * 8u, 8), 0);
	bytes_set(at, 0x55, 8); /* routed to nobody of this partition */
	assert_int_equal(gicd_read(IROUTER + 40u * 8u, 8), 0);
}

/* Virtual cores from 16 on are in a second cluster: Aff1 = 1. */
static void a_second_cluster_is_kept_apart(void **state)
{
	static struct plan_vcpu many[18];

	(void)state;
	for (uint32_t i = 0; i < COUNT(many); i++) {
		many[i].virtual_id = (i % 16u) | ((i / 16u) << 8);
		many[i].route = 0x10000u + i;
	}
	arch_core_state()->vcpus = many;
	arch_core_state()->vcpu_count = COUNT(many);
	for (uint32_t i = 0; i < COUNT(many); i++) {
		gicd_write(IROUTER + 40u * 8u, 8, many[i].virtual_id);
		assert_one_write(gicd->va + IROUTER + 40u * 8u, 8, many[i].route);
		bytes_set(gicd->va + IROUTER + 40u * 8u, many[i].route, 8);
		assert_int_equal(gicd_read(IROUTER + 40u * 8u, 8), many[i].virtual_id);
	}
	gicd_write(IROUTER + 40u * 8u, 8, 16);
	assert_no_write();
	gicd_write(IROUTER + 40u * 8u, 8, 0x102);
	assert_no_write();
	gicd_write(IROUTER + 40u * 8u, 8, 0x10001);
	assert_no_write();
}

static void the_distributor_tells_no_more_than_it_should(void **state)
{
	(void)state;
	memset(host_mmio_bytes(gicd->va), 0xff, REGISTERS_SIZE);
	assert_int_equal(gicd_read(GICD_CTLR, 4), 0x80000052);
	/* no ESPI (8, 31:27), NMI (9), LPIs (15:11), MBIS (16), LPIS (17), DVIS (18) */
	assert_int_equal(gicd_read(GICD_TYPER, 4), 0x07f804ff);
	assert_int_equal(gicd_read(GICD_IIDR, 4), UINT32_MAX);
	for (uint32_t offset = 0xcu; offset < IGROUPR; offset += 4u) { /* TYPER2, SETSPI, ... */
		assert_int_equal(gicd_read(offset, 4), 0);
	}
	for (uint32_t offset = 0xd00u; offset < IROUTER; offset += 4u) { /* IGRPMODR, NSACR, SGIR, extended SPIs */
		assert_int_equal(gicd_read(offset, 4), 0);
	}
	assert_int_equal(gicd_read(0xffe8u, 4), UINT32_MAX); /* PIDR2 */
}

static void the_rest_of_the_distributor_is_not_written(void **state)
{
	static const uint32_t offsets[] = {GICD_CTLR, 0x40, 0x48, 0x50, 0x58, 0xd04, 0xe00, 0xf00, 0x1000, 0x8000, IDS};

	(void)state;
	for (size_t i = 0; i < COUNT(offsets); i++) {
		gicd_write(offsets[i], 4, UINT32_MAX);
		assert_no_write();
		gicd_write(offsets[i] & ~7u, 8, UINT64_MAX);
		assert_no_write();
	}
}

static void redistributors_are_told_apart(void **state)
{
	(void)state;
	for (uint32_t number = 0; number < 3u; number++) {
		uint32_t frame = number * GICR_SIZE;
		uint64_t typer = ((uint64_t)number << 32) | (number << 8) | ((number == 2u) ? 0x10u : 0u);

		assert_int_equal(gicr_read(frame + GICR_TYPER, 8), typer);
		assert_int_equal(gicr_read(frame + GICR_TYPER, 4), (uint32_t)typer);
		assert_int_equal(gicr_read(frame + GICR_TYPER + 4u, 4), number);
		gicr_write(frame + SGI_BASE + ISENABLER, 4, UINT32_MAX);
		assert_one_write(gicr->va + frame + SGI_BASE + ISENABLER, 4, 0x4800ffff);
	}
}

static void a_redistributor_is_awake_and_has_no_lpis(void **state)
{
	(void)state;
	memset(host_mmio_bytes(gicr->va), 0xff, GICR_SIZE);
	assert_int_equal(gicr_read(0x14, 4), 0);                    /* WAKER */
	for (uint32_t offset = 0x40u; offset < IDS; offset += 8u) { /* SETLPIR, PROPBASER, PENDBASER, INVLPIR, ... */
		assert_int_equal(gicr_read(offset, 8), 0);
		gicr_write(offset, 8, UINT64_MAX);
		assert_no_write();
	}
	assert_int_equal(gicr_read(0, 4), 0x80000008); /* CTLR: UWP, RWP; no EnableLPIs, CES, IR */
	gicr_write(0, 4, 1);
	assert_no_write();
	gicr_write(0x14, 4, 2);
	assert_no_write();
}

/* ---- against the model ---- */

/* A value that may hit: small numbers for routes, all ones, anything. */
static uint64_t random_value(void)
{
	uint64_t kind = random_next() % 4u;

	return (kind == 0u)   ? random_next() % 4u
	       : (kind == 1u) ? UINT64_MAX
	       : (kind == 2u) ? UINT64_C(0x80000000)
			      : random_next();
}

static void sweep(const struct plan_filter *filter, uint64_t size_of_all, bool write)
{
	for (uint32_t offset = 0; offset < size_of_all; offset++) {
		for (uint32_t size = 1; size <= 8u; size *= 2u) {
			struct attempt attempt = {
				.value = random_value(), .offset = offset, .size = size, .write = write};

			model_check_access(filter, &attempt);
		}
	}
}

/* Owned sets: none, all, every second, one, a random tenth, random halves. */
static void set_make(uint32_t kind)
{
	memset(own->interrupt_mask, 0, sizeof(own->interrupt_mask));
	for (uint32_t id = 0; id < 1020u; id++) {
		bool give = (kind == 0u)   ? false
			    : (kind == 1u) ? true
			    : (kind == 2u) ? (id % 2u) != 0u
			    : (kind == 3u) ? id == 511u
			    : (kind == 4u) ? (random_next() % 10u) == 0u
					   : (random_next() % 2u) == 0u;

		if (give) {
			interrupt_give(id);
		}
	}
}

static void the_distributor_changes_and_tells_exactly_what_is_owned(void **state)
{
	(void)state;
	for (uint32_t kind = 0; kind < 7u; kind++) {
		set_make(kind);
		registers_randomise();
		sweep(gicd, REGISTERS_SIZE, false);
		sweep(gicd, REGISTERS_SIZE, true);
	}
}

static void redistributors_change_and_tell_exactly_what_is_owned(void **state)
{
	(void)state;
	for (uint32_t kind = 0; kind < 6u; kind += 2u) {
		set_make(kind);
		registers_randomise();
		sweep(gicr, own->vcpu_count * GICR_SIZE, false);
		sweep(gicr, own->vcpu_count * GICR_SIZE, true);
	}
}

static void nothing_answers_outside_the_frames(void **state)
{
	const uint64_t outside[] = {
		0, gicd->base - 1u, gicd->base + gicd->size, gicr->base - 1u, gicr->base + gicr->size, UINT64_MAX};

	(void)state;
	for (size_t i = 0; i < COUNT(outside); i++) {
		uint64_t value = 0x77;

		assert_int_equal(gic_access(&value, HOW_SIZE(2), outside[i]), TRANSFER_UNFINISHED);
		assert_int_equal(value, 0x77);
	}
	assert_int_equal(host_mmio_count(), 0);
	assert_int_equal(arch_core_state()->exits[EXIT_GICD] + arch_core_state()->exits[EXIT_GICR], 0);
}

static void exits_are_counted_by_frame(void **state)
{
	(void)state;
	gicd_write(GICD_CTLR, 4, 0);
	(void)gicd_read(ISENABLER + 1u, 4); /* misaligned ones too */
	(void)gicr_read(0, 4);
	assert_int_equal(arch_core_state()->exits[EXIT_GICD], 2);
	assert_int_equal(arch_core_state()->exits[EXIT_GICR], 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(own_bits_pass_foreign_ones_do_not, frames_make),
		cmocka_unit_test_setup(private_interrupts_are_not_in_the_distributor, frames_make),
		cmocka_unit_test_setup(priorities_are_clamped_bytewise, frames_make),
		cmocka_unit_test_setup(every_priority_is_at_or_above_the_floor, frames_make),
		cmocka_unit_test_setup(triggers_are_read_only_and_masked, frames_make),
		cmocka_unit_test_setup(routes_are_translated_both_ways, frames_make),
		cmocka_unit_test_setup(a_second_cluster_is_kept_apart, frames_make),
		cmocka_unit_test_setup(the_distributor_tells_no_more_than_it_should, frames_make),
		cmocka_unit_test_setup(the_rest_of_the_distributor_is_not_written, frames_make),
		cmocka_unit_test_setup(redistributors_are_told_apart, frames_make),
		cmocka_unit_test_setup(a_redistributor_is_awake_and_has_no_lpis, frames_make),
		cmocka_unit_test_setup(nothing_answers_outside_the_frames, frames_make),
		cmocka_unit_test_setup(exits_are_counted_by_frame, frames_make),
		cmocka_unit_test_setup(the_distributor_changes_and_tells_exactly_what_is_owned, frames_make),
		cmocka_unit_test_setup(redistributors_change_and_tell_exactly_what_is_owned, frames_make),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
