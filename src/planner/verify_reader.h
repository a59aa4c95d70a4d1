/* SPDX-License-Identifier: Apache-2.0 */
/* What the files offer each other that read a configuration for the verifier. Not here: their interface (verify_config.h). */
#ifndef PLANNER_VERIFY_READER_H
#define PLANNER_VERIFY_READER_H

#include "planner/verify_device.h"
#include "planner/verify_images.h"
#include "planner/verify_tree.h"

/* The claims while they grow. */
struct verify_reader {
	struct verify_tree tree;
	int gic;
	struct verify_claims claims;
	uint64_t *cores, *releases;
	struct verify_claim_partition *partitions;
	struct plan_range *memory;
	struct verify_claim_window *windows;
	struct verify_claim_interrupt *interrupts;
	struct plan_range *controllers;
	struct verify_claim_ports *ports;
	struct verify_claim_function *functions;
	struct verify_devices devices;
	size_t core_count, partition_count, memory_count, window_count, interrupt_count, controller_count, port_count;
	size_t function_count;
	struct verify_images images;
	const char *file;
	int *nodes; /* of partitions */
	size_t node_count;
};

static inline uint64_t verify_page_down(uint64_t address)
{
	return address & ~UINT64_C(4095);
}

static inline uint64_t verify_page_up(uint64_t address)
{
	return verify_page_down(address + 4095);
}

/* Says that what a node has cannot be followed, so that there are no claims. */
void verify_reader_refuse(const struct verify_reader *reader, int node, const char *what);

/* Whether a node has a property; whether `text` is among its strings. */
bool verify_reader_has(const struct verify_reader *reader, int node, const char *name);
bool verify_reader_text_is(const struct verify_reader *reader, int node, const char *name, const char *text);

/* As much of a name as there is room for, in `to`, which is zero. */
void verify_reader_name(char to[PLAN_NAME], const char *from, size_t length);

/* verify_board.c: what exists. False, after a message, when the rest means nothing without it. */
bool verify_board_read(struct verify_reader *reader);

/* verify_partition.c: who has it, once the board was read. */
void verify_partitions_read(struct verify_reader *reader);

#endif
