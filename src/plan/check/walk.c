/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads translation tables as the hardware does: pages of 512 entries, up to four levels of them, 4 KiB at level 3. Not here:
 * what an entry says (armv8/tables.c, x86/tables.c), what they should hold.
 */
#include "plan/check/arch.h"

#define ENTRIES 512u
#define LAST_LEVEL 3u

bool verify_word(const struct verify *verify, uint64_t pa, uint64_t *word)
{
	const struct plan_header *plan = verify->plan;
	const uint8_t *bytes;

	*word = 0;
	if (((pa % 8u) != 0u) || !verify_inside(pa, 8u, plan->image_base, verify->size)) {
		return false;
	}
	bytes = &verify->image[pa - plan->image_base];
	for (uint64_t i = 0; i < 8u; i++) {
		*word |= (uint64_t)bytes[i] << (8u * i);
	}
	return true;
}

uint64_t verify_span(uint32_t level)
{
	return VERIFY_PAGE << (9u * (LAST_LEVEL - level));
}

void verify_walk_start(const struct verify *verify, const struct verify_tree *tree, struct verify_cursor *cursor)
{
	*cursor = (struct verify_cursor){.tree = *tree};
	cursor->tables_left = (verify->plan->table_size / VERIFY_PAGE) + 1u;
	cursor->table[0] = tree->root;
}

static void enter(struct verify_cursor *cursor, const struct verify_step *step)
{
	cursor->depth++;
	cursor->table[cursor->depth] = step->pa;
	cursor->index[cursor->depth] = 0;
	cursor->va[cursor->depth] = step->va;
	cursor->tables_left--;
}

/* Enters the table that was found, if that can be. */
static void step_into(const struct verify *verify, struct verify_cursor *cursor, struct verify_step *step)
{
	if (cursor->tables_left == 0u) {
		step->kind = VERIFY_STEP_ENDLESS;
		cursor->depth = 0;
		cursor->index[0] = cursor->tree.entries;
	} else if (!verify_inside(step->pa, VERIFY_PAGE, verify->plan->image_base, verify->size)) {
		step->kind = VERIFY_STEP_OUTSIDE;
	} else {
		enter(cursor, step);
	}
}

/* The entry that the cursor is at; it then is at the next one. */
static struct verify_step take(const struct verify *verify, struct verify_cursor *cursor)
{
	uint32_t depth = cursor->depth;
	uint32_t level = cursor->tree.level + depth;
	uint64_t index = cursor->index[depth];
	struct verify_step step;
	uint64_t word;

	cursor->index[depth]++;
	(void)verify_word(verify, cursor->table[depth] + (index * 8u), &word);
	step = cursor->tree.format->decode(word, level, cursor->va[depth] + (index * verify_span(level)));
	if (step.kind == VERIFY_STEP_TABLE) {
		step_into(verify, cursor, &step);
	}
	return step;
}

struct verify_step verify_walk_next(const struct verify *verify, struct verify_cursor *cursor)
{
	struct verify_step step = {.kind = VERIFY_STEP_END};
	bool done = false;

	while (!done && (step.kind == VERIFY_STEP_END)) {
		uint64_t entries = (cursor->depth == 0u) ? cursor->tree.entries : ENTRIES;

		if (cursor->index[cursor->depth] < entries) {
			step = take(verify, cursor);
		} else if (cursor->depth != 0u) {
			cursor->depth--;
		} else {
			done = true;
		}
	}
	return step;
}

struct verify_step verify_lookup(const struct verify *verify, const struct verify_tree *tree, uint64_t va,
				 uint64_t *table)
{
	struct verify_step step = {.kind = VERIFY_STEP_TABLE, .level = tree->level, .pa = tree->root};
	uint64_t entries = tree->entries;

	*table = 0;
	while (step.kind == VERIFY_STEP_TABLE) {
		uint64_t span = verify_span(step.level);
		uint64_t index = va / span;
		uint64_t word;

		if (step.level != tree->level) {
			index %= ENTRIES;
		}
		*table = (step.level == LAST_LEVEL) ? step.pa : 0u;
		if ((index >= entries) || !verify_word(verify, step.pa + (index * 8u), &word)) {
			step = (struct verify_step){.kind = VERIFY_STEP_END}; /* the table's address is nobody's page */
		} else {
			step = tree->format->decode(word, step.level, va - (va % span));
		}
		entries = ENTRIES;
	}
	if (step.kind == VERIFY_STEP_LEAF) {
		step.pa += va - step.va;
	}
	return step;
}
