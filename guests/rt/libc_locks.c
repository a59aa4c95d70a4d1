/* SPDX-License-Identifier: Apache-2.0 */
/*
 * newlib's locks (malloc, stdio, environment, ...) as mutexes of the kernel: a low task that prints or allocates
 * inherits the priority of who waits for it. Interrupt handlers must do neither. For a newlib with retargetable locks;
 * libc_guards.c is for one without.
 */
#include <stddef.h>
#include <stdlib.h>
#include <sys/lock.h>

#include "rt/clock.h"
#include "rt/mutex.h"
#include "rt/panic.h"

struct __lock {
	struct mutex mutex;
};

#define LOCK_DEFINE(name) struct __lock name = {MUTEX_INITIALISER(name.mutex)}

LOCK_DEFINE(__lock___sinit_recursive_mutex);
LOCK_DEFINE(__lock___sfp_recursive_mutex);
LOCK_DEFINE(__lock___atexit_recursive_mutex);
LOCK_DEFINE(__lock___malloc_recursive_mutex);
LOCK_DEFINE(__lock___env_recursive_mutex);
LOCK_DEFINE(__lock___at_quick_exit_mutex);
LOCK_DEFINE(__lock___tz_mutex);
LOCK_DEFINE(__lock___dd_hash_mutex);
LOCK_DEFINE(__lock___arc4random_mutex);

void __retarget_lock_init(_LOCK_T *lock)
{
	*lock = malloc(sizeof(**lock));
	if (*lock == NULL)
		panic("no memory for a lock of newlib's");
	mutex_init(&(*lock)->mutex);
}

void __retarget_lock_init_recursive(_LOCK_T *lock)
{
	__retarget_lock_init(lock);
}

void __retarget_lock_close(_LOCK_T lock)
{
	free(lock);
}

void __retarget_lock_close_recursive(_LOCK_T lock)
{
	free(lock);
}

void __retarget_lock_acquire(_LOCK_T lock)
{
	if (mutex_lock(&lock->mutex, CLOCK_FOREVER) != STATUS_OK)
		panic("newlib's locks are taken in a circle");
}

void __retarget_lock_acquire_recursive(_LOCK_T lock)
{
	__retarget_lock_acquire(lock);
}

int __retarget_lock_try_acquire(_LOCK_T lock)
{
	return mutex_lock(&lock->mutex, CLOCK_POLL) == STATUS_OK;
}

int __retarget_lock_try_acquire_recursive(_LOCK_T lock)
{
	return __retarget_lock_try_acquire(lock);
}

void __retarget_lock_release(_LOCK_T lock)
{
	if (mutex_unlock(&lock->mutex) != STATUS_OK)
		panic("a lock of newlib's was released by a task that does not hold it");
}

void __retarget_lock_release_recursive(_LOCK_T lock)
{
	__retarget_lock_release(lock);
}
