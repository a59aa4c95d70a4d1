/* SPDX-License-Identifier: Apache-2.0 */
/* Questions to the hypervisor beneath, if there is one (plan/abi.h). */
#ifndef RT_HYPERCALL_H
#define RT_HYPERCALL_H

#include <stdbool.h>
#include <stdint.h>

/* Whether Bulkhead runs beneath and counts exits. Any context. */
bool hypercall_is_available(void);

/* How often virtual core `core` of the own partition has entered the hypervisor, for all reasons but being looked at.
 * False without a hypervisor. Any context. */
bool hypercall_count_exits(uint32_t core, uint64_t *count);

/* The same for one reason, EXIT_* of plan/abi.h. */
bool hypercall_count_exits_for(uint32_t core, uint32_t reason, uint64_t *count);

#endif
