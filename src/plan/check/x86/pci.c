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
#define INTERRUPTS_VALID UINT64_C(0x1) /* word 2: by IntCtl, 0: none; without it all pass */
#define INTERRUPTS_REMAP (UINT64_C(2) << 60)
#define INTERRUPTS_256 UINT64_C(0x10)
#define REMAP_ALIGNMENT 128u
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

/* The whole pages of a function's table of messages: none where it has no table. */
static struct plan_range message_pages(const struct plan_x86_function *row)
{
	uint64_t base = row->msix_pa & ~(VERIFY_PAGE - 1u);
	uint64_t end = row->msix_pa + ((uint64_t)row->msix_count * PLAN_MSIX_ENTRY_SIZE);
	struct plan_range pages = {base, ((end - base) + (VERIFY_PAGE - 1u)) & ~(VERIFY_PAGE - 1u)};

	if (row->msix_count == 0u) {
		pages = (struct plan_range){0, 0};
	}
	return pages;
}

static uint32_t function_count(const struct plan_x86 *x86)
{
	return (x86->function_count < PLAN_X86_FUNCTIONS) ? x86->function_count : PLAN_X86_FUNCTIONS;
}

uint32_t x86_pci_filter_count(const struct plan_header *plan, uint32_t partition)
{
	const struct plan_x86 *x86 = plan_x86(plan);
	uint32_t count = owns_function(x86, partition) ? 2u : 1u;

	for (uint32_t i = 0; i < function_count(x86); i++) {
		count += ((x86->functions[i].partition == partition) && (x86->functions[i].msix_count != 0u)) ? 1u : 0u;
	}
	return count;
}

/* The filters from the third on are those of the owner's tables, in the order of rows. */
static bool table_filter_right(const struct plan_x86 *x86, const struct plan_filter *filter, uint32_t number)
{
	uint32_t at = 2;
	bool right = false;

	for (uint32_t i = 0; i < function_count(x86); i++) {
		const struct plan_x86_function *row = &x86->functions[i];
		struct plan_range pages = message_pages(row);

		if ((row->partition == filter->partition) && (row->msix_count != 0u)) {
			right = right ||
				((at == number) && (filter->base == pages.base) && (filter->size == pages.size) &&
				 (filter->va == (row->msix_va & ~(VERIFY_PAGE - 1u))));
			at++;
		}
	}
	return right && (filter->kind == (uint16_t)PLAN_FILTER_MSIX) && (filter->vcpu == 0u);
}

bool x86_pci_filter_right(const struct plan_header *plan, const struct plan_filter *filter, uint32_t number)
{
	const struct plan_x86 *x86 = plan_x86(plan);

	if (number > 1u) {
		return table_filter_right(x86, filter, number);
	}
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
	for (uint32_t i = 0; i < function_count(x86); i++) {
		struct plan_range pages = message_pages(&x86->functions[i]);

		if (pages.size != 0u) {
			verify_el2_region(verify, x86->functions[i].msix_va & ~(VERIFY_PAGE - 1u), pages.base,
					  pages.size, VERIFY_REGISTER);
		}
	}
}

struct verify_owner x86_pci_holder(const struct verify *verify, uint64_t base, uint64_t size)
{
	const struct plan_x86 *x86 = plan_x86(verify->plan);
	struct verify_owner owner = verify_owner(VERIFY_NOBODY, 0);

