/* SPDX-License-Identifier: Apache-2.0 */
/* What a guest is told: CPUID, model-specific registers, ports that are not its own. */
#include "host.h"

#include "arch/cpu.h"
#include "arch/x86/apic.h"
#include "arch/x86/exit.h"
#include "arch/x86/icr.h"
#include "arch/x86/pci.h"
#include "core/entry.h"

static struct guest guest;
static struct guest_mode guest_state;
static uint32_t processor;
static uint32_t msr_written;
static uint64_t msr_value;
static uint64_t icr_value;
static uint32_t ends, resets;
static jmp_buf ended;
static bool has_functions;
static uint32_t pci_ports; /* that were read; bit 8 on: written */

/* ---- what the answers call ---- */

/* A processor that has everything, or nothing; the entries of the local vector table that not every processor has. */
static bool has_vectors;

struct cpuid cpuid_read(uint32_t leaf, uint32_t subleaf)
{
	(void)leaf;
	(void)subleaf;
	return (struct cpuid){processor, processor, processor, processor};
}

bool apic_has_vector(uint32_t number)
{
	return has_vectors || ((number != MSR_X2APIC_LVT_THERMAL) && (number != MSR_X2APIC_LVT_PERFORMANCE));
}

uint64_t msr_read(uint32_t number)
{
	return UINT64_C(0x5e5e00000000) | number;
}

void msr_write(uint32_t number, uint64_t value)
{
	msr_written = number;
	msr_value = value;
}

void icr_write(uint32_t destination, uint32_t low)
{
	icr_value = ((uint64_t)destination << 32) | low;
}

bool pci_is_there(void)
{
	return has_functions;
}

uint32_t pci_port_read(uint16_t port, uint32_t size)
{
	(void)size;
	pci_ports |= 1u << (port - 0xcf8u);
	return UINT32_MAX;
}

void pci_port_write(uint16_t port, uint32_t size, uint32_t value)
{
	(void)size;
	(void)value;
	pci_ports |= 0x100u << (port - 0xcf8u);
}

uint64_t arch_counter_frequency(void)
{
	return UINT64_C(2100000000);
}

void core_partition_end(bool reset)
{
	ends++;
	resets += reset ? 1u : 0u;
	longjmp(ended, 1);
}

void guest_mode_read(const struct guest *self_guest, struct guest_mode *mode)
{
	(void)self_guest;
	*mode = guest_state;
}

uint64_t guest_cr4(const struct guest *self_guest)
{
	(void)self_guest;
	return guest_state.cr4;
}

uint64_t guest_efer(const struct guest *self_guest)
{
	(void)self_guest;
	return guest_state.efer;
}

void guest_efer_set(const struct guest *self_guest, uint64_t efer)
{
	(void)self_guest;
	guest_state.efer = efer;
}

static int make(void **state)
{
	(void)state;
	host_make();
	memset(&guest, 0xa5, sizeof(guest));
	memset(&guest_state, 0, sizeof(guest_state));
	processor = UINT32_MAX;
	has_vectors = true;
	msr_written = 0;
	icr_value = 0;
	has_functions = false;
	pci_ports = 0;
	ends = 0;
	resets = 0;
	return 0;
}

/* ---- CPUID ---- */

static struct cpuid told(uint32_t leaf, uint32_t subleaf)
{
	guest.gpr[GPR_RAX] = UINT64_C(0x1111111100000000) | leaf;
	guest.gpr[GPR_RCX] = UINT64_C(0x1111111100000000) | subleaf;
	assert_int_equal(cpuid_handle(&guest), VERDICT_NEXT);
	for (uint32_t i = GPR_RAX; i <= GPR_RDX; i++) {
		assert_int_equal(guest.gpr[i] >> 32, 0);
	}
	return (struct cpuid){(uint32_t)guest.gpr[GPR_RAX], (uint32_t)guest.gpr[GPR_RBX], (uint32_t)guest.gpr[GPR_RCX],
			      (uint32_t)guest.gpr[GPR_RDX]};
}

static void the_hypervisor_is_told_and_its_means_are_not(void **state)
{
	struct cpuid leaf = told(1, 0);

	(void)state;
	assert_int_equal(leaf.ecx & 0x80200000u, 0x80200000u);       /* hypervisor, x2APIC */
	assert_int_equal(leaf.ecx & 0x000449fcu, 0);                 /* DTES64 to TM2, SDBG, xTPR, DCA */
	assert_int_equal(leaf.edx & 0xa0605080u, 0);                 /* MCE, MTRR, MCA, DS, ACPI, TM, PBE */
	assert_int_equal(told(0x80000001u, 0).ecx & 0x3900b40cu, 0); /* SVM to MWAITX, LWP, WDT, SKINIT */
	assert_int_equal(told(7, 0).ebx & 0x02009006u, 0);           /* TSC_ADJUST, SGX, RDT, PT */
	assert_int_equal(core.exits[EXIT_CPUID], 3);
}

