/* SPDX-License-Identifier: Apache-2.0 */
/* Buckets of the jitter histogram. */
#include "rtos-demo/jitter.h"

#include <stdio.h>

#define NS_PER_US 1000u

/* Upper limits in microseconds. */
static const uint32_t limits[JITTER_BUCKETS - 1u] = {1, 2, 5, 10, 20, 50, 100, 200, 500, 1000};

void jitter_record(struct jitter *jitter, uint64_t nanoseconds)
{
	size_t bucket = 0;

	while (bucket < JITTER_BUCKETS - 1u && nanoseconds >= (uint64_t)limits[bucket] * NS_PER_US)
		bucket++;
	jitter->buckets[bucket]++;
	if (nanoseconds > jitter->max_ns)
		jitter->max_ns = nanoseconds;
}

void jitter_format(const struct jitter *jitter, char *text, size_t size)
{
	size_t length = 0;

	for (size_t i = 0; i < JITTER_BUCKETS && length < size; i++) {
		int written;

		if (jitter->buckets[i] == 0)
			continue;
		written = i < JITTER_BUCKETS - 1u
				  ? snprintf(text + length, size - length, "<%lu:%llu ", (unsigned long)limits[i],
					     (unsigned long long)jitter->buckets[i])
				  : snprintf(text + length, size - length, ">=%lu:%llu ", (unsigned long)limits[i - 1u],
					     (unsigned long long)jitter->buckets[i]);
		length += (size_t)written;
	}
	if (length < size)
		(void)snprintf(text + length, size - length, "max %.1f", (double)jitter->max_ns / NS_PER_US);
}
