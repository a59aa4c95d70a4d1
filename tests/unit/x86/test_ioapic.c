/* SPDX-License-Identifier: Apache-2.0 */
/* The filter of the I/O APIC: whatever a guest writes, only its own pins, and to its own cores. */
#include "host.h"

#include "arch/x86/apic.h"
#include "arch/x86/ioapic_filter.h"

static uint32_t hardware[256];

/* ---- what the filter calls ---- */

uint32_t ioapic_read(uint32_t index)
{
	return hardware[index];
}

void ioapic_guest_write(const struct plan_partition *owner, uint32_t pin, uint32_t low, uint32_t high)
{
	assert_ptr_equal(owner, &partition);
	hardware[0x10u + (2u * pin)] = low;
	hardware[0x11u + (2u * pin)] = high;
}

static int make(void **state)
{
	(void)state;
	host_make();
	core.row = vcpus[1].core;
	core.vcpu = &vcpus[1];
	for (uint32_t i = 0; i < COUNT(hardware); i++) {
		hardware[i] = 0xdead0000u | i;
	}
	ioapic_filter_reset(&partition);
	return 0;
}

/* ---- tests ---- */

static void pin_write(uint32_t pin, uint32_t half, uint32_t value)
{
	ioapic_filter_write(0x00, 0x10u + (2u * pin) + half);
	ioapic_filter_write(0x10, value);
}

static uint32_t index_read(uint32_t index)
{
	ioapic_filter_write(0x00, index);
	return ioapic_filter_read(0x10);
}

static void an_own_pin_reaches_own_cores_alone(void **state)
{
	(void)state;
	for (uint32_t destination = 0; destination < 256u; destination++) {
		bool own = (destination == 4u) || (destination == 5u) || (destination == 21u);

		for (uint32_t low = 0; low < 0x20000u; low += 0x100u) {
			bool plain = ((low & 0x600u) == 0u) && ((low & 0x800u) == 0u);

			/* in either order of the halves: the last one decides */
			if ((low & 0x100u) != 0u) {
				pin_write(9, 1, destination << 24);
				pin_write(9, 0, low | 0x31u);
			} else {
				pin_write(9, 0, low | 0x31u);
				pin_write(9, 1, destination << 24);
			}
			if (own && plain) {
				assert_int_equal(hardware[0x22], (low & ~0x5000u) | 0x31u);
				assert_int_equal(hardware[0x23], destination << 24);
			} else {
				assert_int_equal(hardware[0x22], IOAPIC_PIN_MASKED);
			}
			assert_int_equal(index_read(0x23), destination << 24);
			assert_int_equal(index_read(0x22) & ~0x5000u, (low | 0x31u) & ~0x5000u);
		}
	}
}

/* Beside its destination an entry may have more of one, or the number of a remapping entry: never a guest's. */
static void bits_without_a_meaning_stay_out(void **state)
{
	(void)state;
	pin_write(9, 0, 0xfffef0ffu);
	pin_write(9, 1, 0x04ffffffu);
	assert_int_equal(hardware[0x22], 0xa0ffu);
	assert_int_equal(hardware[0x23], 0x04000000u);
	assert_int_equal(index_read(0x23), 0x04ffffffu);
}

static void others_pins_stay_as_they_are(void **state)
{
	(void)state;
	for (uint32_t pin = 0; pin < 120u; pin++) {
		if ((pin != 4u) && (pin != 9u)) {
			pin_write(pin, 0, 0x31u);
			pin_write(pin, 1, 5u << 24);
			assert_int_equal(hardware[0x10u + (2u * pin)], 0xdead0000u | (0x10u + (2u * pin)));
			assert_int_equal(hardware[0x11u + (2u * pin)], 0xdead0000u | (0x11u + (2u * pin)));
			assert_int_equal(index_read(0x10u + (2u * pin)), (pin < 10u) ? IOAPIC_PIN_MASKED : 0u);
			assert_int_equal(index_read(0x11u + (2u * pin)), 0);
		}
	}
}

/* Its own ones as after reset, and nobody else's. */
static void a_partition_that_starts_finds_its_pins_masked(void **state)
{
	struct plan_partition other = {.interrupt_mask = {0, 1u << 4}};

	(void)state;
	pin_write(9, 0, 0x31u);
	pin_write(9, 1, 5u << 24);
	ioapic_filter_reset(&other);
	assert_int_equal(index_read(0x22) & ~0x5000u, 0x31u);
	ioapic_filter_reset(&partition);
	assert_int_equal(index_read(0x22) & ~0x5000u, IOAPIC_PIN_MASKED);
	assert_int_equal(index_read(0x23), 0);
}

/* A plan that gave it away would be refused; the filter does not rely on that. */
static void pins_that_are_not_there_are_nobodys(void **state)
{
	(void)state;
	partition.interrupt_mask[1] |= UINT32_C(1) << 10;
	pin_write(10, 0, 0x31u);
	assert_int_equal(hardware[0x24], 0xdead0024u);
	assert_int_equal(index_read(0x24), 0);
}

static void the_rest_is_a_plain_controller(void **state)
{
	(void)state;
	ioapic_filter_write(0x00, 0x101u);
	assert_int_equal(ioapic_filter_read(0x00), 1);
	assert_int_equal(ioapic_filter_read(0x10), 0x90011u); /* 10 pins, and no EOI register */
	ioapic_filter_write(0x40, 0x31u);
	ioapic_filter_write(0x10, 0xffffffffu);
	assert_int_equal(index_read(0), 0);
	assert_int_equal(ioapic_filter_read(0x20), 0);
	for (uint32_t i = 0; i < COUNT(hardware); i++) {
		assert_int_equal(hardware[i], 0xdead0000u | i);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(an_own_pin_reaches_own_cores_alone, make),
		cmocka_unit_test_setup(bits_without_a_meaning_stay_out, make),
		cmocka_unit_test_setup(others_pins_stay_as_they_are, make),
		cmocka_unit_test_setup(a_partition_that_starts_finds_its_pins_masked, make),
		cmocka_unit_test_setup(pins_that_are_not_there_are_nobodys, make),
		cmocka_unit_test_setup(the_rest_is_a_plain_controller, make),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
