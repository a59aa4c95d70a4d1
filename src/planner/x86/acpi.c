/* SPDX-License-Identifier: Apache-2.0 */
/* ACPI tables. Those of numbers are written as they are; the DSDT is text that iasl compiles. */
#include "planner/x86/acpi.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "planner/align.h"
#include "planner/file.h"
#include "planner/memory.h"
#include "planner/message.h"
#include "planner/program.h"
#include "planner/uart.h"
#include "planner/x86/pci.h"

#define HEADER_SIZE 36u
#define TABLE_ALIGNMENT 16u
#define CHECKSUM 9u   /* its offset in a table's header */
#define RSDP_SIZE 36u /* 5.2.5.3 */
#define RSDP_CHECKED 20u
#define RSDP_CHECKSUM 8u
#define RSDP_EXTENDED_CHECKSUM 32u

/* FADT: offsets (table 5-33). */
#define FADT_SIZE 276u
#define FADT_BOOT_ARCHITECTURE 109u
#define FADT_FLAGS 112u
#define FADT_RESET 116u
#define FADT_RESET_VALUE 128u
#define FADT_MINOR 131u
#define FADT_DSDT 140u
#define FADT_SLEEP_CONTROL 244u
#define FADT_SLEEP_STATUS 256u

#define BOOT_NO_VGA 0x4u
#define BOOT_NO_RTC 0x20u
#define FLAG_WBINVD 0x1u
#define FLAG_C1 0x4u
#define FLAG_RESET (1u << 10)
#define FLAG_HEADLESS (1u << 12)
#define FLAG_HARDWARE_REDUCED (1u << 20)

#define MCFG_SIZE 60u /* with one row */
#define MCFG_BASE 44u
#define MCFG_LAST_BUS 55u

#define XSDT_POINTER_SIZE 8u

#define IO_MOST 255u /* ports of an I/O descriptor, whose length is a byte (6.4.2.5) */

#define MADT_CORE_SIZE 8u
#define MADT_IO_APIC_SIZE 12u

/* Tables one behind the other. */
struct acpi {
	uint8_t *bytes;
	size_t size, used;
	uint64_t address; /* guest-physical, of the first byte */
};

static void put(uint8_t *table, size_t offset, uint64_t value, size_t size)
{
	memcpy(table + offset, &value, size);
}

/* Texts in tables have no end but that of their fields. */
static void put_text(uint8_t *table, size_t offset, const char *text)
{
	for (size_t i = 0; text[i] != '\0'; i++)
		table[offset + i] = (uint8_t)text[i];
}

/* Makes the sum of all `size` bytes 0. */
static void sum(uint8_t *table, size_t size, size_t checksum)
{
	uint8_t total = 0;

	for (size_t i = 0; i < size; i++)
		total = (uint8_t)(total + table[i]);
	table[checksum] = (uint8_t)(table[checksum] - total);
}

/* Room for a table; NULL where there is none. */
static uint8_t *acpi_take(struct acpi *acpi, size_t size, uint64_t *address)
{
	uint8_t *table = acpi->bytes + acpi->used;

	if (size > acpi->size - acpi->used)
		return NULL;
	*address = acpi->address + acpi->used;
	acpi->used = align_up(acpi->used + size, TABLE_ALIGNMENT);
	return table;
}

static uint8_t *table_take(struct acpi *acpi, const char *signature, uint8_t revision, size_t size, uint64_t *address)
{
	uint8_t *table = acpi_take(acpi, size, address);

	if (!table)
		return NULL;
	put_text(table, 0, signature);
	put(table, 4, size, 4);
	table[8] = revision;
	put_text(table, 10, "BULKHDPARTTION");
	put(table, 24, 1, 4);
	put_text(table, 28, "BLKH");
	put(table, 32, 1, 4);
	return table;
}

/* ---- DSDT ---- */

