/* SPDX-License-Identifier: Apache-2.0 */
/* What the kernel owes newlib beyond its system calls and locks. */
#ifndef RT_LIBC_H
#define RT_LIBC_H

struct task;

/* Frees what newlib has allocated for the calling task. At the task's end, interrupts on. */
void libc_reclaim(struct task *task);

#endif