	for (uint32_t i = 0; i < function_count(x86); i++) {
		struct plan_range pages = message_pages(&x86->functions[i]);

		if (verify_overlap(base, size, pages.base, pages.size)) {
			owner = verify_owner(VERIFY_MESSAGES, 0);
		}
	}
	if ((x86->configuration_va != 0u) && verify_overlap(base, size, x86->configuration_pa, space_size(x86))) {
		owner = verify_owner(VERIFY_PCI, 0);
	} else if ((x86->iommu_va != 0u) && verify_overlap(base, size, x86->iommu_pa, IOMMU_SIZE)) {
		owner = verify_owner(VERIFY_IOMMU, 0);
	} else {
		/* nobody's, or a table's */
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
		     ((x86->iommu_va == 0u) == (x86->device_table == 0u)) && ((x86->remap % REMAP_ALIGNMENT) == 0u) &&
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

/* How far from `at` on the partition's own registers go, in a window or in the pages of its tables: 0, they are not there. */
static uint64_t own_registers(const struct verify *verify, uint32_t index, uint64_t at)
{
	const struct plan_partition *partition = &plan_partitions(verify->plan)[index];
	const struct plan_x86 *x86 = plan_x86(verify->plan);
	uint64_t most = 0;

	for (uint32_t i = 0; i < partition->window_count; i++) {
		const struct plan_window *window = &plan_windows(verify->plan)[partition->window_first + i];

		if ((window->kind == (uint16_t)PLAN_WINDOW_DEVICE) && (window->base == window->pa) &&
		    verify_inside(at, 1u, window->pa, window->size)) {
			most = window->size - (at - window->pa);
		}
	}
	for (uint32_t i = 0; (most == 0u) && (i < function_count(x86)); i++) {
		struct plan_range pages = message_pages(&x86->functions[i]);

		if ((x86->functions[i].partition == index) && verify_inside(at, 1u, pages.base, pages.size)) {
			most = pages.size - (at - pages.base);
		}
	}
	return most;
}

/* [base, base + size) is the partition's own registers. */
static bool is_own_device(const struct verify *verify, uint32_t index, uint64_t base, uint64_t size)
{
	uint64_t at = 0;
	uint64_t most = 1;

	while ((at < size) && (most != 0u)) {
		most = own_registers(verify, index, base + at);
		at = (most >= (size - at)) ? size : (at + most);
	}
	return most != 0u;
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

/* [base, base + size) of a function's register `index`; empty where it has none, or the upper half of another. */
static struct plan_range bar_range(const struct plan_x86_function *row, uint32_t index)
{
	bool wide = (index < (PLAN_X86_BARS - 1u)) && ((row->masks[index] & 4u) != 0u);
	bool upper = (index != 0u) && ((row->masks[index - 1u] & 4u) != 0u);
	uint64_t mask =
		(row->masks[index] & ~BAR_FLAGS) | ((uint64_t)(wide ? row->masks[index + 1u] : UINT32_MAX) << 32);
	uint64_t base = row->bars[index] & ~BAR_FLAGS;

	if (wide) {
		base |= (uint64_t)row->bars[index + 1u] << 32;
	}
	return (upper || (row->masks[index] == 0u)) ? (struct plan_range){0, 0} : (struct plan_range){base, ~mask + 1u};
}

/* A table in the function's own registers, that is nobody else's; where there is none, nothing is said of it. */
static bool table_right(const struct verify *verify, uint32_t number)
{
	const struct plan_x86 *x86 = plan_x86(verify->plan);
	const struct plan_x86_function *row = &x86->functions[number];
	struct plan_range pages = message_pages(row);
	uint64_t size = (uint64_t)row->msix_count * PLAN_MSIX_ENTRY_SIZE;
	bool inside = false;
	bool right;

	if (row->msix_count == 0u) {
		return (row->msix_pa | row->msix_va) == 0u;
	}
	right = (row->msix_count <= PLAN_MSIX_ENTRIES) && ((row->msix_pa % 8u) == 0u) &&
		(((row->msix_pa ^ row->msix_va) % VERIFY_PAGE) == 0u) &&
		registers_right(verify, row->msix_va & ~(VERIFY_PAGE - 1u), pages.base, pages.size, VERIFY_PAGE) &&
		!verify_overlap(pages.base, pages.size, x86->configuration_pa, space_size(x86)) &&
		!verify_overlap(pages.base, pages.size, x86->iommu_pa, IOMMU_SIZE);
	for (uint32_t i = 0; i < PLAN_X86_BARS; i++) {
		struct plan_range bar = bar_range(row, i);

		inside = inside || verify_inside(row->msix_pa, size, bar.base, bar.size);
	}
	for (uint32_t i = 0; i < number; i++) {
		struct plan_range others = message_pages(&x86->functions[i]);

		right = right && !verify_overlap(pages.base, pages.size, others.base, others.size);
	}
	return right && inside;
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
	return right && table_right(verify, number);
}

/* A row that is not used. */
static bool is_empty(const struct plan_x86_function *row)
{
	uint64_t set = (uint64_t)row->id | row->partition | row->msix_count | row->msix_pa | row->msix_va;

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
			if (row->msix_count != 0u) {
				entry.words[2] |= (x86->remap + ((uint64_t)i * PLAN_REMAP_SIZE)) | INTERRUPTS_256 |
						  INTERRUPTS_REMAP;
			}
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
