/* SPDX-License-Identifier: Apache-2.0 */
/*
 * MSI-X: interrupts that PCI functions send by themselves (PCI Local Bus Specification 3.0, 6.8.2), directly to the guest's cores.
 * The hardware's table names entries of the IOMMU's remapping table, and those alone say which core gets which vector.
 */
#ifndef X86_MESSAGE_H
#define X86_MESSAGE_H

#include "plan/plan.h"
#include "types.h"

/* A function, by its row, answers at its table: makes every entry of it masked, and its place in the remapping table. Boot core. Cannot fail. */
void message_start(const struct plan_x86 *x86, uint32_t row);

/* No message of a function, by its row, reaches a core until a guest programs it again. Any core; waits as iommu_forget_messages. */
void message_close(const struct plan_x86 *x86, uint32_t row);

/*
 * A guest's access to the pages of its function's MSI-X table: `offset` in them, `size` 1, 2 or 4 bytes. Words of the table are
 * written as a whole; its messages reach the partition's own cores only, as plain interrupts, and what would be another is not
 * written. What else lies in these pages is the function's own affair. The guest's core; waits as iommu_forget_messages.
 */
uint32_t message_guest_read(const struct plan_filter *filter, uint64_t offset, uint32_t size);
void message_guest_write(const struct plan_filter *filter, uint64_t offset, uint32_t size, uint32_t value);

#endif
