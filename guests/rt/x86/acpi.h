/* SPDX-License-Identifier: Apache-2.0 */
/* What the firmware's tables say of the machine; a partition's are the hypervisor's. */
#ifndef RT_X86_ACPI_H
#define RT_X86_ACPI_H

#include <stdbool.h>
#include <stdint.h>

/* Linux's boot parameters, which are handed over in RDI; they name the tables (boot protocol 2.14, acpi_rsdp_addr). */
extern uint64_t acpi_start_block;

/* The APIC id of processor `number`, in the order of the table of interrupt controllers; false when there is none. */
bool acpi_processor(uint32_t number, uint32_t *apic_id);

#endif