/* What guests are promised whatever the processor has. */
static void promises_do_not_depend_on_the_processor(void **state)
{
	(void)state;
	processor = 0;
	assert_int_equal(told(1, 0).ecx, 0x80200000u);
	assert_int_equal(told(0x80000001u, 0).ecx, 0);
	assert_int_equal(told(0x40000000u, 0).eax, 0x40000005u);
}

static void enabled_features_are_the_guests(void **state)
{
	(void)state;
	assert_int_equal(told(1, 0).ecx & 0x08000000u, 0);
	assert_int_equal(told(7, 0).ecx & 0x10u, 0);
	guest_state.cr4 = CR4_OSXSAVE | CR4_PKE;
	assert_int_equal(told(1, 0).ecx & 0x08000000u, 0x08000000u);
	assert_int_equal(told(7, 0).ecx & 0x10u, 0x10u);
}

static void closed_leaves_read_zero(void **state)
{
	static const uint32_t leaves[] = {3,           5,           8,           9,           0xa,
					  0xc,         0xf,         0x10,        0x12,        0x14,
					  0x18,        0x40000002u, 0x40000005u, 0x400000ffu, 0x40000101u,
					  0x8000000au, 0x8000001bu, 0x8000001fu, 0x80000022u, 0xffffffffu};

	(void)state;
	for (uint32_t i = 0; i < COUNT(leaves); i++) {
		struct cpuid leaf = told(leaves[i], 0);

		assert_int_equal(leaf.eax | leaf.ebx | leaf.ecx | leaf.edx, 0);
	}
}

static void open_leaves_are_the_processors(void **state)
{
	static const uint32_t leaves[] = {0, 2, 0x80000000u, 0x80000002u, 0x80000003u, 0x80000004u, 0x80000006u};

	(void)state;
	for (uint32_t i = 0; i < COUNT(leaves); i++) {
		struct cpuid leaf = told(leaves[i], 0);

		assert_int_equal(leaf.eax & leaf.ebx & leaf.ecx & leaf.edx, UINT32_MAX);
	}
}

static void signatures_are_read(void **state)
{
	struct cpuid leaf = told(0x40000000u, 0);

	(void)state;
	assert_memory_equal(&leaf.ebx, "Microsoft Hv", 12);
	assert_int_equal(leaf.eax, 0x40000005u);
	leaf = told(0x40000001u, 0);
	assert_memory_equal(&leaf.eax, "Hv#1", 4);
	leaf = told(0x40000003u, 0);
	assert_int_equal(leaf.eax, 0x8860u);
	assert_int_equal(leaf.edx, 0x100u);
	leaf = told(0x40000100u, 0);
	assert_memory_equal(&leaf.ebx, "BulkheadBulk", 12);
}

/* ---- model-specific registers ---- */

static const uint32_t readable[] = {0x17,        0x1b,        0x8b,        0x1a0,       0x1d9,
				    0x830,       0x832,       0x837,       0x833,       0x834,
				    0x835,       0x836,       0x40000000u, 0x40000001u, 0x40000002u,
				    0x40000022u, 0x40000023u, 0x40000073u, 0x40000118u, 0xc0000080u,
				    0xc0010010u, 0xc0010015u, 0xc001001fu, 0xc0010055u, 0xc0010058u};

static bool is_readable(uint32_t number)
{
	bool found = false;

	for (uint32_t i = 0; i < COUNT(readable); i++) {
		found = found || (readable[i] == number);
	}
	return found;
}

static enum verdict msr_out(uint32_t number, uint64_t value)
{
	guest.gpr[GPR_RCX] = UINT64_C(0x7700000000) | number;
	guest.gpr[GPR_RAX] = UINT64_C(0x7700000000) | (uint32_t)value;
	guest.gpr[GPR_RDX] = UINT64_C(0x7700000000) | (value >> 32);
	return msr_write_handle(&guest);
}

static uint64_t msr_in(uint32_t number)
{
	guest.gpr[GPR_RCX] = number;
	assert_int_equal(msr_read_handle(&guest), VERDICT_NEXT);
	return (guest.gpr[GPR_RDX] << 32) | guest.gpr[GPR_RAX];
}

