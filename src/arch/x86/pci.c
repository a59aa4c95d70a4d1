/* SPDX-License-Identifier: Apache-2.0 */
/*
 * PCI's configuration space. Base address registers keep what boot wrote wherever they matter: a guest writes them only while the
 * function answers to no address, and they are as planned again before it does; so a guest can ask for their sizes, and reset a
 * function. Its four interrupt lines stay off, since functions of other partitions share them.
 */
#include "arch/x86/pci.h"

#include "arch/x86/lock.h"
#include "arch/x86/message.h"
#include "arch/x86/stage2.h"
#include "arch/x86/x86.h"

/* A function's registers */
#define REGISTER_ID 0x00u
#define REGISTER_COMMAND 0x04u
#define REGISTER_STATUS 0x06u
#define REGISTER_CLASS 0x0au
#define REGISTER_CACHE_LINE 0x0cu
#define REGISTER_LATENCY 0x0du
#define REGISTER_HEADER 0x0eu
#define REGISTER_BAR 0x10u
#define REGISTER_SECONDARY_BUS 0x19u
#define REGISTER_BAR_END (REGISTER_BAR + (4u * PLAN_X86_BARS))
#define REGISTER_ROM 0x30u
#define REGISTER_CAPABILITIES 0x34u
#define REGISTER_LINE 0x3cu
#define REGISTER_CAPABILITY_LEAST 0x40u

#define ID_NONE 0xffffffffu
#define COMMAND_MEMORY 0x2u
#define COMMAND_MASTER 0x4u
#define COMMAND_GUEST 0x146u /* memory, bus master, parity, SERR */
#define COMMAND_LINE_OFF 0x400u
#define STATUS_CAPABILITIES 0x10u
#define HEADER_KIND 0x7fu
#define HEADER_BRIDGE 0x01u
#define CLASS_BRIDGE 0x06u
#define CLASS_IOMMU 0x0806u
#define BAR_PORTS 0x1u
#define BAR_FLAGS 0xfu
#define BAR_WIDE 0x4u

#define CAPABILITY_ID 0xffu
#define CAPABILITY_MSI 0x05u
#define CAPABILITY_MSIX 0x11u
#define CAPABILITY_CONTROL 2u /* offsets, of both kinds */
#define MSIX_PLACE 4u
#define MSIX_REGISTER 0x7u
#define MSIX_LAST_ENTRY 0x7ffu

#define FUNCTION_SHIFT 12
#define BUS_IDS 256u
#define ALL_ONES 0xffffffffu

#define PORT_ADDRESS 0xcf8u
#define PORT_DATA 0xcfcu
#define ADDRESS_ENABLE 0x80000000u

/* Parts of capabilities that change nothing but the function itself. */
static const struct {
	uint8_t id;
	uint8_t first;
	uint8_t size;
} open_parts[] = {
	{0x01, 4, 4},            /* power management: state */
	{0x10, 8, 52},           /* PCI Express: from device control on */
	{CAPABILITY_MSIX, 0, 4}, /* control; the table has a filter of its own */
};

#define CAPABILITY_MOST 48u /* of 4 bytes, in what the list can lie in */

/* Of a partition: held for the accesses of one write. */
static struct ticket_lock locks[PLAN_MAX_PARTITIONS];
static uint32_t latches[PLAN_MAX_PARTITIONS];

static uint64_t function_registers(const struct plan_x86 *x86, uint32_t id)
{
	return x86->configuration_va + ((uint64_t)id << FUNCTION_SHIFT);
}

/* ---- boot ---- */

/* Both ways to the first function lead to the same. */
static bool space_is_there(const struct plan_x86 *x86)
{
	uint32_t id = mmio_read32(function_registers(x86, 0) + REGISTER_ID);

	port_write32(PORT_ADDRESS, ADDRESS_ENABLE);
	return (id != ID_NONE) && (port_read32(PORT_DATA) == id);
}

/*
 * Bridges to ISA and from the cores are left alone, as is the IOMMU. One to a further bus forwards for functions that the
 * device table knows, or not at all.
 */