static const char *uart_text(const struct device *device, size_t number)
{
	const struct interrupt *interrupt = device->interrupt_count > 0 ? &device->interrupts[0] : NULL;
	const char *active = interrupt && (interrupt->flags == 1 || interrupt->flags == 3) ? "ActiveLow" : "ActiveHigh";
	uint32_t count = device->ports[0].count < IO_MOST ? device->ports[0].count : IO_MOST; /* a 16550 has 8 */
	char *text =
		memory_text("  Device (U%03zX) { Name (_HID, EisaId (\"PNP0501\")) Name (_UID, %zu) Name (_STA, 0xF)\n"
			    "    Name (_CRS, ResourceTemplate () { IO (Decode16, 0x%X, 0x%X, 1, %u)",
			    number, number, device->ports[0].base, device->ports[0].base, count);

	if (interrupt)
		text = memory_text("%s Interrupt (ResourceConsumer, %s, %s, Exclusive) { %d }", text,
				   interrupt->edge ? "Edge" : "Level", active, interrupt->id - 32);
	return memory_text("%s }) }\n", text);
}

/* Addresses for a function, as a window of its host: exactly those that the plan has given it, so that nothing is moved. */
static const char *window_text(const struct range *window)
{
	uint64_t last = window->base + window->size - 1;

	return memory_text("      %sMemory (ResourceProducer, PosDecode, MinFixed, MaxFixed, NonCacheable, ReadWrite,"
			   " 0, 0x%" PRIX64 ", 0x%" PRIX64 ", 0, 0x%" PRIX64 ")\n",
			   last > UINT32_MAX ? "QWord" : "DWord", window->base, last, window->size);
}

/*
 * A host bridge with the buses that there are (PCI Firmware Specification 3.0, 4.5) and what it takes of the functions' addresses.
 * Configuration space is reserved beside it (4.1.2): else Linux leaves it alone.
 */
static const char *host_text(const struct model *model, const struct partition *partition)
{
	const struct x86_board *x86 = &model->board.x86;
	const char *text = memory_text(
		"  Device (PCI0) { Name (_HID, EisaId (\"PNP0A08\")) Name (_CID, EisaId (\"PNP0A03\")) Name (_UID, 0)\n"
		"    Name (_SEG, 0) Name (_BBN, 0)\n"
		"    Name (_CRS, ResourceTemplate () {\n"
		"      WordBusNumber (ResourceProducer, MinFixed, MaxFixed, PosDecode, 0, 0, %u, 0, %u)\n",
		x86->buses - 1, x86->buses);

	for (size_t i = 0; i < partition->device_count; i++) {
		const struct device *device = &model->devices[partition->devices[i]];

		for (size_t j = 0; device->function != NULL && j < device->register_count; j++)
			text = memory_text("%s%s", text, window_text(&device->registers[j]));
	}
	return memory_text(
		"%s    }) }\n"
		"  Device (ECAM) { Name (_HID, EisaId (\"PNP0C02\")) Name (_UID, 0)\n"
		"    Name (_CRS, ResourceTemplate () {\n"
		"      QWordMemory (ResourceConsumer, PosDecode, MinFixed, MaxFixed, NonCacheable, ReadWrite,"
		" 0, 0x%" PRIX64 ", 0x%" PRIX64 ", 0, 0x%" PRIX64 ") }) }\n",
		text, x86->configuration.base, x86->configuration.base + x86->configuration.size - 1,
		x86->configuration.size);
}

/* Sleep type 5 is what `_S5` has the guest write to the sleep control register (7.3.4, 4.8.3.7). */
static const char *dsdt_text(const struct model *model, const struct partition *partition)
{
	char *text = memory_text("DefinitionBlock (\"\", \"DSDT\", 2, \"BULKHD\", \"PARTTION\", 1)\n{\n"
				 "  Name (\\_S5, Package () { 5, 5, 0, 0 })\n  Scope (\\_SB) {\n");
	size_t count = 0;

	for (size_t i = 0; i < partition->device_count; i++) {
		const struct device *device = &model->devices[partition->devices[i]];

		if (device->port_count > 0 && uart_find(model->tree, device->node) != NULL)
			text = memory_text("%s%s", text, uart_text(device, count++));
	}
	if (x86_pci_is_owner(model, partition))
		text = memory_text("%s%s", text, host_text(model, partition));
	return memory_text("%s  }\n}\n", text);
}

