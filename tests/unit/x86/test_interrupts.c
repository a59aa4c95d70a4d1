/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The interrupt controllers themselves: the I/O APIC that all cores share, what stays of a partition's interrupts when
 * it ends, and a local APIC that is parked. Not here: what guests write (test_icr.c, test_ioapic.c).
 */
#include "host.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

#include "arch/cpu.h"
#include "arch/interrupts.h"
#include "arch/stage2.h"
#include "arch/x86/apic.h"
#include "arch/x86/icr.h"
#include "arch/x86/iommu.h"
#include "arch/x86/machine.h"
#include "arch/x86/pci.h"
#include "arch/x86/trap.h"

#define REGISTERS UINT64_C(0xffc00000)
#define PINS 24u
#define SPINS_MOST 100000u /* of a lock that somebody holds for two accesses */
#define MASKED 0x10000u

static uint32_t hardware[256];
static uint32_t index_register;
static _Atomic uint32_t spins;
static uint8_t pics[0x100];
static uint64_t msrs[0x1000]; /* of the local APIC, and below */
static uint64_t bases[3];     /* written to APIC_BASE */
static uint32_t base_count;
static uint32_t quieted, forgotten; /* PCI functions, and translations of an IOMMU */
static uint32_t drained, parked, waited;
static uint64_t roots[HOST_ROOTS];
static void (*between)(void); /* happens between an access to the index and one to the data */

/* ---- what they call ---- */

void mmio_write32(uint64_t address, uint32_t value)
{
	if (address == REGISTERS) {
		index_register = value;
		if (between != NULL) {
			between();
		}
	} else {
		assert_int_equal(address, REGISTERS + 0x10u);
		hardware[index_register & 0xffu] = value;
	}
}

uint32_t mmio_read32(uint64_t address)
{
	assert_int_equal(address, REGISTERS + 0x10u);
	return hardware[index_register & 0xffu];
}

void port_write8(uint16_t port, uint8_t value)
{
	assert_in_range(port, 0, sizeof(pics) - 1u);
	pics[port] = value;
}

void pci_quiet(void)
{
	quieted++;
}

void iommu_revoke(const struct plan_header *header, const struct plan_partition *revoked)
{
	assert_ptr_equal(header, &plan.header);
	assert_int_equal(*(uint64_t *)(uintptr_t)plan.roots[revoked->root_first].address, 0); /* cleared before */
	forgotten++;
}

void arch_relax(void)
{
	if (atomic_fetch_add(&spins, 1u) > SPINS_MOST) {
		abort(); /* nobody lets go of the lock */
	}
	sched_yield();
}

uint64_t msr_read(uint32_t number)
{
	assert_in_range(number, 0, COUNT(msrs) - 1u);
	return msrs[number];
}

void msr_write(uint32_t number, uint64_t value)
{
	assert_in_range(number, 0, COUNT(msrs) - 1u);
	msrs[number] = value;
	if (number == MSR_APIC_BASE) {
		assert_in_range(base_count, 0, COUNT(bases) - 1u);
		bases[base_count] = value;
		base_count++;
	}
	if (number == MSR_X2APIC_EOI) {
		msrs[MSR_X2APIC_ISR] &= msrs[MSR_X2APIC_ISR] - 1u;
	}
}

bool machine_has_gif(void)
{
	return true;
}

void trap_drain(bool has_gif)
{
	assert_true(has_gif);
	drained++;
	msrs[MSR_X2APIC_IRR + 7u] &= msrs[MSR_X2APIC_IRR + 7u] - 1u;
}

void trap_wait_nmi(bool has_gif)
{
	assert_true(has_gif);
	assert_int_equal(parked, 1); /* looked at before the sleep */
	waited++;
}

void icr_parked(void)
{
	parked++;
}