static void unknown_registers_do_not_exist(void **state)
{
	static const uint32_t banks[] = {0, 0x40000000u, 0xc0000000u, 0xc0010000u, 0xffffe000u};

	(void)state;
	for (uint32_t i = 0; i < (COUNT(banks) * 0x2000u); i++) {
		uint32_t number = banks[i / 0x2000u] + (i % 0x2000u);

		guest.gpr[GPR_RCX] = number;
		assert_int_equal(msr_read_handle(&guest), is_readable(number) ? VERDICT_NEXT : VERDICT_PROTECTION);
		if (!is_readable(number) && (number != 0x79u)) {
			assert_int_equal(msr_out(number, 0), VERDICT_PROTECTION);
		}
	}
	assert_int_equal(msr_written, 0);
}

static void registers_read_what_they_are(void **state)
{
	(void)state;
	assert_int_equal(msr_in(0x1b), 0xfee00c00u);
	core.vcpu = &vcpus[0];
	assert_int_equal(msr_in(0x1b), 0xfee00d00u);
	assert_int_equal(msr_in(0x40000002u), 0);
	assert_int_equal(msr_in(0x40000022u), 2100000000u);
	assert_int_equal(msr_in(0x40000023u), 1000000000u);
	assert_int_equal(msr_in(0x8b), UINT64_C(0x5e5e0000008b));
}

static void the_apic_stays_on(void **state)
{
	(void)state;
	assert_int_equal(msr_out(0x1b, 0xfee00c00u), VERDICT_NEXT);
	assert_int_equal(msr_out(0x1b, 0xfee00800u), VERDICT_PROTECTION);
	assert_int_equal(msr_out(0x1b, 0xfed00c00u), VERDICT_PROTECTION);
	assert_int_equal(msr_written, 0);
}

static void interrupts_go_to_their_filter(void **state)
{
	(void)state;
	assert_int_equal(msr_out(0x830, UINT64_C(0x400000031)), VERDICT_NEXT);
	assert_int_equal(icr_value, UINT64_C(0x400000031));
	assert_int_equal(msr_written, 0);
}

static void local_pins_deliver_plain_interrupts_and_nmi(void **state)
{
	(void)state;
	for (uint32_t mode = 0; mode < 8u; mode++) {
		bool allowed = (mode == 0u) || (mode == 4u) || (mode == 7u);

		assert_int_equal(msr_out(0x835, (mode << 8) | 0x31u), VERDICT_NEXT);
		assert_int_equal(msr_written, 0x835);
		assert_int_equal(msr_value, allowed ? (mode << 8) | 0x31u : 0x10031u);
	}
}

/* An exception of such a write would be the hypervisor's own. */
static void entries_have_the_bits_that_processors_have(void **state)
{
	static const struct {
		uint32_t number;
		uint64_t bits;
	} entries[] = {{0x832, 0x710ff}, {0x833, 0x117ff}, {0x834, 0x117ff},
		       {0x835, 0x1f7ff}, {0x836, 0x1f7ff}, {0x837, 0x110ff}};

	(void)state;
	for (uint32_t i = 0; i < COUNT(entries); i++) {
		for (uint32_t bit = 0; bit < 64u; bit++) {
			bool has = ((entries[i].bits >> bit) & 1u) != 0u;

			assert_int_equal(msr_out(entries[i].number, UINT64_C(1) << bit),
					 has ? VERDICT_NEXT : VERDICT_PROTECTION);
		}
	}
	assert_int_equal(msr_out(0x832, 0x60031u), VERDICT_PROTECTION); /* both modes of the timer */
	processor = ~0x1000000u;
	assert_int_equal(msr_out(0x832, 0x40031u), VERDICT_PROTECTION); /* a deadline that it has not */
	assert_int_equal(msr_out(0x832, 0x20031u), VERDICT_NEXT);
	msr_written = 0;
	has_vectors = false;
	assert_int_equal(msr_out(0x833, 0x10000u), VERDICT_PROTECTION);
	assert_int_equal(msr_out(0x834, 0x10000u), VERDICT_PROTECTION);
	assert_int_equal(msr_written, 0);
}

static void efer_follows_the_rules(void **state)
{
	(void)state;
	guest_state.efer = EFER_SCE;
	assert_int_equal(msr_out(MSR_EFER, EFER_LME | EFER_SCE), VERDICT_NEXT);
	assert_int_equal(msr_in(MSR_EFER), EFER_LME | EFER_SCE);
	assert_int_equal(msr_out(MSR_EFER, EFER_SVME), VERDICT_PROTECTION);
	guest_state.cr0 = CR0_PG;
	guest_state.efer |= EFER_LMA;
	assert_int_equal(msr_out(MSR_EFER, EFER_SCE), VERDICT_PROTECTION);
	assert_int_equal(msr_out(MSR_EFER, EFER_LME), VERDICT_NEXT);
	assert_int_equal(guest_state.efer, EFER_LME | EFER_LMA);
}

