/* SPDX-License-Identifier: Apache-2.0 */
/* Reads and checks PCI functions and the IOMMU of an x86 board, and writes the device table. */
#include "planner/x86/pci.h"

#include <inttypes.h>
#include <string.h>

#include "planner/align.h"
#include "planner/check_parts.h"
#include "planner/locate.h"
#include "planner/memory.h"
#include "planner/message.h"
#include "planner/property.h"
#include "planner/read_parts.h"
#include "planner/tree.h"

#define BUSES_MOST 16u              /* the hypervisor maps 1 MiB for each */
#define BUS_SIZE UINT64_C(0x100000) /* of configuration space: 256 functions, a page each */
#define IOMMU_SIZE UINT64_C(0x4000) /* AMD IOMMU specification 48882, 3.3 */
#define ADDRESSES_32 (UINT64_C(1) << 32)

static const char *const hosts[] = {"pci-host-ecam-generic", NULL};
static const char *const iommus[] = {"amd,iommu", NULL};

/* ---- the board ---- */

static void use_configuration(struct board *board, uint64_t base, uint64_t size)
{
	board->x86.configuration = (struct range){base, size};
}

static void use_iommu(struct board *board, uint64_t base, uint64_t size)
{
	board->x86.iommu = (struct range){base, size};
}

/* <KIND CHILD(2) PARENT(2) SIZE(2)> of IEEE 1275's PCI binding. I/O ports are none of its functions' here. */
static void read_windows(struct model *model, int node)
{
	struct x86_board *x86 = &model->board.x86;
	struct tree_cells ranges;

	if (!tree_cells(model->tree, node, "ranges", &ranges))
		return;
	for (size_t i = 0; i + 7 <= ranges.count && ranges.count % 7 == 0; i += 7) {
		uint64_t base = tree_number(&ranges.cell[i + 3], 2);

		if ((fdt32_ld(&ranges.cell[i]) >> 25 & 1) == 0)
			continue;
		if (base != tree_number(&ranges.cell[i + 1], 2))
			read_shortfall(&model->board, locate_property(model->tree, node, "ranges"),
				       "%s: addresses on PCI must be those of the cores", tree_path(model->tree, node));
		*MEMORY_APPEND(x86->windows, x86->window_count) =
			(struct range){base, tree_number(&ranges.cell[i + 5], 2)};
	}
}

static void read_host(struct model *model, int node)
{
	struct x86_board *x86 = &model->board.x86;
	struct tree_cells buses = {0};

	x86->pci_node = node;
	read_ranges(&model->board, model->tree, node, use_configuration);
	read_windows(model, node);
	if (tree_cells(model->tree, node, "bus-range", &buses) && buses.count == 2 && fdt32_ld(&buses.cell[0]) == 0)
		x86->buses = fdt32_ld(&buses.cell[1]) + 1;
	if (x86->buses == 0 || x86->buses > BUSES_MOST)
		read_shortfall(&model->board, locate_node(model->tree, node),
			       "%s: bus-range must be <0 LAST>, LAST below %u", tree_path(model->tree, node),
			       BUSES_MOST);
	else if (x86->configuration.size != x86->buses * BUS_SIZE || x86->configuration.base % BUS_SIZE != 0)
		read_shortfall(&model->board, locate_property(model->tree, node, "reg"),
			       "%s: reg must be 1 MiB of configuration space for each bus of bus-range",
			       tree_path(model->tree, node));
}

void x86_pci_read(struct model *model)
{
	struct x86_board *x86 = &model->board.x86;
	int host = tree_find_compatible(model->tree, hosts), iommu = tree_find_compatible(model->tree, iommus);

	if (host >= 0)
		read_host(model, host);
	if (iommu < 0)
		return;
	x86->iommu_node = iommu;
	read_ranges(&model->board, model->tree, iommu, use_iommu);
	if (x86->iommu.size != IOMMU_SIZE || x86->iommu.base % IOMMU_SIZE != 0)
		read_shortfall(&model->board, locate_property(model->tree, iommu, "reg"),
			       "%s: reg must be 16 KiB, aligned", tree_path(model->tree, iommu));
	if (host < 0)
		read_shortfall(&model->board, locate_node(model->tree, iommu),
			       "%s: the board has no PCI host (\"pci-host-ecam-generic\") whose buses it could guard",
			       tree_path(model->tree, iommu));
}

