/* SPDX-License-Identifier: Apache-2.0 */
/* Image files from fuzz inputs. Not here: what is done with them. */
#include "sparse.h"

#include <stdbool.h>
#include <string.h>

#include "planner/align.h"

uint8_t sparse_file[SPARSE_MOST] __attribute__((aligned(8)));
size_t sparse_size;

struct piece {
	uint32_t offset, length;
};

struct run {
	uint64_t first, step;
};

static bool fits(const struct piece *piece)
{
	return piece->offset <= sparse_size && piece->length <= sparse_size - piece->offset;
}

/* Bytes of input that the piece takes behind its head; 0: they are not there, or have no place. */
static size_t fill(struct piece piece, const uint8_t *data, size_t size)
{
	bool is_run = (piece.length & SPARSE_RUN) != 0;
	struct run run;

	piece.length &= ~SPARSE_RUN;
	if (!fits(&piece) || size < (is_run ? sizeof(run) : piece.length))
		return 0;
	if (!is_run) {
		memcpy(sparse_file + piece.offset, data, piece.length);
		return size - piece.length < (-piece.length & 7u) ? size : piece.length + (-piece.length & 7u);
	}
	memcpy(&run, data, sizeof(run));
	for (uint32_t at = 0; at + sizeof(run.first) <= piece.length; at += sizeof(run.first)) {
		memcpy(sparse_file + piece.offset + at, &run.first, sizeof(run.first));
		run.first += run.step;
	}
	return sizeof(run);
}

uint32_t sparse_expand(const uint8_t *data, size_t size)
{
	uint32_t head[2];
	size_t at = sizeof(head);

	memcpy(head, data, sizeof(head));
	sparse_size = head[1] <= SPARSE_MOST ? head[1] : SPARSE_MOST;
	memset(sparse_file, 0, sparse_size);
	while (size - at >= sizeof(struct piece)) {
		struct piece piece;
		size_t taken;

		memcpy(&piece, data + at, sizeof(piece));
		at += sizeof(piece);
		taken = fill(piece, data + at, size - at);
		if (taken == 0)
			break;
		at += taken;
	}
	return head[0];
}

struct plan_header *sparse_plan(void)
{
	for (size_t at = 0; at + sizeof(struct plan_header) <= sparse_size; at += PAGE_SIZE) {
		struct plan_header *plan = (struct plan_header *)(void *)(sparse_file + at);

		if (plan->magic == PLAN_MAGIC && plan->plan_base - plan->image_base == at)
			return plan;
	}
	return NULL;
}