static int make(void **state)
{
	(void)state;
	host_make();
	plan.x86.ioapic_va = REGISTERS;
	for (uint32_t i = 0; i < HOST_ROOTS; i++) {
		roots[i] = 0x5000u + i;
		plan.roots[i].address = (uintptr_t)&roots[i];
	}
	partition.root_first = 1;
	partition.root_count = 2;
	for (uint32_t i = 0; i < COUNT(hardware); i++) {
		hardware[i] = 0x31u + i;
	}
	hardware[IOAPIC_VERSION] = ((PINS - 1u) << 16) | 0x20u;
	memset(pics, 0, sizeof(pics));
	memset(msrs, 0, sizeof(msrs));
	between = NULL;
	spins = drained = parked = waited = quieted = forgotten = 0;
	return 0;
}

static bool is_masked(uint32_t pin)
{
	return (hardware[0x10u + (2u * pin)] == MASKED) && (hardware[0x11u + (2u * pin)] == 0u);
}

/* ---- I/O APIC ---- */

static void boot_masks_everything(void **state)
{
	(void)state;
	arch_interrupts_init(&plan.header);
	for (uint32_t pin = 0; pin < PINS; pin++) {
		assert_true(is_masked(pin));
	}
	assert_int_equal(pics[0x21], 0xff);
	assert_int_equal(pics[0xa1], 0xff);
}

static void an_end_masks_own_pins_alone(void **state)
{
	(void)state;
	arch_interrupts_clear(&plan.header, &partition);
	assert_int_equal(quieted, 1);
	for (uint32_t pin = 0; pin < PINS; pin++) {
		assert_int_equal(is_masked(pin), (pin == 4u) || (pin == 9u));
		if (!is_masked(pin)) {
			assert_int_equal(hardware[0x10u + (2u * pin)], 0x41u + (2u * pin));
		}
	}
}

/* Another core has ended the partition and masks its pins, or has: an access that was on its way changes nothing. */
static void a_revoked_partition_writes_nothing(void **state)
{
	(void)state;
	ioapic_guest_write(&partition, 4, 0x77u, 0x5000000u);
	assert_int_equal(hardware[0x18], 0x77);
	assert_int_equal(hardware[0x19], 0x5000000u);
	arch_stage2_revoke(&plan.header, &partition);
	ioapic_guest_write(&partition, 4, 0x88u, 0x4000000u);
	assert_int_equal(hardware[0x18], 0x77);
	assert_int_equal(hardware[0x19], 0x5000000u);
	ioapic_write(0x18, 0x99u); /* nobody holds the lock */
	assert_int_equal(hardware[0x18], 0x99);
}

static void a_revocation_takes_own_roots(void **state)
{
	(void)state;
	arch_stage2_revoke(&plan.header, &partition);
	assert_int_equal(forgotten, 1);
	assert_int_equal(roots[0], 0x5000);
	assert_int_equal(roots[1], 0);
	assert_int_equal(roots[2], 0);
}

/* ---- two cores at once ---- */

static _Atomic bool is_done;
static pthread_t other;

static void *other_core(void *unused)
{
	(void)unused;
	assert_int_equal(ioapic_read(0x20), 0x51);
	ioapic_write(0x22, 0x1234u);
	ioapic_guest_write(&partition, 10, 0x5678u, 0x9abcu);
	atomic_store(&is_done, true);
	return NULL;
}

/* The other core comes now: it must wait, or it has its way at once. */
static void other_comes(void)
{
	between = NULL;
	assert_int_equal(pthread_create(&other, NULL, other_core, NULL), 0);
	while ((atomic_load(&spins) == 0u) && !atomic_load(&is_done)) {
		sched_yield();
	}
}

static void other_leaves(void)
{
	assert_int_equal(pthread_join(other, NULL), 0);
	assert_int_equal(hardware[0x22], 0x1234);
	assert_int_equal(hardware[0x24], 0x5678);
	assert_int_equal(hardware[0x25], 0x9abc);
}

static void accesses_do_not_mix(void **state)
{
	(void)state;
	is_done = false;
	between = other_comes;
	assert_int_equal(ioapic_read(0x18), 0x49);
	other_leaves();
	assert_int_equal(make(NULL), 0);
	is_done = false;
	between = other_comes;
	ioapic_write(0x18, 0x31u);
	assert_int_equal(hardware[0x18], 0x31);
	other_leaves();
	assert_int_equal(make(NULL), 0);
	is_done = false;
	between = other_comes;
	ioapic_guest_write(&partition, 4, 0x32u, 0x33u);
	assert_int_equal(hardware[0x18], 0x32);
	assert_int_equal(hardware[0x19], 0x33);
	other_leaves();
}