/* ---- functions ---- */

#define BAR_FIRST 0x10u
#define BAR_KIND(high) ((high) >> 24 & 3)
#define BAR_32 2u
#define BAR_64 3u
#define BAR_PREFETCHABLE(high) ((high) >> 30 & 1)
#define BAR_LEAST 16u
#define BAR_FLAGS 0xfu
#define BAR_FLAG_64 4u

/* Bus, device, function and register of the first cell of an address: IEEE 1275's PCI binding, 2.2.1.1. */
#define CELL_ID(high) ((uint16_t)((high) >> 8 & 0xffff))
#define CELL_REGISTER(high) ((high)&0xff)

static bool in_window(const struct x86_board *x86, uint64_t base, uint64_t size)
{
	bool inside = false;

	for (size_t i = 0; i < x86->window_count; i++)
		inside = inside || range_inside(base, size, x86->windows[i].base, x86->windows[i].size);
	return inside;
}

/* A row of assigned-addresses; what is wrong with it, or NULL. */
static const char *read_bar(const struct model *model, struct device *device, const fdt32_t *row)
{
	uint32_t high = fdt32_ld(&row[0]), kind = BAR_KIND(high), index = (CELL_REGISTER(high) - BAR_FIRST) / 4;
	uint64_t base = tree_number(&row[1], 2), size = tree_number(&row[3], 2), mask = ~(size - 1);
	uint32_t type = (kind == BAR_64 ? 4u : 0u) | (BAR_PREFETCHABLE(high) ? 8u : 0u);
	struct function *function = device->function;
	size_t words = kind == BAR_64 ? 2 : 1;

	if (kind != BAR_32 && kind != BAR_64)
		return "has I/O ports or configuration space in assigned-addresses; only memory is available";
	if (CELL_ID(high) != function->id || CELL_REGISTER(high) % 4 != 0 || index + words > PLAN_X86_BARS)
		return "has an assigned-addresses that names no base address register of the function in `reg`";
	for (size_t i = 0; i < words; i++) {
		if (function->masks[index + i] != 0)
			return "has an assigned-addresses with the same register twice";
	}
	if (size < BAR_LEAST || (size & (size - 1)) != 0 || base % size != 0 || base == 0 ||
	    (kind == BAR_32 && !range_inside(base, size, 0, ADDRESSES_32)))
		return "has an assigned-addresses that is no power of two, aligned to its size";
	if (!in_window(&model->board.x86, base, size))
		return "has registers outside the `ranges` of its bus";
	for (size_t i = 0; i < words; i++) {
		function->bars[index + i] = (uint32_t)(base >> (32 * i)) | (i == 0 ? type : 0);
		function->masks[index + i] = (uint32_t)(mask >> (32 * i)) | (i == 0 ? type : 0);
	}
	*MEMORY_APPEND(device->registers, device->register_count) = (struct range){base, size};
	device->reg_count = device->register_count;
	return NULL;
}

/* Whether assigned-addresses has a register that begins at word `index`, below PLAN_X86_BARS: it may be another's upper half. */
static bool begins_register(const struct function *function, size_t index)
{
	size_t at = 0;

	while (at < index)
		at += (function->masks[at] & BAR_FLAG_64) != 0 ? 2 : 1;
	return at == index && function->masks[index] != 0;
}

/* <REGISTER OFFSET ENTRIES>: what the capability of MSI-X says. What is wrong with it, or NULL. */
static const char *read_table(struct function *function, const struct tree_cells *cells)
{
	uint32_t place, offset, entries, flags;
	uint64_t base, size, mask;
	size_t index;

	if (cells->count != 3)
		return "has a bulkhead,msi-x that is not <REGISTER OFFSET ENTRIES>";
	place = fdt32_ld(&cells->cell[0]);
	offset = fdt32_ld(&cells->cell[1]);
	entries = fdt32_ld(&cells->cell[2]);
	if (entries == 0 || entries > PLAN_MSIX_ENTRIES || offset % 8 != 0)
		return "has a bulkhead,msi-x that no table can have: 1 to 256 entries at a multiple of 8";
	index = (place - BAR_FIRST) / 4;
	if (place < BAR_FIRST || place % 4 != 0 || index >= PLAN_X86_BARS || !begins_register(function, index))
		return "has a bulkhead,msi-x that names no register of assigned-addresses";
	flags = function->masks[index] & BAR_FLAGS;
	mask = (uint64_t)UINT32_MAX << 32 | (function->masks[index] - flags);
	base = function->bars[index] - flags;
	if ((flags & BAR_FLAG_64) != 0) {
		mask = (uint64_t)function->masks[index + 1] << 32 | (uint32_t)mask;
		base |= (uint64_t)function->bars[index + 1] << 32;
	}
	size = ~mask + 1;
	if (!range_inside(offset, (uint64_t)entries * PLAN_MSIX_ENTRY_SIZE, 0, size))
		return "has a bulkhead,msi-x whose table does not lie in that register's memory";
	function->msix_pa = base + offset;
	function->msix_count = entries;
	return NULL;
}

