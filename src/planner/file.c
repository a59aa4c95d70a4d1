/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads and writes whole files. Not here: what they hold.
 */
#include "planner/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "planner/memory.h"
#include "planner/message.h"

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

/* A device or a pipe is written to; a file of its name would take its place. */
static bool is_special(const char *path)
{
	struct stat status;

	return stat(path, &status) == 0 && !S_ISREG(status.st_mode);
}

bool file_write(const char *path, bool (*write)(const void *source, FILE *stream), const void *source)
{
	const char *unfinished = is_special(path) ? NULL : memory_text("%s.unfinished", path);
	FILE *stream = fopen(unfinished ? unfinished : path, "wb");
	bool written = stream && write(source, stream);
	int error = errno;

	if (stream && fclose(stream) != 0 && written) {
		written = false;
		error = errno;
	}
	if (written && unfinished && rename(unfinished, path) != 0) {
		written = false;
		error = errno;
	}
	if (!written) {
		if (unfinished && stream)
			remove(unfinished);
		message_error((struct location){0}, "cannot write %s: %s", path, strerror(error));
	}
	return written;
}

bool file_exists(const char *path)
{
	struct stat status;

	return stat(path, &status) == 0 && S_ISREG(status.st_mode);
}
