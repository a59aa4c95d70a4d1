/* SPDX-License-Identifier: Apache-2.0 */
/* Periodic release of a task on absolute deadlines: a late release does not move those after it. */
#ifndef RT_PERIODIC_H
#define RT_PERIODIC_H

#include <stdint.h>

struct periodic {
	uint64_t period;
	uint64_t next; /* nominal time of the release to come */
};

/* Releases at `first`, first + period, ...; ticks. */
void periodic_init(struct periodic *periodic, uint64_t first, uint64_t period);

/* Waits for the next release and returns its nominal time. A task that is behind gets the releases that it missed one
 * after the other, without a wait, until it has caught up. */
uint64_t periodic_wait(struct periodic *periodic);

/* Of more than `limit` overdue releases gives up all but the latest; returns how many. */
uint64_t periodic_drop_overdue(struct periodic *periodic, uint64_t limit);

#endif