void x86_pci_read_function(const struct model *model, struct device *device)
{
	struct tree_cells reg, addresses = {0}, table;
	const char *why = NULL;

	if (!tree_cells(model->tree, device->node, "reg", &reg) || reg.count < 5 ||
	    (uint32_t)CELL_ID(fdt32_ld(&reg.cell[0])) >= model->board.x86.buses << 8) {
		read_set_unavailable(model, device, "reg", "has a reg that is no PCI function of its host's buses");
		return;
	}
	device->function = memory_zeroed(1, sizeof(*device->function));
	device->function->id = CELL_ID(fdt32_ld(&reg.cell[0]));
	for (size_t i = 0; i < model->device_count; i++) {
		const struct function *other = model->devices[i].function;

		if (other != NULL && other->id == device->function->id && model->devices[i].disabled == 0)
			read_set_unavailable(model, device, "reg",
					     memory_text("is the PCI function that %s is", model->devices[i].name));
	}
	tree_cells(model->tree, device->node, "assigned-addresses", &addresses);
	if (addresses.count % 5 != 0)
		why = "has an assigned-addresses that is not made of 5 cells each";
	for (size_t i = 0; why == NULL && i < addresses.count; i += 5)
		why = read_bar(model, device, &addresses.cell[i]);
	if (why != NULL)
		read_set_unavailable(model, device, "assigned-addresses", why);
	else if (tree_cells(model->tree, device->node, "bulkhead,msi-x", &table) &&
		 (why = read_table(device->function, &table)) != NULL)
		read_set_unavailable(model, device, "bulkhead,msi-x", why);
}

/* ---- checks ---- */

static bool is_owned(const struct device *device)
{
	return device->function != NULL && device->owner >= 0;
}

bool x86_pci_is_confined(const struct model *model, const struct device *device)
{
	return device->function != NULL && model->board.x86.iommu.size != 0;
}

bool x86_pci_is_owner(const struct model *model, const struct partition *partition)
{
	bool owns = false;

	for (size_t i = 0; i < partition->device_count; i++)
		owns = owns || model->devices[partition->devices[i]].function != NULL;
	return owns;
}

size_t x86_pci_function_count(const struct model *model)
{
	size_t count = 0;

	for (size_t i = 0; i < model->device_count; i++)
		count += is_owned(&model->devices[i]);
	return count;
}

static void check_clear(const struct model *model, const struct range *range, int node)
{
	struct location location = locate_property(model->tree, node, "reg");
	const char *name = tree_path(model->tree, node);

	if (!check_is_addressable(&model->board, range->base, range->size))
		message_error(location, "%s: registers at %#" PRIx64 " are beyond the board's %u address bits", name,
			      range->base, model->board.pa_bits);
	else if (check_touches_ram(&model->board, range->base, range->size))
		message_error(location, "%s: registers at %#" PRIx64 " lie in the board's RAM", name, range->base);
}

/* The rest of a table's pages is let through: another table there would be, too. */
static void check_tables(const struct model *model, const struct device *device)
{
	struct range pages = x86_pci_table_pages(device);

	for (const struct device *other = model->devices; other != device; other++) {
		struct range others = x86_pci_table_pages(other);

		if (range_overlaps(pages.base, pages.size, others.base, others.size))
			message_error(device->taken,
				      "partition '%s': the MSI-X tables of %s and %s share the page at %#" PRIx64
				      "; give one of them another address",
				      model->partitions[device->owner].name, device->name, other->name,
				      pages.base > others.base ? pages.base : others.base);
	}
}

