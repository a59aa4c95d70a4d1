/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The ACPI tables that a partition finds: its cores, its I/O APIC and its UARTs, and how to reset and switch off itself. ACPI
 * Specification 6.3, 5.2. Not here: where they lie (start.h).
 */
#ifndef PLANNER_X86_ACPI_H
#define PLANNER_X86_ACPI_H

#include "planner/model.h"

#define X86_ACPI_RESET_PORT 0xcf9u /* these three are the hypervisor's to answer */
#define X86_ACPI_RESET_VALUE 6u
#define X86_ACPI_SLEEP_PORT 0x600u

/*
 * Writes the tables of `partition` for guest-physical `address`, RSDP first, into `size` bytes at `tables`. False after a
 * message: they do not fit, or iasl cannot be run.
 */
bool x86_acpi_write(const struct model *model, const struct partition *partition, uint64_t address, uint8_t *tables,
		    size_t size);

#endif
