/* SPDX-License-Identifier: Apache-2.0 */
/* PSCI (Arm DEN 0022) as a partition sees it: its own virtual cores, its own power. Results are PSCI's own numbers. */
#ifndef RT_ARMV8_PSCI_H
#define RT_ARMV8_PSCI_H

#include <stdint.h>

#define PSCI_SUCCESS 0
#define PSCI_INVALID_PARAMETERS (-2)
#define PSCI_ALREADY_ON (-4)
#define PSCI_AFFINITY_ON 0
#define PSCI_AFFINITY_OFF 1

/* Major version in the upper half-word, minor in the lower. */
uint32_t psci_version(void);

/* Starts the core `target` (MPIDR affinity bits) at `entry`, MMU off, with x0 = context. Any core, any time. */
int psci_cpu_on(uint64_t target, uint64_t entry, uint64_t context);

/* Switches the calling core off. Returns only on failure. */
int psci_cpu_off(void);

/* PSCI_AFFINITY_ON or PSCI_AFFINITY_OFF of the core `target`, 2 while it is being switched on, or an error < 0. */
int psci_affinity_info(uint64_t target);

/* Switches the partition off, or starts it anew. Return only on failure. */
void psci_system_off(void);
void psci_system_reset(void);

#endif
