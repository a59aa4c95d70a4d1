/* SPDX-License-Identifier: Apache-2.0 */
/* QEMU as a child process, without a shell. Not here: what it runs. */
#include "planner/qemu.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "planner/memory.h"
#include "planner/message.h"

#define QEMU "qemu-system-aarch64"
#define QEMU_MAJOR 9 /* the first version whose machine `virt` has a second UART for the normal world */
#define QEMU_MINOR 1

static const struct location nowhere;

/* An argument vector in the making; ends in NULL at any time. */
struct arguments {
	const char **items;
	size_t count;
};

static void add(struct arguments *arguments, const char *text)
{
	arguments->items = memory_append(arguments->items, &arguments->count, sizeof(*arguments->items));
	arguments->items[arguments->count - 1] = text;
}

static void add_option(struct arguments *arguments, const char *option, const char *value)
{
	add(arguments, option);
	add(arguments, value);
}

/* ---- processes ---- */

/* The child's side of spawn: returns, with errno set, only when the program cannot be started. */
static void become(const char **arguments, int output, int errors, const int *keep, size_t keep_count, pid_t parent)
{
	sigset_t none;
	int input = open("/dev/null", O_RDONLY);

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent) /* it died before it could be asked to tell */
		_exit(127);
	setpgid(0, 0);
	dup2(input, STDIN_FILENO);
	dup2(output, STDOUT_FILENO);
	dup2(errors, STDERR_FILENO);
	for (size_t i = 0; i < keep_count; i++)
		fcntl(keep[i], F_SETFD, 0);
	signal(SIGPIPE, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	execvp(arguments[0], (char *const *)(uintptr_t)arguments);
}

/*
 * Starts a program, its output on `output` and `errors`, with the descriptors `keep` open in it. Returns its process
 * id, or -1 with errno set: also when there is no such program.
 */
static pid_t spawn(const char **arguments, int output, int errors, const int *keep, size_t keep_count)
{
	int report[2], error = 0;
	pid_t parent = getpid(), pid;

	if (pipe2(report, O_CLOEXEC) != 0)
		return -1;
	pid = fork();
	if (pid == 0) {
		become(arguments, output, errors, keep, keep_count, parent);
		error = errno;
		if (write(report[1], &error, sizeof(error)) < 0)
			_exit(126);
		_exit(127);
	}
	close(report[1]);
	if (pid < 0) {
		error = errno;
	} else if (read(report[0], &error, sizeof(error)) > 0) { /* at end of file it runs */
		waitpid(pid, NULL, 0);
		pid = -1;
	}
	close(report[0]);
	errno = error;
	return pid;
}

/* ---- version ---- */

/* The first bytes that `QEMU --version` prints; "" after a message. */
static const char *read_version(char *text, size_t size)
{
	const char *arguments[] = {QEMU, "--version", NULL};
	int output[2];
	size_t length = 0;
	ssize_t count = 1;
	pid_t pid;

	text[0] = '\0';
	if (pipe2(output, O_CLOEXEC) != 0) {
		message_error(nowhere, "cannot make a pipe: %s", strerror(errno));
		return text;
	}
	pid = spawn(arguments, output[1], STDERR_FILENO, NULL, 0);
	close(output[1]);
	if (pid < 0)
		message_error(nowhere, "cannot start %s: %s; `make setup` installs it (%d.%d or newer)", QEMU,
			      strerror(errno), QEMU_MAJOR, QEMU_MINOR);
	while (pid >= 0 && count > 0 && length < size - 1) {
		count = read(output[0], text + length, size - 1 - length);
		length += count > 0 ? (size_t)count : 0;
	}
	text[length] = '\0';
	close(output[0]);
	if (pid >= 0)
		waitpid(pid, NULL, 0);
	return text;
}

bool qemu_check(void)
{
	char text[256];
	const char *version = strstr(read_version(text, sizeof(text)), "version ");
	int major, minor;

	if (text[0] == '\0' && message_errors() > 0)
		return false;
	if (version == NULL || sscanf(version, "version %d.%d", &major, &minor) != 2) {
		message_error(nowhere, "%s does not tell its version; %d.%d or newer is needed", QEMU, QEMU_MAJOR,
			      QEMU_MINOR);
		return false;
	}
	if (major > QEMU_MAJOR || (major == QEMU_MAJOR && minor >= QEMU_MINOR))
		return true;
	message_error(nowhere, "%s is version %d.%d; %d.%d or newer is needed for a second UART: `make setup`", QEMU,
		      major, minor, QEMU_MAJOR, QEMU_MINOR);
	return false;
}