/* ---- ports ---- */

static void other_ports_read_ones_and_swallow(void **state)
{
	static const uint8_t sizes[] = {1, 2, 4};
	static const uint64_t results[] = {UINT64_C(0xa5a5a5a5a5a5a5ff), UINT64_C(0xa5a5a5a5a5a5ffff), 0xffffffffu};
	static const uint64_t zeros[] = {UINT64_C(0xa5a5a5a5a5a5a500), UINT64_C(0xa5a5a5a5a5a50000), 0};

	(void)state;
	for (uint32_t i = 0; i < (3u << 16); i++) {
		uint16_t port = (uint16_t)i;
		bool zero =
			(port == 0x42u) || (port == 0x64u) || (port == 0x71u) || (port == 0x600u) || (port == 0x601u);
		struct port_access access = {.port = port, .size = sizes[i >> 16], .is_in = true};

		guest.gpr[GPR_RAX] = UINT64_C(0xa5a5a5a5a5a5a5a5);
		assert_int_equal(port_handle(&guest, &access), VERDICT_NEXT);
		assert_int_equal(guest.gpr[GPR_RAX], zero ? zeros[i >> 16] : results[i >> 16]);
		access.is_in = false;
		guest.gpr[GPR_RAX] = 0;
		assert_int_equal(port_handle(&guest, &access), VERDICT_NEXT);
	}
	assert_int_equal(core.exits[EXIT_PORT], 6u << 16);
	assert_int_equal(pci_ports, has_functions ? 0xffffu : 0u); /* 0xcf9 in more than 8 bits */
	assert_int_equal(ends, 0);
}

static void ports_of_functions_are_answered_where_there_are_some(void **state)
{
	has_functions = true;
	other_ports_read_ones_and_swallow(state);
}

static void strings_are_refused(void **state)
{
	struct port_access access = {.port = 0xcf9, .size = 1, .is_string = true};

	(void)state;
	assert_int_equal(port_handle(&guest, &access), VERDICT_PROTECTION);
	assert_int_equal(ends, 0);
}

static void output(uint16_t port, uint64_t value)
{
	struct port_access access = {.port = port, .size = 1};

	guest.gpr[GPR_RAX] = value;
	if (setjmp(ended) == 0) {
		(void)port_handle(&guest, &access);
	}
}

static void a_partition_ends_by_its_ports(void **state)
{
	(void)state;
	output(0xcf9, 0x2);
	output(0x600, 0x1c);
	output(0x64, 0xd1);
	assert_int_equal(ends, 0);
	output(0xcf9, 0x6);
	output(0xcf9, 0xe);
	output(0x64, 0xfe);
	assert_int_equal(resets, 3);
	output(0x600, 0x34);
	assert_int_equal(ends, 4);
	assert_int_equal(resets, 3);
	assert_int_equal(core.exits[EXIT_PSCI], 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(the_hypervisor_is_told_and_its_means_are_not, make),
		cmocka_unit_test_setup(promises_do_not_depend_on_the_processor, make),
		cmocka_unit_test_setup(enabled_features_are_the_guests, make),
		cmocka_unit_test_setup(closed_leaves_read_zero, make),
		cmocka_unit_test_setup(open_leaves_are_the_processors, make),
		cmocka_unit_test_setup(signatures_are_read, make),
		cmocka_unit_test_setup(unknown_registers_do_not_exist, make),
		cmocka_unit_test_setup(registers_read_what_they_are, make),
		cmocka_unit_test_setup(the_apic_stays_on, make),
		cmocka_unit_test_setup(interrupts_go_to_their_filter, make),
		cmocka_unit_test_setup(local_pins_deliver_plain_interrupts_and_nmi, make),
		cmocka_unit_test_setup(entries_have_the_bits_that_processors_have, make),
		cmocka_unit_test_setup(efer_follows_the_rules, make),
		cmocka_unit_test_setup(other_ports_read_ones_and_swallow, make),
		cmocka_unit_test_setup(ports_of_functions_are_answered_where_there_are_some, make),
		cmocka_unit_test_setup(strings_are_refused, make),
		cmocka_unit_test_setup(a_partition_ends_by_its_ports, make),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
