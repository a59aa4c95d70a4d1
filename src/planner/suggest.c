/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The nearest right word, by edit distance (insertions, deletions, substitutions and swaps of neighbours). Not here:
 * the words.
 */
#include "planner/suggest.h"

#include <limits.h>
#include <string.h>

#include "planner/memory.h"

static unsigned smaller(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

/* Optimal string alignment: three rows of the usual table are alive at a time. */
static unsigned distance(const char *from, const char *to)
{
	size_t width = strlen(to) + 1;
	unsigned *rows = memory_zeroed(3 * width, sizeof(*rows));
	unsigned *before = rows, *previous = rows + width, *row = rows + 2 * width;

	for (size_t j = 0; j < width; j++)
		row[j] = (unsigned)j;
	for (size_t i = 1; from[i - 1] != '\0'; i++) {
		unsigned *oldest = before;

		before = previous;
		previous = row;
		row = oldest;
		row[0] = (unsigned)i;
		for (size_t j = 1; j < width; j++) {
			row[j] = smaller(smaller(row[j - 1], previous[j]) + 1,
					 previous[j - 1] + (from[i - 1] != to[j - 1]));
			if (i > 1 && j > 1 && from[i - 1] == to[j - 2] && from[i - 2] == to[j - 1])
				row[j] = smaller(row[j], before[j - 2] + 1);
		}
	}
	return row[width - 1];
}

const char *suggest_nearest(const char *word, const char *const *words, size_t count)
{
	unsigned limit = (unsigned)strlen(word) / 3 + 1, best = UINT_MAX;
	const char *nearest = NULL;

	for (size_t i = 0; i < count; i++) {
		unsigned d = distance(word, words[i]);

		if (d < best && d <= limit) {
			best = d;
			nearest = words[i];
		}
	}
	return nearest;
}

const char *suggest_text(const char *word, const char *const *words, size_t count)
{
	const char *nearest = suggest_nearest(word, words, count);
	const char *text = "; it can be";

	if (nearest != NULL)
		return memory_text("; did you mean '%s'?", nearest);
	for (size_t i = 0; i < count; i++)
		text = memory_text("%s%s '%s'", text, i == 0 ? "" : i == count - 1 ? " or" : ",", words[i]);
	return count == 0 ? "" : text;
}