/* ---- start ---- */

uint64_t qemu_parse_size(const char *text)
{
	static const char suffixes[] = "KMGT";
	char *end;
	uint64_t size;
	const char *suffix;
	unsigned shift = 20; /* QEMU counts -m in MiB */

	errno = 0;
	size = strtoull(text, &end, 10);
	if (*end != '\0') {
		suffix = strchr(suffixes, *end);
		if (suffix == NULL || end[1] != '\0')
			return 0;
		shift = 10 * (unsigned)(suffix - suffixes + 1);
	}
	if (errno != 0 || end == text || text[0] == '-' || size > UINT64_MAX >> shift)
		return 0;
	return size << shift;
}

static void add_machine(struct arguments *arguments, const struct qemu *machine)
{
	add(arguments, QEMU);
	add_option(arguments, "-M", machine->machine);
	add_option(arguments, "-cpu", machine->cpu);
	add_option(arguments, "-smp", memory_text("%u", machine->smp));
	add_option(arguments, "-m", machine->ram);
	add(arguments, "-nodefaults");
	add_option(arguments, "-display", "none");
	add(arguments, "-no-reboot");
	for (size_t i = 0; i < machine->argument_count; i++)
		add(arguments, machine->arguments[i]);
}

static struct arguments command_line(const struct qemu_launch *launch)
{
	struct arguments arguments = {0};

	add_machine(&arguments, launch->machine);
	add_option(&arguments, "-object",
		   memory_text("memory-backend-file,id=ram,size=%lluB,mem-path=/proc/self/fd/%d,share=on",
			       (unsigned long long)launch->ram_size, launch->ram));
	add_option(&arguments, "-machine", "memory-backend=ram");
	for (size_t i = 0; i < launch->uart_count; i++) {
		add_option(&arguments, "-chardev", memory_text("socket,id=uart%zu,fd=%d", i, launch->uarts[i]));
		add_option(&arguments, "-serial", memory_text("chardev:uart%zu", i));
	}
	if (launch->count_instructions)
		add_option(&arguments, "-icount", "shift=0,sleep=off");
	add_option(&arguments, "-kernel", memory_text("/proc/self/fd/%d", launch->image));
	add(&arguments, NULL);
	return arguments;
}

bool qemu_start(struct qemu_child *child, const struct qemu_launch *launch)
{
	struct arguments arguments = command_line(launch);
	size_t keep_count = launch->uart_count + 2;
	int *keep = memory_zeroed(keep_count, sizeof(*keep));
	int errors[2];

	*child = (struct qemu_child){.errors = -1, .pid = -1};
	keep[0] = launch->image;
	keep[1] = launch->ram;
	memcpy(keep + 2, launch->uarts, launch->uart_count * sizeof(*keep));
	if (pipe2(errors, O_CLOEXEC) != 0) {
		message_error(nowhere, "cannot make a pipe: %s", strerror(errno));
		return false;
	}
	child->pid = spawn(arguments.items, errors[1], errors[1], keep, keep_count);
	close(errors[1]);
	if (child->pid < 0) {
		message_error(nowhere, "cannot start %s: %s", QEMU, strerror(errno));
		close(errors[0]);
		return false;
	}
	fcntl(errors[0], F_SETFL, O_NONBLOCK);
	child->errors = errors[0];
	return true;
}

/* ---- while it runs ---- */

static const char *end_error_line(struct qemu_child *child)
{
	child->line[child->length] = '\0';
	child->length = 0;
	memcpy(child->last, child->line, sizeof(child->last));
	return child->last;
}

const char *qemu_read_error(struct qemu_child *child)
{
	while (child->errors >= 0) {
		char byte;
		ssize_t count = read(child->errors, &byte, 1);

		if (count < 0)
			return NULL;
		if (count == 0) {
			close(child->errors);
			child->errors = -1;
			return child->length > 0 ? end_error_line(child) : NULL;
		}
		if (byte == '\n')
			return end_error_line(child);
		if (child->length < sizeof(child->line) - 1)
			child->line[child->length++] = byte;
	}
	return NULL;
}

void qemu_kill(struct qemu_child *child, int signal)
{
	child->killed = true;
	if (!child->ended)
		kill(child->pid, signal);
}

void qemu_reap(struct qemu_child *child)
{
	if (!child->ended && waitpid(child->pid, &child->status, WNOHANG) == child->pid)
		child->ended = true;
}