/* iasl takes and makes files only. `text` compiled; without data after a message. */
static struct file dsdt_compile(const char *text, const char *folder)
{
	const char *source = memory_text("%s/dsdt.dsl", folder), *output = memory_text("%s/dsdt.aml", folder);
	const char *const arguments[] = {"iasl", "-vs", "-ve", "-p", output, source, NULL};
	FILE *stream = fopen(source, "w");
	bool written = stream && fputs(text, stream) >= 0;
	struct program_run run = {.status = -1};
	struct file compiled = {0};

	written = stream && fclose(stream) == 0 && written;
	if (!written)
		message_error((struct location){0}, "cannot write %s: %s", source, strerror(errno));
	else
		run = program_run(arguments, "acpica-tools");
	if (run.status == 0)
		compiled = file_read(output);
	if (run.messages.data && !compiled.data)
		message_error((struct location){0}, "internal error: iasl refuses a DSDT: %s%s; report this",
			      (const char *)run.output.data, (const char *)run.messages.data);
	unlink(source);
	unlink(output);
	return compiled;
}

static struct file dsdt_make(const struct model *model, const struct partition *partition)
{
	const char *temporary = getenv("TMPDIR");
	char *folder;
	struct file compiled = {0};

	if (!temporary || !*temporary)
		temporary = "/tmp";
	folder = memory_text("%s/bulkhead-XXXXXX", temporary);
	if (!mkdtemp(folder)) {
		message_error((struct location){0}, "cannot make a folder in %s: %s", temporary, strerror(errno));
		return compiled;
	}
	compiled = dsdt_compile(dsdt_text(model, partition), folder);
	rmdir(folder);
	return compiled;
}

/* ---- tables of numbers ---- */

/* A byte-wide port: Generic Address Structure (5.2.3.2). */
static void put_port(uint8_t *table, size_t offset, uint64_t port)
{
	put(table, offset, 1, 1);
	put(table, offset + 1, 8, 1);
	put(table, offset + 3, 1, 1);
	put(table, offset + 4, port, 8);
}

static bool fadt_write(struct acpi *acpi, uint64_t dsdt, uint64_t *address)
{
	uint8_t *table = table_take(acpi, "FACP", 6, FADT_SIZE, address);

	if (!table)
		return false;
	put(table, FADT_BOOT_ARCHITECTURE, BOOT_NO_VGA | BOOT_NO_RTC, 2);
	put(table, FADT_FLAGS, FLAG_WBINVD | FLAG_C1 | FLAG_RESET | FLAG_HEADLESS | FLAG_HARDWARE_REDUCED, 4);
	put_port(table, FADT_RESET, X86_ACPI_RESET_PORT);
	put(table, FADT_RESET_VALUE, X86_ACPI_RESET_VALUE, 1);
	put(table, FADT_MINOR, 3, 1);
	put(table, FADT_DSDT, dsdt, 8);
	put_port(table, FADT_SLEEP_CONTROL, X86_ACPI_SLEEP_PORT);
	put_port(table, FADT_SLEEP_STATUS, X86_ACPI_SLEEP_PORT + 1);
	sum(table, FADT_SIZE, CHECKSUM);
	return true;
}