static void function_quiet(const struct plan_x86 *x86, uint64_t function)
{
	uint32_t class = mmio_read16(function + REGISTER_CLASS);

	if ((mmio_read8(function + REGISTER_HEADER) & HEADER_KIND) == HEADER_BRIDGE) {
		if (mmio_read8(function + REGISTER_SECONDARY_BUS) >= x86->buses) {
			mmio_write16(function + REGISTER_COMMAND,
				     (uint16_t)(mmio_read16(function + REGISTER_COMMAND) & ~COMMAND_MASTER));
		}
	} else if (((class >> 8) != CLASS_BRIDGE) && (class != CLASS_IOMMU)) {
		mmio_write16(function + REGISTER_COMMAND, COMMAND_LINE_OFF);
	} else {
		/* left alone */
	}
}

/* Where in a function's registers it has that capability; 0: it has none. */
static uint32_t capability_find(uint64_t function, uint32_t id)
{
	uint32_t at = 0;
	uint32_t found = 0;

	if ((mmio_read16(function + REGISTER_STATUS) & STATUS_CAPABILITIES) != 0u) {
		at = mmio_read8(function + REGISTER_CAPABILITIES) & ~3u;
	}
	for (uint32_t i = 0; (i < CAPABILITY_MOST) && (at >= REGISTER_CAPABILITY_LEAST) && (found == 0u); i++) {
		found = (mmio_read8(function + at) == id) ? at : 0u;
		at = mmio_read8(function + at + 1u) & ~3u;
	}
	return found;
}

static uint64_t bar_register(uint64_t function, uint64_t index)
{
	return function + REGISTER_BAR + (index * 4u);
}

static void bars_write(const struct plan_x86_function *row, uint64_t function)
{
	for (uint32_t i = 0; i < PLAN_X86_BARS; i++) {
		mmio_write32(bar_register(function, i), row->bars[i]);
	}
}

static uint64_t bar_base(const struct plan_x86_function *row, uint32_t index)
{
	uint64_t base = row->bars[index] & ~BAR_FLAGS;

	if (((row->bars[index] & BAR_WIDE) != 0u) && ((index + 1u) < PLAN_X86_BARS)) {
		base |= (uint64_t)row->bars[index + 1u] << 32;
	}
	return base;
}

/* The table is where the plan says, so that a guest reaches it through its filter only. */
static bool msix_fits(const struct plan_x86_function *row, uint64_t function)
{
	uint32_t at = capability_find(function, CAPABILITY_MSIX);
	uint32_t place = mmio_read32(function + at + MSIX_PLACE);
	uint32_t last = mmio_read16(function + at + CAPABILITY_CONTROL) & MSIX_LAST_ENTRY;
	bool fits = (at == 0u) == (row->msix_count == 0u);

	if (fits && (at != 0u)) {
		uint32_t index = place & MSIX_REGISTER;

		fits = (row->msix_count == (last + 1u)) && (index < PLAN_X86_BARS) &&
		       (row->msix_pa == (bar_base(row, index) + (place & ~MSIX_REGISTER)));
	}
	return fits;
}

/* Its messages are off, and those of MSI stay so: nothing remaps them. */
static void messages_start(const struct plan_x86 *x86, uint32_t row, uint64_t function)
{
	uint32_t msi = capability_find(function, CAPABILITY_MSI);

	if (msi != 0u) {
		mmio_write16(function + msi + CAPABILITY_CONTROL, 0u);
	}
	if (x86->functions[row].msix_count != 0u) {
		mmio_write16(function + capability_find(function, CAPABILITY_MSIX) + CAPABILITY_CONTROL, 0u);
		mmio_write16(function + REGISTER_COMMAND, COMMAND_MEMORY | COMMAND_LINE_OFF);
		message_start(x86, row);
		mmio_write16(function + REGISTER_COMMAND, COMMAND_LINE_OFF);
	}
}

/* A function that is quiet: its registers are as many and as large as the plan says. Ports are never switched on. */
static bool function_place(const struct plan_x86 *x86, uint32_t number)
{
	const struct plan_x86_function *row = &x86->functions[number];
	uint64_t function = function_registers(x86, row->id);
	bool fits = (mmio_read8(function + REGISTER_HEADER) & HEADER_KIND) == 0u; /* where nothing is, it is all ones */

	for (uint32_t i = 0; fits && (i < PLAN_X86_BARS); i++) {
		uint64_t bar = bar_register(function, i);
		uint32_t mask;

		mmio_write32(bar, ALL_ONES);
		mask = mmio_read32(bar);
		fits = (mask == row->masks[i]) || ((row->masks[i] == 0u) && ((mask & BAR_PORTS) != 0u));
	}
	fits = fits && msix_fits(row, function);
	if (fits) {
		mmio_write32(function + REGISTER_ROM, 0u);
		bars_write(row, function);
		messages_start(x86, number, function);
	}
	return fits;
}

