/* SPDX-License-Identifier: Apache-2.0 */
/*
 * PCI functions and what confines them (AMD IOMMU specification 48882, 2.2.2): each owned function is led to its partition's
 * nested tables, which stage2.c compares, and every other id is valid and blocked. Not here: the registers that boot drives.
 */
#include "plan/check/x86/parts.h"

#define BUSES_MOST 16u
#define BUS_SHIFT 20u /* of configuration space */
#define BUS_IDS 256u
#define IOMMU_SIZE UINT64_C(0x4000)
#define BAR_FLAGS 0xfu

/* Table 7: words of an entry */
#define VALID UINT64_C(0x1)
#define TRANSLATES UINT64_C(0x2)
#define LEVELS_4 UINT64_C(0x800)
#define READS (UINT64_C(1) << 61)
#define WRITES (UINT64_C(1) << 62)
#define INTERRUPTS_VALID UINT64_C(0x1) /* word 2: by IntCtl; without it all pass */
#define INTERRUPTS_PASS (UINT64_C(1) << 60)
#define ENTRY_WORDS 4u

struct entry {
	uint64_t words[ENTRY_WORDS];
};

static uint64_t space_size(const struct plan_x86 *x86)
{
	return (uint64_t)x86->buses << BUS_SHIFT;
}

static bool owns_function(const struct plan_x86 *x86, uint32_t partition)
{
	bool owns = false;

	for (uint32_t i = 0; (i < x86->function_count) && (i < PLAN_X86_FUNCTIONS); i++) {
		owns = owns || (x86->functions[i].partition == partition);
	}
	return owns;
}

uint32_t x86_pci_filter_count(const struct plan_header *plan, uint32_t partition)
{
	return owns_function(plan_x86(plan), partition) ? 2u : 1u;
}

bool x86_pci_filter_right(const struct plan_header *plan, const struct plan_filter *filter)
{
	const struct plan_x86 *x86 = plan_x86(plan);

	return (filter->kind == (uint16_t)PLAN_FILTER_PCI) && (filter->base == x86->configuration_pa) &&
	       (filter->va == x86->configuration_va) && (filter->size == space_size(x86)) && (filter->vcpu == 0u);
}

void x86_pci_regions(struct verify *verify)
{
	const struct plan_x86 *x86 = plan_x86(verify->plan);

	if (x86->configuration_va != 0u) {
		verify_el2_region(verify, x86->configuration_va, x86->configuration_pa, space_size(x86),
				  VERIFY_REGISTER);
	}
	if (x86->iommu_va != 0u) {
		verify_el2_region(verify, x86->iommu_va, x86->iommu_pa, IOMMU_SIZE, VERIFY_REGISTER);
	}
}

struct verify_owner x86_pci_holder(const struct verify *verify, uint64_t base, uint64_t size)
{
	const struct plan_x86 *x86 = plan_x86(verify->plan);
	struct verify_owner owner = verify_owner(VERIFY_NOBODY, 0);

	if ((x86->configuration_va != 0u) && verify_overlap(base, size, x86->configuration_pa, space_size(x86))) {
		owner = verify_owner(VERIFY_PCI, 0);
	} else if ((x86->iommu_va != 0u) && verify_overlap(base, size, x86->iommu_pa, IOMMU_SIZE)) {
		owner = verify_owner(VERIFY_IOMMU, 0);
	} else {
		/* nobody's */
	}
	return owner;
}

/* ---- places --------------------------------------------------------------------------------------------------------- */

static bool registers_right(const struct verify *verify, uint64_t va, uint64_t pa, uint64_t size, uint64_t alignment)
{
	const struct plan_header *plan = verify->plan;

	return ((va % VERIFY_PAGE) == 0u) && ((pa % alignment) == 0u) && !verify_touches_ram(verify, pa, size) &&
	       !verify_overlap(pa, size, plan->gicd_pa, VERIFY_PAGE) &&
	       !verify_overlap(pa, size, plan->gicr_pa, plan->gicr_size) &&
	       !verify_overlap(pa, size, plan_x86(plan)->trampoline, VERIFY_PAGE);
}

