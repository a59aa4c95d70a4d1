/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The pieces of the second pass. Each copes with a model in which errors were found, and reports what it finds wrong.
 */
#ifndef PLANNER_CHECK_PARTS_H
#define PLANNER_CHECK_PARTS_H

#include "planner/model.h"

/* The hypervisor's place, the cores, the interrupts that must be free. */
void check_board(const struct model *model);

/* Owned devices: reachable, confined, and not sharing a page or an interrupt with another owner's. */
void check_devices(const struct model *model);

/* One of them: enabled, with registers and interrupts that exist. */
void check_device_is_there(const struct model *model, const struct partition *partition, const struct device *device);

/* Whether two devices have a page or a shared interrupt in common. */
bool check_devices_touch(const struct device *a, const struct device *b);

/* Memory windows, and everything else in each partition's guest-physical space. */
void check_memory(const struct model *model);

/* Partitions that run in AArch32: their cores and addresses. Once load_images has found out which do. */
void check_aarch32(const struct model *model);

/* Texts for messages: "2 GiB", or bytes where no unit fits. */
const char *check_size_text(uint64_t size);

/* True when [base, base + size) lies in the board's RAM as a whole, or only some byte of it does. */
bool check_is_ram(const struct board *board, uint64_t base, uint64_t size);
bool check_touches_ram(const struct board *board, uint64_t base, uint64_t size);

/* The name of a shared interrupt: "SPI 5", or "pin 4 of the I/O APIC". */
const char *check_interrupt_name(const struct model *model, uint32_t id);

/* True when [base, base + size) can be addressed with the board's `pa-bits`. */
bool check_is_addressable(const struct board *board, uint64_t base, uint64_t size);

#endif