enum refusal pci_start(const struct plan_header *plan)
{
	const struct plan_x86 *x86 = x86_of(plan);
	bool fits = true;

	if (x86->configuration_va == 0u) {
		return REFUSAL_NONE;
	}
	if (!space_is_there(x86)) {
		return REFUSAL_PCI;
	}
	for (uint32_t id = 0; id < (x86->buses * BUS_IDS); id++) {
		uint64_t function = function_registers(x86, id);

		if (mmio_read32(function + REGISTER_ID) != ID_NONE) {
			function_quiet(x86, function);
		}
	}
	for (uint32_t i = 0; i < x86->function_count; i++) {
		fits = fits && function_place(x86, i);
	}
	return fits ? REFUSAL_NONE : REFUSAL_FUNCTION;
}

/* ---- a partition's end ---- */

void pci_quiet(void)
{
	const struct core_state *core = self();
	const struct plan_x86 *x86 = x86_of(core->plan);
	uint32_t index = core->partition_index;

	lock_take(&locks[index]);
	for (uint32_t i = 0; i < x86->function_count; i++) {
		if (x86->functions[i].partition == index) {
			mmio_write16(function_registers(x86, x86->functions[i].id) + REGISTER_COMMAND,
				     COMMAND_LINE_OFF);
			message_close(x86, i);
		}
	}
	lock_release(&locks[index]);
}

/* ---- guests ---- */

/* The partition's own function at a place of configuration space; NULL: another's, nobody's, or none. */
static const struct plan_x86_function *function_find(const struct core_state *core, uint64_t place)
{
	const struct plan_x86 *x86 = x86_of(core->plan);
	const struct plan_x86_function *found = NULL;

	for (uint32_t i = 0; i < x86->function_count; i++) {
		if ((x86->functions[i].partition == core->partition_index) &&
		    (x86->functions[i].id == (place >> FUNCTION_SHIFT))) {
			found = &x86->functions[i];
		}
	}
	return found;
}

/* Whether [offset, offset + size) lies in a part of a capability that is open. */
static bool is_open(uint64_t function, uint32_t offset, uint32_t size)
{
	bool open = false;

	for (uint32_t i = 0; i < (sizeof(open_parts) / sizeof(open_parts[0])); i++) {
		uint32_t at = capability_find(function, open_parts[i].id);
		uint32_t first = at + open_parts[i].first;

		open = open || ((at != 0u) && (offset >= first) && ((offset + size) <= (first + open_parts[i].size)));
	}
	return open;
}

/* Registers become as planned before the function answers to them. */
static void command_write(const struct plan_x86_function *row, uint64_t function, uint32_t value)
{
	uint32_t old = mmio_read16(function + REGISTER_COMMAND);

	if (((value & COMMAND_MEMORY) != 0u) && ((old & COMMAND_MEMORY) == 0u)) {
		mmio_write32(function + REGISTER_ROM, 0u);
		bars_write(row, function);
	}
	mmio_write16(function + REGISTER_COMMAND, (uint16_t)((value & COMMAND_GUEST) | COMMAND_LINE_OFF));
}

/* What a guest writes to its function, in the page of whose registers `offset` is. */
struct register_write {
	uint32_t offset;
	uint32_t size;
	uint32_t value;
};

/* Command and, behind it, status, whose bits are cleared by ones: each is written alone. */
static void command_status_write(const struct plan_x86_function *row, uint64_t function,
				 const struct register_write *write)
{
	uint32_t command = mmio_read16(function + REGISTER_COMMAND);

	if (write->offset >= REGISTER_STATUS) {
		mmio_write(function + write->offset, write->size, write->value);
	} else if (write->size == 1u) {
		uint32_t shift = 8u * (write->offset - REGISTER_COMMAND);

		command_write(row, function, (command & ~(0xffu << shift)) | (write->value << shift));
	} else {
		command_write(row, function, write->value);
		if (write->size == 4u) {
			mmio_write16(function + REGISTER_STATUS, (uint16_t)(write->value >> 16));
		}
	}
}