/* Where there is no PCI there is nothing else; an IOMMU guards functions, or there are none. */
static bool places_right(const struct verify *verify)
{
	const struct plan_x86 *x86 = plan_x86(verify->plan);
	uint64_t size = space_size(x86);
	bool right = (x86->buses <= BUSES_MOST) && ((x86->buses == 0u) == (x86->configuration_va == 0u)) &&
		     ((x86->iommu_va == 0u) == (x86->device_table == 0u)) &&
		     (x86->function_count <= PLAN_X86_FUNCTIONS);

	if (x86->configuration_va == 0u) {
		right = right && (x86->configuration_pa == 0u) && (x86->iommu_va == 0u);
	} else {
		right = right && registers_right(verify, x86->configuration_va, x86->configuration_pa, size,
						 UINT64_C(1) << BUS_SHIFT);
	}
	if (x86->iommu_va == 0u) {
		right = right && (x86->iommu_pa == 0u) && (x86->function_count == 0u);
	} else {
		/* AMD's reads the tables of AMD's cores alone */
		right = right && !x86_is_intel(verify->plan) &&
			registers_right(verify, x86->iommu_va, x86->iommu_pa, IOMMU_SIZE, IOMMU_SIZE) &&
			!verify_overlap(x86->iommu_pa, IOMMU_SIZE, x86->configuration_pa, size);
	}
	return right;
}

/* ---- functions ------------------------------------------------------------------------------------------------------ */

/* [base, base + size) is the partition's own registers. */
static bool is_own_device(const struct verify *verify, uint32_t index, uint64_t base, uint64_t size)
{
	const struct plan_partition *partition = &plan_partitions(verify->plan)[index];
	bool own = false;

	for (uint32_t i = 0; i < partition->window_count; i++) {
		const struct plan_window *window = &plan_windows(verify->plan)[partition->window_first + i];

		own = own || ((window->kind == (uint16_t)PLAN_WINDOW_DEVICE) && (window->base == window->pa) &&
			      verify_inside(base, size, window->pa, window->size));
	}
	return own;
}

/* The register at `index`, with the one behind it where it has 64 bits: 1 or 2 registers; 0: it cannot be so. */
static uint32_t bar_check(const struct verify *verify, const struct plan_x86_function *row, uint32_t index)
{
	uint32_t flags = row->masks[index] & BAR_FLAGS;
	bool wide = (flags & 4u) != 0u;
	uint64_t base = row->bars[index] & ~BAR_FLAGS;
	uint32_t upper = UINT32_MAX;
	uint64_t size;

	if ((row->masks[index] == 0u) && (row->bars[index] == 0u)) {
		return 1;
	}
	if (((flags & 3u) != 0u) || ((row->bars[index] & BAR_FLAGS) != flags) ||
	    (wide && (index == (PLAN_X86_BARS - 1u)))) {
		return 0;
	}
	if (wide && ((row->masks[index + 1u] | (row->masks[index] & ~BAR_FLAGS)) == 0u)) {
		return 0; /* it would take 2^64 bytes */
	}
	if (wide) {
		base |= (uint64_t)row->bars[index + 1u] << 32;
		upper = row->masks[index + 1u];
	}
	size = ~(((uint64_t)upper << 32) | (row->masks[index] & ~BAR_FLAGS)) + 1u;
	if (((size & (size - 1u)) != 0u) || ((base % size) != 0u) ||
	    !is_own_device(verify, row->partition, base, size)) {
		return 0;
	}
	return wide ? 2u : 1u;
}

