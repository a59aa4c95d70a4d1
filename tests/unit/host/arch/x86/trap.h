/* SPDX-License-Identifier: Apache-2.0 */
/* src/arch/x86/trap.h, but that the mark of an NMI, which lies on the hypervisor's stack, is the test's. */
#ifndef HOST_TRAP_H
#define HOST_TRAP_H

#define trap_forget_nmi x86_trap_forget_nmi
#include "../../../../../src/arch/x86/trap.h"
#undef trap_forget_nmi

void trap_forget_nmi(void);

#endif
