/* SPDX-License-Identifier: Apache-2.0 */
/*
 * PCI functions (PCI Local Bus Specification 3.0, chapter 6; PCI Express Base Specification 3.0, chapter 7): quiet at boot, then
 * in the hands of their owners, who reach their configuration through here.
 */
#ifndef X86_PCI_H
#define X86_PCI_H

#include "plan/plan.h"
#include "plan/refusal.h"
#include "types.h"

/*
 * Makes every function quiet: no addresses, no bus mastering; and gives those of the plan the addresses that it says. Boot core,
 * before others run. Refuses a machine whose functions are not the plan's.
 */
enum refusal pci_start(const struct plan_header *plan);

/* The same for the functions of this core's partition at its end: no guest of it changes that any more. Cannot fail. */
void pci_quiet(void);

/*
 * A guest's access to configuration space: `place` is its offset there, `size` 1, 2 or 4 bytes. What is not the partition's own,
 * or not there, reads all ones; what would change where a function answers, or is not known, is not written. The guest's core.
 * Cannot fail.
 */
uint32_t pci_guest_read(uint64_t place, uint32_t size);
void pci_guest_write(uint64_t place, uint32_t size, uint32_t value);

/* The same by the ports 0xcf8 to 0xcff; the address latch is the partition's. */
uint32_t pci_port_read(uint16_t port, uint32_t size);
void pci_port_write(uint16_t port, uint32_t size, uint32_t value);

/* Whether this core's partition owns a function, and so has configuration space. Cannot fail. */
bool pci_is_there(void);

#endif
