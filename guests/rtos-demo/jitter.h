/* SPDX-License-Identifier: Apache-2.0 */
/* A histogram of release jitter: how long after its nominal time each release ran. */
#ifndef RTOS_DEMO_JITTER_H
#define RTOS_DEMO_JITTER_H

#include <stddef.h>
#include <stdint.h>

#define JITTER_BUCKETS 11u

struct jitter {
	uint64_t buckets[JITTER_BUCKETS]; /* the last one counts what is above all limits */
	uint64_t max_ns;
};

void jitter_record(struct jitter *jitter, uint64_t nanoseconds);

/* Writes "<1:9990 <2:8 ... max 3.1", in microseconds, without empty buckets. */
void jitter_format(const struct jitter *jitter, char *text, size_t size);

#endif
