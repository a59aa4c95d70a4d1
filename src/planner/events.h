/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the one poll() of `bulkhead run` waits for: filled anew each turn by everyone who has a descriptor. Not here:
 * what they do when it is ready.
 */
#ifndef PLANNER_EVENTS_H
#define PLANNER_EVENTS_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>

#define EVENTS_MAX 512u

struct events {
	struct pollfd entries[EVENTS_MAX];
	size_t count;
};

/* Waits for `what` (POLLIN, POLLOUT) on `descriptor` in this turn; negative descriptors are left out. */
static inline void events_watch(struct events *events, int descriptor, short what)
{
	if (descriptor >= 0 && what != 0 && events->count < EVENTS_MAX)
		events->entries[events->count++] = (struct pollfd){.fd = descriptor, .events = what};
}

/* Whether `descriptor` was found ready for `what` in this turn. A hang-up or error counts as ready for all. */
static inline bool events_ready(const struct events *events, int descriptor, short what)
{
	for (size_t i = 0; i < events->count; i++) {
		if (events->entries[i].fd == descriptor)
			return (events->entries[i].revents & (what | POLLHUP | POLLERR)) != 0;
	}
	return false;
}

#endif