static bool madt_write(struct acpi *acpi, const struct model *model, const struct partition *partition,
		       uint64_t *address)
{
	size_t size = HEADER_SIZE + 8 + partition->core_count * MADT_CORE_SIZE + MADT_IO_APIC_SIZE;
	uint8_t *table = table_take(acpi, "APIC", 5, size, address), *entry;

	if (!table)
		return false;
	put(table, HEADER_SIZE, model->board.gic.cpu_interface.base, 4);
	entry = table + HEADER_SIZE + 8;
	for (size_t i = 0; i < partition->core_count; i++, entry += MADT_CORE_SIZE) {
		put(entry, 1, MADT_CORE_SIZE, 1);
		put(entry, 2, i, 1);
		put(entry, 3, model->cores[partition->cores[i]].mpidr, 1);
		put(entry, 4, 1, 4); /* enabled */
	}
	put(entry, 0, 1, 1);
	put(entry, 1, MADT_IO_APIC_SIZE, 1);
	put(entry, 4, model->board.gic.distributor.base, 4);
	sum(table, size, CHECKSUM);
	return true;
}

/* Memory-mapped configuration space, of segment 0 (PCI Firmware Specification 3.0, 4.1.2). */
static bool mcfg_write(struct acpi *acpi, const struct x86_board *x86, uint64_t *address)
{
	uint8_t *table = table_take(acpi, "MCFG", 1, MCFG_SIZE, address);

	if (!table)
		return false;
	put(table, MCFG_BASE, x86->configuration.base, 8);
	put(table, MCFG_LAST_BUS, x86->buses - 1, 1);
	sum(table, MCFG_SIZE, CHECKSUM);
	return true;
}

static void rsdp_write(uint8_t *table, uint64_t xsdt)
{
	put_text(table, 0, "RSD PTR ");
	put_text(table, 9, "BULKHD");
	put(table, 15, 2, 1);
	put(table, 20, RSDP_SIZE, 4);
	put(table, 24, xsdt, 8);
	sum(table, RSDP_CHECKED, RSDP_CHECKSUM);
	sum(table, RSDP_SIZE, RSDP_EXTENDED_CHECKSUM);
}

static bool dsdt_write(struct acpi *acpi, const struct file *compiled, uint64_t *address)
{
	uint8_t *table = acpi_take(acpi, compiled->size, address);

	if (table)
		memcpy(table, compiled->data, compiled->size);
	return table != NULL;
}

/* Of the tables that it leads to. */
static void xsdt_fill(uint8_t *table, size_t size, const uint64_t *addresses)
{
	for (size_t i = 0; HEADER_SIZE + i * XSDT_POINTER_SIZE < size; i++)
		put(table, HEADER_SIZE + i * XSDT_POINTER_SIZE, addresses[i], XSDT_POINTER_SIZE);
	sum(table, size, CHECKSUM);
}

bool x86_acpi_write(const struct model *model, const struct partition *partition, uint64_t address, uint8_t *tables,
		    size_t size)
{
	struct acpi acpi = {.bytes = tables, .size = size, .address = address};
	struct file compiled = dsdt_make(model, partition);
	bool has_pci = x86_pci_is_owner(model, partition);
	size_t xsdt_size = HEADER_SIZE + (has_pci ? 3 : 2) * XSDT_POINTER_SIZE;
	uint64_t rsdp, xsdt, dsdt, leads_to[3];
	uint8_t *pointers;

	if (!compiled.data)
		return false;
	acpi_take(&acpi, RSDP_SIZE, &rsdp);
	pointers = table_take(&acpi, "XSDT", 1, xsdt_size, &xsdt);
	if (!pointers || !dsdt_write(&acpi, &compiled, &dsdt) || !fadt_write(&acpi, dsdt, &leads_to[0]) ||
	    !madt_write(&acpi, model, partition, &leads_to[1]) ||
	    (has_pci && !mcfg_write(&acpi, &model->board.x86, &leads_to[2]))) {
		message_error(partition->location, "the ACPI tables of partition '%s' take more than %zu bytes",
			      partition->name, size);
		return false;
	}
	xsdt_fill(pointers, xsdt_size, leads_to);
	rsdp_write(tables, xsdt);
	return true;
}