static bool function_right(const struct verify *verify, uint32_t number)
{
	const struct plan_x86 *x86 = plan_x86(verify->plan);
	const struct plan_x86_function *row = &x86->functions[number];
	bool right = (row->id < (x86->buses * BUS_IDS)) && (row->partition < verify->plan->partitions.count);
	uint32_t at = 0;

	for (uint32_t i = 0; i < number; i++) {
		right = right && (x86->functions[i].id != row->id);
	}
	while (right && (at < PLAN_X86_BARS)) {
		uint32_t count = bar_check(verify, row, at);

		right = count != 0u;
		at += count;
	}
	return right;
}

/* A row that is not used. */
static bool is_empty(const struct plan_x86_function *row)
{
	uint32_t set = (uint32_t)row->id | row->partition;

	for (uint32_t i = 0; i < PLAN_X86_BARS; i++) {
		set |= row->bars[i] | row->masks[i];
	}
	return set == 0u;
}

/* ---- device table --------------------------------------------------------------------------------------------------- */

/* Of several rows for an id, which functions_right refuses, the last. */
static struct entry entry_expected(const struct verify *verify, uint32_t id)
{
	const struct plan_x86 *x86 = plan_x86(verify->plan);
	struct entry entry = {{VALID | TRANSLATES, 0, INTERRUPTS_VALID, 0}};

	for (uint32_t i = 0; i < x86->function_count; i++) {
		const struct plan_x86_function *row = &x86->functions[i];

		if ((row->id == id) && (row->partition < verify->plan->partitions.count)) {
			const struct plan_partition *partition = &plan_partitions(verify->plan)[row->partition];

			entry.words[0] |= partition->stage2_root | LEVELS_4 | READS | WRITES;
			entry.words[1] = partition->vmid;
			entry.words[2] |= INTERRUPTS_PASS;
		}
	}
	return entry;
}

static void device_entry_check(struct verify *verify, uint32_t id)
{
	struct entry expected;
	uint64_t at = plan_x86(verify->plan)->device_table + ((uint64_t)id * PLAN_DEVICE_ENTRY_SIZE);

	expected = entry_expected(verify, id);
	for (uint32_t i = 0; i < ENTRY_WORDS; i++) {
		uint64_t word;

		if (!verify_word(verify, at + (8u * (uint64_t)i), &word) || (word != expected.words[i])) {
			verify_report_number(verify, VERIFY_DEVICE_ENTRY, verify_owner(VERIFY_IMAGE, 0), id, word);
			return;
		}
	}
}

/* Constant, and checked by all cores: the first of them gives it to the IOMMU. */
static void device_table_check(struct verify *verify)
{
	const struct plan_x86 *x86 = plan_x86(verify->plan);
	uint64_t size = (uint64_t)x86->buses * BUS_IDS * PLAN_DEVICE_ENTRY_SIZE;
	struct verify_tree tree = x86_core_tree(verify, 0, VERIFY_CORE);

	if (((x86->device_table % VERIFY_PAGE) != 0u) || !verify_map_constant(verify, &tree, x86->device_table, size)) {
		verify_report_address(verify, VERIFY_TABLE_PLACE, verify_owner(VERIFY_IMAGE, 0), x86->device_table, 0);
		return;
	}
	for (uint32_t id = 0; id < (x86->buses * BUS_IDS); id++) {
		device_entry_check(verify, id);
	}
}

void x86_pci_check(struct verify *verify)
{
	const struct plan_x86 *x86 = plan_x86(verify->plan);

	if (!places_right(verify)) {
		verify_report_number(verify, VERIFY_PCI_PLACE, verify_owner(VERIFY_IMAGE, 0), x86->configuration_pa,
				     x86->iommu_pa);
		return;
	}
	for (uint32_t i = 0; i < PLAN_X86_FUNCTIONS; i++) {
		if ((i < x86->function_count) ? !function_right(verify, i) : !is_empty(&x86->functions[i])) {
			verify_report_number(verify, VERIFY_FUNCTION, verify_owner(VERIFY_IMAGE, 0),
					     x86->functions[i].id, i);
		}
	}
	if (x86->iommu_va != 0u) {
		device_table_check(verify);
	}
}