/* The capability of MSI reads as one that is none (PCI Express 3.1, 7.23): the table of MSI-X is what can be filtered. */
static uint32_t function_read(uint64_t function, uint32_t offset, uint32_t size)
{
	uint32_t value = mmio_read(function + offset, size);

	if ((offset >= REGISTER_CAPABILITY_LEAST) && (offset == capability_find(function, CAPABILITY_MSI))) {
		value &= ~CAPABILITY_ID;
	}
	return value;
}

static void function_write(const struct plan_x86_function *row, uint64_t function, const struct register_write *write)
{
	bool answers = (mmio_read16(function + REGISTER_COMMAND) & COMMAND_MEMORY) != 0u;
	uint32_t offset = write->offset;

	if ((offset >= REGISTER_COMMAND) && (offset < (REGISTER_COMMAND + 4u))) {
		command_status_write(row, function, write);
	} else if ((offset >= REGISTER_BAR) && (offset < REGISTER_BAR_END)) {
		if (!answers && (write->size == 4u)) {
			mmio_write32(function + offset, write->value);
		}
	} else if ((offset == REGISTER_CACHE_LINE) || (offset == REGISTER_LATENCY) || (offset == REGISTER_LINE)) {
		mmio_write8(function + offset, (uint8_t)write->value);
	} else if ((offset >= REGISTER_CAPABILITY_LEAST) && is_open(function, offset, write->size)) {
		mmio_write(function + offset, write->size, write->value);
	} else {
		/* nothing else is written */
	}
}

uint32_t pci_guest_read(uint64_t place, uint32_t size)
{
	const struct core_state *core = self();
	const struct plan_x86_function *row = function_find(core, place);
	uint32_t value = ALL_ONES;

	if ((row != NULL) && ((place % size) == 0u)) {
		value = function_read(function_registers(x86_of(core->plan), row->id), (uint32_t)place % PLAN_PAGE,
				      size);
	}
	return value;
}

void pci_guest_write(uint64_t place, uint32_t size, uint32_t value)
{
	const struct core_state *core = self();
	const struct plan_x86_function *row = function_find(core, place);
	const struct register_write write = {(uint32_t)place % PLAN_PAGE, size, value};

	if ((row == NULL) || ((place % size) != 0u)) {
		return;
	}
	lock_take(&locks[core->partition_index]);
	if (!stage2_is_revoked(core->partition)) { /* else pci_quiet came before, or is about to */
		function_write(row, function_registers(x86_of(core->plan), row->id), &write);
	}
	lock_release(&locks[core->partition_index]);
}

/* The place that the latch and a data port name; the ports reach the first 256 bytes of a function (3.0, 3.2.2.3.2). */
static bool port_place(const struct core_state *core, uint16_t port, uint64_t *place)
{
	uint32_t latch = latches[core->partition_index];
	uint32_t id = (latch >> 8) & 0xffffu;
	uint32_t inside = latch & 0xfcu;

	inside |= port & 3u;
	*place = ((uint64_t)id << FUNCTION_SHIFT) + inside;
	return (latch & ADDRESS_ENABLE) != 0u;
}

bool pci_is_there(void)
{
	return self()->filter_count > 1u; /* the I/O APIC's, then PCI's */
}

uint32_t pci_port_read(uint16_t port, uint32_t size)
{
	const struct core_state *core = self();
	uint64_t place;
	uint32_t value = ALL_ONES;

	if (port >= PORT_DATA) {
		value = port_place(core, port, &place) ? pci_guest_read(place, size) : ALL_ONES;
	} else if ((port == PORT_ADDRESS) && (size == 4u)) {
		value = latches[core->partition_index];
	} else {
		/* nothing else answers */
	}
	return value;
}

void pci_port_write(uint16_t port, uint32_t size, uint32_t value)
{
	const struct core_state *core = self();
	uint64_t place;

	if (port >= PORT_DATA) {
		if (port_place(core, port, &place)) {
			pci_guest_write(place, size, value);
		}
	} else if ((port == PORT_ADDRESS) && (size == 4u)) {
		latches[core->partition_index] = value;
	} else {
		/* nothing else is written */
	}
}
