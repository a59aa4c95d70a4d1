/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the integrator may have meant by a misspelt word. Not here: the words.
 */
#ifndef PLANNER_SUGGEST_H
#define PLANNER_SUGGEST_H

#include <stddef.h>

/* The word of `words` nearest to `word`, or NULL when none is near: more than a third of its letters differ. */
const char *suggest_nearest(const char *word, const char *const *words, size_t count);

/* The end of a message: "; did you mean 'X'?" or, when none is near, "; it can be 'A', 'B' or 'C'". */
const char *suggest_text(const char *word, const char *const *words, size_t count);

#endif
