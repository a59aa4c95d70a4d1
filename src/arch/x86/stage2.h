/* SPDX-License-Identifier: Apache-2.0 */
/* Second-stage translation as the rest of this folder sees it. Core's view: arch/stage2.h. */
#ifndef X86_STAGE2_H
#define X86_STAGE2_H

#include "plan/plan.h"
#include "types.h"

/* Whether the partition's memory has been taken away. Any core, after a lock that the revoking core takes, too. Cannot fail. */
bool stage2_is_revoked(const struct plan_partition *partition);

#endif
