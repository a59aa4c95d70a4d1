/* SPDX-License-Identifier: Apache-2.0 */
/* Spawns a program and keeps what it prints. */
#include "planner/program.h"

#include <errno.h>
#include <spawn.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "planner/message.h"

/* Starts `arguments` with its two outputs going to open files. Returns an error number. */
static int spawn(const char *const *arguments, int output, int messages, pid_t *child)
{
	posix_spawn_file_actions_t actions;
	int error;

	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
	posix_spawn_file_actions_adddup2(&actions, messages, STDERR_FILENO);
	/* posix_spawn promises not to change the arguments; its prototype is older than const. */
	error = posix_spawnp(child, arguments[0], &actions, NULL, (char *const *)(uintptr_t)arguments, environ);
	posix_spawn_file_actions_destroy(&actions);
	return error;
}

/* Runs `arguments` with both outputs going into anonymous files in memory: nothing to clean up, no pipe to fill. */
struct program_run program_run(const char *const *arguments, const char *package)
{
	struct rlimit limit = {PROGRAM_SECONDS, PROGRAM_SECONDS};
	struct program_run run = {.status = -1};
	int output = memfd_create("output", MFD_CLOEXEC), messages = memfd_create("messages", MFD_CLOEXEC);
	int error = output < 0 || messages < 0 ? errno : 0, status;
	pid_t child;

	if (error == 0)
		error = spawn(arguments, output, messages, &child);
	if (error != 0) {
		message_error((struct location){0}, "cannot run %s (Debian package %s): %s", arguments[0], package,
			      strerror(error));
	} else {
		prlimit(child, RLIMIT_CPU, &limit, NULL);
		while (waitpid(child, &status, 0) < 0 && errno == EINTR)
			;
		run.status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
		run.output = file_read_descriptor(output);
		run.messages = file_read_descriptor(messages);
	}
	close(output);
	close(messages);
	return run;
}
