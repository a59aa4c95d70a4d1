/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads whole files into memory. Not here: what they hold.
 */
#include "planner/file.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "planner/memory.h"

struct file file_read_descriptor(int descriptor)
{
	struct file file = {0};
	struct stat status;
	size_t size;

	if (fstat(descriptor, &status) != 0)
		return file;
	if (!S_ISREG(status.st_mode)) {
		errno = EISDIR;
		return file;
	}
	size = (size_t)status.st_size;
	file.data = memory_zeroed(size + 1, 1);
	while (file.size < size) {
		ssize_t got = pread(descriptor, file.data + file.size, size - file.size, (off_t)file.size);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return (struct file){0};
		if (got == 0)
			break;
		file.size += (size_t)got;
	}
	return file;
}

struct file file_read(const char *path)
{
	struct file file = {0};
	int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK), error;

	if (descriptor < 0)
		return file;
	file = file_read_descriptor(descriptor);
	error = errno;
	close(descriptor);
	errno = error;
	return file;
}

bool file_exists(const char *path)
{
	struct stat status;

	return stat(path, &status) == 0 && S_ISREG(status.st_mode);
}
