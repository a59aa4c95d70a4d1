/* SPDX-License-Identifier: Apache-2.0 */
/* The end of a task as newlib sees it. */
#include "rt/libc.h"

#include <reent.h>
#include <stdint.h>

#include "rt/hal.h"
#include "rt/task.h"

void libc_reclaim(struct task *task)
{
	uint64_t interrupts = hal_interrupts_mask();

	/* newlib frees only what is not the current state. */
	task->libc = _GLOBAL_REENT;
	_impure_ptr = task->libc;
	hal_interrupts_restore(interrupts);
	/* It may print what streams of the task's own still hold: that takes its time, and may wait. */
	_reclaim_reent(&task->reent);
}
