/* SPDX-License-Identifier: Apache-2.0 */
/* Image files from fuzz inputs. Not here: what is done with them. */
#include "sparse.h"

#include <string.h>

#include "planner/align.h"

uint8_t sparse_file[SPARSE_MOST] __attribute__((aligned(8)));
size_t sparse_size;

struct piece {
	uint32_t offset, length;
};

uint32_t sparse_expand(const uint8_t *data, size_t size)
{
	uint32_t head[2];
	size_t at = sizeof(head);

	memcpy(head, data, sizeof(head));
	sparse_size = head[1] <= SPARSE_MOST ? head[1] : SPARSE_MOST;
	memset(sparse_file, 0, sparse_size);
	while (size - at >= sizeof(struct piece)) {
		struct piece piece;

		memcpy(&piece, data + at, sizeof(piece));
		at += sizeof(piece);
		if (piece.length > size - at || piece.offset > sparse_size || piece.length > sparse_size - piece.offset)
			break;
		memcpy(sparse_file + piece.offset, data + at, piece.length);
		at += piece.length;
		at += size - at < (-piece.length & 7u) ? size - at : (-piece.length & 7u);
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