/* ---- local APIC ---- */

static void commands_name_their_target(void **state)
{
	const struct plan_core target = {.mpidr = 18};

	(void)state;
	apic_send(5, 0x4031u);
	assert_int_equal(msrs[MSR_X2APIC_ICR], UINT64_C(0x500004031));
	arch_interrupts_kick(&target, NULL);
	assert_int_equal(msrs[MSR_X2APIC_ICR], UINT64_C(0x1200004400));
}

/* Whatever a guest left: nothing comes any more, nothing is held, and the next guest finds it as after reset. */
static void a_parked_core_hears_nothing_but_kicks(void **state)
{
	static const uint32_t zero[] = {MSR_X2APIC_TPR, MSR_X2APIC_TIMER_INITIAL, MSR_X2APIC_TIMER_DIVIDE,
					MSR_X2APIC_ESR};

	(void)state;
	for (uint32_t last = 3; last <= 6u; last++) {
		for (uint32_t i = 0x800; i < 0x840u; i++) {
			msrs[i] = 0x300f1u;
		}
		memset(&msrs[MSR_X2APIC_ISR], 0, 24u * sizeof(msrs[0]));
		msrs[MSR_X2APIC_ISR] = 0x30000u;
		msrs[MSR_X2APIC_IRR + 7u] = 0x11u;
		msrs[0x803] = (last << 16) | 0x14u;
		drained = 0;
		arch_interrupts_park(&(struct plan_core){0});
		for (uint32_t lvt = 0; lvt < 7u; lvt++) {
			/* LINT0, LINT1, error and timer are always there; performance, thermal, CMCI as the version says */
			static const uint32_t numbers[] = {0x832, 0x835, 0x836, 0x837, 0x834, 0x833, 0x82f};

			assert_int_equal(msrs[numbers[lvt]], (lvt <= last) ? MASKED : 0x300f1u);
		}
		for (uint32_t i = 0; i < COUNT(zero); i++) {
			assert_int_equal(msrs[zero[i]], 0);
		}
		assert_int_equal(msrs[MSR_X2APIC_ISR], 0);
		assert_int_equal(drained, 2);
		assert_int_equal(msrs[MSR_X2APIC_SVR], 0xff);
	}
}

/* A start-up that came meanwhile is looked for before each sleep. */
static void a_parked_core_looks_before_it_sleeps(void **state)
{
	(void)state;
	arch_interrupts_wait_kick(&(struct plan_core){0});
	assert_int_equal(waited, 1);
}

/* Enabled first: off to x2APIC at once is #GP (Intel SDM volume 3, figure 11-27). */
static void the_local_apic_goes_to_x2apic_by_steps(void **state)
{
	(void)state;
	msrs[MSR_APIC_BASE] = 0xfee00100u;
	base_count = 0;
	apic_enable();
	assert_int_equal(base_count, 3);
	assert_int_equal(bases[0], 0xfee00900u);
	assert_int_equal(bases[1], 0xfee00d00u);
	assert_int_equal(bases[2], bases[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(boot_masks_everything, make),
		cmocka_unit_test_setup(an_end_masks_own_pins_alone, make),
		cmocka_unit_test_setup(a_revoked_partition_writes_nothing, make),
		cmocka_unit_test_setup(a_revocation_takes_own_roots, make),
		cmocka_unit_test_setup(accesses_do_not_mix, make),
		cmocka_unit_test_setup(commands_name_their_target, make),
		cmocka_unit_test_setup(a_parked_core_hears_nothing_but_kicks, make),
		cmocka_unit_test_setup(a_parked_core_looks_before_it_sleeps, make),
		cmocka_unit_test_setup(the_local_apic_goes_to_x2apic_by_steps, make),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
