/* SPDX-License-Identifier: Apache-2.0 */
/* Whole spaces of AArch32 encodings, as tests/guests/hostile/sweep.c has AArch64's. */
#ifndef TESTS_GUESTS_AARCH32_SWEEP_H
#define TESTS_GUESTS_AARCH32_SWEEP_H

/* Prints one line a space, `AARCH32 sweep NAME ...`; `wrong` counts answers that the hypervisor's table does not allow. */
void sweep(void);

#endif