void x86_pci_check_board(const struct model *model)
{
	const struct x86_board *x86 = &model->board.x86;
	size_t owned = x86_pci_function_count(model);

	if (x86->configuration.size != 0)
		check_clear(model, &x86->configuration, x86->pci_node);
	if (x86->iommu.size != 0)
		check_clear(model, &x86->iommu, x86->iommu_node);
	if (x86->iommu.size != 0 && property_is(x86->vendor, "intel"))
		message_error(locate_node(model->tree, x86->iommu_node),
			      "%s: an AMD IOMMU reads the tables of AMD's cores only, not of Intel's",
			      tree_path(model->tree, x86->iommu_node));
	for (size_t i = 0; i < model->device_count; i++)
		check_tables(model, &model->devices[i]);
	if (owned > PLAN_X86_FUNCTIONS)
		message_error(locate_whole(), "partitions own %zu PCI functions; only %u are available yet", owned,
			      PLAN_X86_FUNCTIONS);
}

void x86_pci_check_device(const struct model *model, const struct partition *partition, const struct device *device)
{
	const struct {
		struct range range;
		const char *what;
	} guarded[] = {{model->board.x86.configuration, "PCI's configuration space"},
		       {model->board.x86.iommu, "the IOMMU"}};

	for (size_t i = 0; i < device->register_count; i++) {
		uint64_t page = align_down(device->registers[i].base, PAGE_SIZE);
		uint64_t size = align_up(device->registers[i].base + device->registers[i].size, PAGE_SIZE) - page;

		for (size_t j = 0; j < sizeof(guarded) / sizeof(guarded[0]); j++) {
			if (guarded[j].range.size != 0 &&
			    range_overlaps(page, size, guarded[j].range.base, guarded[j].range.size))
				message_error(device->taken,
					      "partition '%s': the registers of %s at %#" PRIx64
					      " touch %s, which is the hypervisor's",
					      partition->name, device->name, device->registers[i].base,
					      guarded[j].what);
		}
	}
	if (device->function != NULL && device->moved.where != NULL)
		message_error(device->moved,
			      "partition '%s': device-map: %s is a PCI function, which tells its addresses itself",
			      partition->name, device->name);
}

void x86_pci_check_pair(const struct model *model, const struct device *first, const struct device *second)
{
	if (first->function != NULL && second->function != NULL &&
	    first->function->id >> 3 == second->function->id >> 3)
		message_warning(
			second->taken,
			"partition '%s' and partition '%s' own functions of one PCI device, %s and %s: what they send "
			"each other may not pass the IOMMU",
			model->partitions[second->owner].name, model->partitions[first->owner].name, second->name,
			first->name);
}

/* ---- the plan ---- */

/* Words 0 to 2 of an entry (48882, table 7) */
#define ENTRY_VALID UINT64_C(0x1)
#define ENTRY_TRANSLATES UINT64_C(0x2)
#define ENTRY_LEVELS_4 (UINT64_C(4) << 9)
#define ENTRY_READ (UINT64_C(1) << 61)
#define ENTRY_WRITE (UINT64_C(1) << 62)
#define ENTRY_INTERRUPTS_VALID UINT64_C(0x1)    /* none pass, by the zeros beside it */
#define ENTRY_INTERRUPTS_256 (UINT64_C(8) << 1) /* entries of the remapping table, as a power of two */
#define ENTRY_INTERRUPTS_REMAP (UINT64_C(2) << 60)
#define ENTRY_WORDS (PLAN_DEVICE_ENTRY_SIZE / sizeof(uint64_t))
#define ENTRIES_A_PAGE (PAGE_SIZE / PLAN_DEVICE_ENTRY_SIZE)

