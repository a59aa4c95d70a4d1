/* SPDX-License-Identifier: Apache-2.0 */
/* Types that every folder of the hypervisor uses: addresses that do not mix, and attributes. No functions. */
#ifndef TYPES_H
#define TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* An address as a partition sees it. */
typedef struct {
	uint64_t value;
} gpaddr_t;

#define NORETURN _Noreturn
#define WARN_UNUSED __attribute__((warn_unused_result))

#endif
