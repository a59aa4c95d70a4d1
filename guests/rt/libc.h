/* SPDX-License-Identifier: Apache-2.0 */
/* What the kernel owes newlib beyond its system calls and locks. */
#ifndef RT_LIBC_H
#define RT_LIBC_H

struct _reent;

/* Frees what newlib has allocated for the calling task, whose state this is. At the task's end. */
void libc_reclaim(struct _reent *state);

#endif
