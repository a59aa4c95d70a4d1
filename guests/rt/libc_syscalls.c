/* SPDX-License-Identifier: Apache-2.0 */
/* What newlib asks of its system: the console as standard streams, the heap, the end. There are no files. */
#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

#include "rt/clock.h"
#include "rt/console.h"
#include "rt/hal.h"
#include "rt/mutex.h"
#include "rt/panic.h"

#define NS_PER_US 1000u
#define US_PER_S 1000000u

/* Prototypes of newlib's system calls, which no header of its own declares. */
int _close(int file);
int _fstat(int file, struct stat *status);
int _getpid(void);
int _gettimeofday(struct timeval *time, void *zone);
int _isatty(int file);
int _kill(int process, int signal);
off_t _lseek(int file, off_t offset, int whence);
ssize_t _read(int file, void *buffer, size_t size);
void *_sbrk(ptrdiff_t increment);
ssize_t _write(int file, const void *buffer, size_t size);
_Noreturn void _exit(int status);

/* From the linker script. */
extern char __heap_start[];
extern char __heap_end[];

/* What newlib writes at once is a line: those of two tasks must not mix, also where newlib has no locks of its own. */
ssize_t _write(int file, const void *buffer, size_t size)
{
	static struct mutex console = MUTEX_INITIALISER(console);

	if (file != STDOUT_FILENO && file != STDERR_FILENO) {
		errno = EBADF;
		return -1;
	}
	(void)mutex_lock(&console, CLOCK_FOREVER);
	console_write(buffer, size);
	(void)mutex_unlock(&console);
	return (ssize_t)size;
}

ssize_t _read(int file, void *buffer, size_t size)
{
	if (file != STDIN_FILENO) {
		errno = EBADF;
		return -1;
	}
	return (ssize_t)console_read(buffer, size);
}

/* Called with malloc's lock held. */
void *_sbrk(ptrdiff_t increment)
{
	static char *heap = __heap_start;
	char *old = heap;

	if (increment > __heap_end - heap || increment < __heap_start - heap) {
		errno = ENOMEM;
		return (void *)-1;
	}
	heap += increment;
	return old;
}

int _fstat(int file, struct stat *status)
{
	(void)file;
	*status = (struct stat){.st_mode = S_IFCHR};
	return 0;
}

int _isatty(int file)
{
	return file <= STDERR_FILENO;
}

int _close(int file)
{
	(void)file;
	errno = EBADF;
	return -1;
}

off_t _lseek(int file, off_t offset, int whence)
{
	(void)file;
	(void)offset;
	(void)whence;
	errno = ESPIPE;
	return -1;
}

/* There is no calendar: seconds since the machine's start. */
int _gettimeofday(struct timeval *time, void *zone)
{
	uint64_t microseconds = clock_to_ns(clock_now()) / NS_PER_US;

	(void)zone;
	time->tv_sec = (time_t)(microseconds / US_PER_S);
	time->tv_usec = (suseconds_t)(microseconds % US_PER_S);
	return 0;
}

int _getpid(void)
{
	return 1;
}

int _kill(int process, int signal)
{
	(void)process;
	(void)signal;
	panic("abort");
}

_Noreturn void _exit(int status)
{
	(void)status;
	hal_power_off();
}
