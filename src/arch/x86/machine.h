/* SPDX-License-Identifier: Apache-2.0 */
/* What the machine turned out to be. Its checks against the plan: arch/machine.h. */
#ifndef X86_MACHINE_H
#define X86_MACHINE_H

#include "types.h"

/* Whether the plan's control structures are Intel's. Any core, once it has its plan. Cannot fail. */
bool machine_is_intel(void);

/* Whether cores have a global interrupt flag, which gates NMIs: with AMD's virtualization. Any core. Cannot fail. */
bool machine_has_gif(void);

#endif
