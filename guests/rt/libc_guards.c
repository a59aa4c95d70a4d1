/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The two locks of a newlib without retargetable ones, as Debian builds it for arm-none-eabi: heap and environment, as
 * mutexes of the kernel. Streams need none: each task has standard streams of its own, and there are no files. The
 * counterpart for a newlib with retargetable locks is libc_locks.c.
 */
#include <envlock.h>
#include <malloc.h>

#include "rt/clock.h"
#include "rt/mutex.h"
#include "rt/panic.h"

static struct mutex heap = MUTEX_INITIALISER(heap);
static struct mutex environment = MUTEX_INITIALISER(environment);

static void guard_lock(struct mutex *mutex)
{
	if (mutex_lock(mutex, CLOCK_FOREVER) != STATUS_OK)
		panic("newlib's locks are taken in a circle");
}

static void guard_unlock(struct mutex *mutex)
{
	if (mutex_unlock(mutex) != STATUS_OK)
		panic("a lock of newlib's was released by a task that does not hold it");
}

void __malloc_lock(struct _reent *state)
{
	(void)state;
	guard_lock(&heap);
}

void __malloc_unlock(struct _reent *state)
{
	(void)state;
	guard_unlock(&heap);
}

void __env_lock(struct _reent *state)
{
	(void)state;
	guard_lock(&environment);
}

void __env_unlock(struct _reent *state)
{
	(void)state;
	guard_unlock(&environment);
}