uint64_t x86_pci_device_table(const struct model *model, const struct layout *layout, struct table_pages *pages)
{
	size_t count = (size_t)model->board.x86.buses * 256, first = pages->count, row = 0;
	uint64_t pa;

	if (model->board.x86.iommu.size == 0)
		return 0;
	for (size_t i = 0; i < count; i++) {
		uint64_t *entry = i % ENTRIES_A_PAGE == 0 ? table_page(pages, &pa) : pages->pages[pages->count - 1];

		entry += i % ENTRIES_A_PAGE * ENTRY_WORDS;
		entry[0] = ENTRY_VALID | ENTRY_TRANSLATES;
		entry[2] = ENTRY_INTERRUPTS_VALID;
	}
	for (size_t i = 0; i < model->device_count; i++) {
		const struct device *device = &model->devices[i];
		uint64_t *entry;

		if (!is_owned(device))
			continue;
		entry = pages->pages[first + device->function->id / ENTRIES_A_PAGE];
		entry += device->function->id % ENTRIES_A_PAGE * ENTRY_WORDS;
		entry[0] |= layout->stage2_roots[device->owner] | ENTRY_LEVELS_4 | ENTRY_READ | ENTRY_WRITE;
		entry[1] = (uint64_t)device->owner + 1; /* = plan_partition.vmid */
		if (device->function->msix_count != 0)
			entry[2] |= (layout->x86_remap + row * PLAN_REMAP_SIZE) | ENTRY_INTERRUPTS_256 |
				    ENTRY_INTERRUPTS_REMAP;
		row++;
	}
	return pages->base + first * PAGE_SIZE;
}

/* ---- MSI-X tables ---- */

struct range x86_pci_table_pages(const struct device *device)
{
	const struct function *function = device->function;
	struct range pages = {0, 0};

	if (is_owned(device) && function->msix_count != 0) {
		pages.base = align_down(function->msix_pa, PAGE_SIZE);
		pages.size =
			align_up(function->msix_pa + (uint64_t)function->msix_count * PLAN_MSIX_ENTRY_SIZE, PAGE_SIZE) -
			pages.base;
	}
	return pages;
}

/* Bytes of the pages of all tables before that of `end`. */
static uint64_t tables_before(const struct model *model, const struct device *end)
{
	uint64_t size = 0;

	for (const struct device *device = model->devices; device != end; device++)
		size += x86_pci_table_pages(device).size;
	return size;
}

uint64_t x86_pci_tables_size(const struct model *model)
{
	return tables_before(model, model->devices + model->device_count);
}

size_t x86_pci_filters(const struct model *model, size_t partition, struct plan_filter filters[1 + PLAN_X86_FUNCTIONS])
{
	const struct range *space = &model->board.x86.configuration;
	size_t count = 0;

	if (!x86_pci_is_owner(model, &model->partitions[partition]))
		return 0;
	filters[count++] = (struct plan_filter){
		.base = space->base, .size = space->size, .partition = (uint16_t)partition, .kind = PLAN_FILTER_PCI};
	for (size_t i = 0; i < model->device_count && count <= PLAN_X86_FUNCTIONS; i++) {
		struct range pages = x86_pci_table_pages(&model->devices[i]);

		if (pages.size != 0 && model->devices[i].owner == (int)partition)
			filters[count++] = (struct plan_filter){.base = pages.base,
								.size = pages.size,
								.partition = (uint16_t)partition,
								.kind = PLAN_FILTER_MSIX};
	}
	return count;
}

uint64_t x86_pci_filter_va(const struct model *model, const struct layout *layout, const struct plan_filter *filter)
{
	const struct device *device = model->devices;

	if (filter->kind == PLAN_FILTER_PCI)
		return layout->configuration_va;
	while (x86_pci_table_pages(device).size == 0 || x86_pci_table_pages(device).base != filter->base)
		device++;
	return layout->msix_va + tables_before(model, device);
}

void x86_pci_map_tables(const struct model *model, const struct layout *layout, const struct table_tree *tree,
			uint64_t start)
{
	uint64_t va = layout->msix_va - start;

	for (size_t i = 0; i < model->device_count; i++) {
		struct range pages = x86_pci_table_pages(&model->devices[i]);

		table_map(tree, va, pages.base, pages.size, TABLE_REGISTERS);
		va += pages.size;
	}
}

void x86_pci_rows(const struct model *model, const struct layout *layout, struct plan_x86 *row)
{
	for (size_t i = 0; i < model->device_count; i++) {
		const struct device *device = &model->devices[i];
		struct plan_x86_function *out = &row->functions[row->function_count];

		if (!is_owned(device))
			continue;
		out->id = device->function->id;
		out->partition = (uint16_t)device->owner;
		memcpy(out->bars, device->function->bars, sizeof(out->bars));
		memcpy(out->masks, device->function->masks, sizeof(out->masks));
		if (device->function->msix_count != 0) {
			out->msix_count = device->function->msix_count;
			out->msix_pa = device->function->msix_pa;
			out->msix_va = layout->msix_va + tables_before(model, device) + out->msix_pa % PAGE_SIZE;
		}
		row->function_count++;
	}
}
