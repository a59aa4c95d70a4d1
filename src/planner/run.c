/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The command `bulkhead run`: options, the image, what QEMU gets, and what its end means. Not here: the loop while it
 * runs (session.c).
 */
#include "planner/run.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "plan/view.h"
#include "planner/build.h"
#include "planner/file.h"
#include "planner/memory.h"
#include "planner/message.h"
#include "planner/read.h"
#include "planner/session.h"
#include "planner/terminal.h"

#define TIMEOUT_MAX 1e9 /* seconds */
#define EXIT_MISTAKE 1  /* in a file, or of the machine */
#define EXIT_USAGE 2    /* in the command line */

static const struct location nowhere;

struct options {
	const char *file;
	const char *log_folder;    /* NULL: no logs */
	const char *socket_folder; /* NULL: nobody can attach */
	uint64_t timeout;          /* milliseconds, 0 = none */
	bool wants_help;
	bool is_headless;
	bool count_instructions;
};

/* What lies under the machine: the files that QEMU gets. */
struct machine {
	struct model model;
	int image; /* a file without a name, as the RAM is */
	int ram;   /* memory without a name: it goes when the last process that has it goes */
	uint64_t ram_size;
	int *uarts; /* QEMU's ends */
};

/* ---- options ---- */

static const char help_text[] =
	"usage: bulkhead run FILE.dts [OPTION ...]\n"
	"\n"
	"  --headless         reads nothing from standard input, shows no colours\n"
	"  --timeout SECONDS  ends after this time, with status 0\n"
	"  --log DIR          writes DIR/PARTITION.log and DIR/hypervisor.log\n"
	"  --socket DIR       lets programs attach to a partition's console: DIR/PARTITION.sock, a Unix stream socket\n"
	"  --icount           lets the machine's clock count instructions: slower, and independent of the host\n"
	"  -I, --include DIR  looks for boards in DIR first\n"
	"  -h, --help         prints this\n"
	"\n"
	"On a terminal: Ctrl-] then n = next console, q = quit, ? = help.\n"
	"Exit status: 0 after the time, after q, or when all partitions switched themselves off; 1 a mistake in a file,\n"
	"or the hypervisor stopped; 2 a mistake in the command line; 128 + N ended by signal N.\n";

static bool parse_timeout(const char *text, uint64_t *milliseconds)
{
	char *end;
	double seconds = strtod(text, &end);

	if (end == text || *end != '\0' || !(seconds >= 0.001 && seconds <= TIMEOUT_MAX)) {
		message_error(nowhere, "--timeout takes a number of seconds above 0, not '%s'", text);
		return false;
	}
	*milliseconds = (uint64_t)(seconds * 1000);
	return true;
}

static bool take_option(struct options *options, int option, const char *argument)
{
	switch (option) {
	case 'h':
		options->wants_help = true;
		return true;
	case 'd':
		options->is_headless = true;
		return true;
	case 'c':
		options->count_instructions = true;
		return true;
	case 'l':
		options->log_folder = optarg;
		return true;
	case 's':
		options->socket_folder = optarg;
		return true;
	case 't':
		return parse_timeout(optarg, &options->timeout);
	case 'I':
		read_add_folder(optarg);
		return true;
	default:
		message_error(nowhere, option == ':' ? "run: %s needs a value" : "run: unknown option %s", argument);
		return false;
	}
}

static bool parse_options(struct options *options, int count, char **arguments)
{
	static const struct option names[] = {
		{"headless", no_argument, NULL, 'd'},  {"timeout", required_argument, NULL, 't'},
		{"log", required_argument, NULL, 'l'}, {"socket", required_argument, NULL, 's'},
		{"icount", no_argument, NULL, 'c'},    {"include", required_argument, NULL, 'I'},
		{"help", no_argument, NULL, 'h'},      {0},
	};
	int option;

	opterr = 0;
	while ((option = getopt_long(count, arguments, ":I:h", names, NULL)) != -1) {
		if (!take_option(options, option, arguments[optind - 1]))
			return false;
	}
	if (!options->wants_help && count - optind != 1) {
		message_error(nowhere, "run takes one file, not %d; see bulkhead run --help", count - optind);
		return false;
	}
	options->file = arguments[optind];
	return true;
}

static bool make_folder(const char *path)
{
	if (path == NULL || mkdir(path, 0777) == 0 || errno == EEXIST)
		return true;
	message_error(nowhere, "cannot make the folder '%s': %s", path, strerror(errno));
	return false;
}

/* ---- the machine ---- */

/* The image and its folder, for remove_image; only make_image sets them. */
static const char *image_folder, *image_file;

static void remove_image(void)
{
	if (image_file != NULL)
		unlink(image_file);
	if (image_folder != NULL)
		rmdir(image_folder);
	image_file = NULL;
	image_folder = NULL;
}

/* Builds the image in a folder of its own and keeps it open only: however this process ends, nothing is left of it. */
static bool make_image(struct machine *machine, const char *file)
{
	const char *parent = getenv("TMPDIR");
	char *folder = memory_text("%s/bulkhead-XXXXXX", parent != NULL && *parent != '\0' ? parent : "/tmp");

	if (mkdtemp(folder) == NULL) {
		message_error(nowhere, "cannot make a folder like '%s': %s", folder, strerror(errno));
		return false;
	}
	image_folder = folder;
	image_file = memory_text("%s/image", folder);
	atexit(remove_image);
	if (!build_image(file, image_file, NULL, &machine->model))
		return false;
	machine->image = open(image_file, O_RDONLY | O_CLOEXEC);
	if (machine->image < 0)
		message_error(nowhere, "cannot read '%s': %s", image_file, strerror(errno));
	remove_image();
	return machine->image >= 0;
}

static bool make_ram(struct machine *machine)
{
	const struct board *board = &machine->model.board;

	machine->ram_size = board->qemu.ram == NULL ? 0 : qemu_parse_size(board->qemu.ram);
	if (machine->ram_size == 0 || machine->ram_size > INT64_MAX) {
		message_error(nowhere, "board '%s' has no `ram` that QEMU could have", board->name);
		return false;
	}
	machine->ram = memfd_create("bulkhead-ram", MFD_CLOEXEC);
	if (machine->ram >= 0 && ftruncate(machine->ram, (off_t)machine->ram_size) == 0)
		return true;
	message_error(nowhere, "cannot make %s of memory for the machine: %s", board->qemu.ram, strerror(errno));
	return false;
}

/* The plan in the image that was just built; NULL after a message. */
static const struct plan_header *find_plan(int image)
{
	struct file file = file_read_descriptor(image);
	const struct plan_header *plan;

	for (size_t at = 0; at + sizeof(*plan) <= file.size; at += PLAN_PAGE) {
		plan = (const struct plan_header *)(const void *)(file.data + at);
		if (plan->magic == PLAN_MAGIC && plan->plan_base - plan->image_base == at)
			return plan;
	}
	message_error(nowhere, "the image that was built holds no plan");
	return NULL;
}

/* Maps the log rings of all cores, which lie where the plan says in the machine's RAM. */
static bool map_rings(struct log *log, const struct machine *machine)
{
	const struct plan_header *plan = find_plan(machine->image);
	uint64_t base = machine->model.board.memory[0].base;

	for (uint32_t i = 0; plan != NULL && i < plan->cores.count; i++) {
		uint64_t offset = plan_cores(plan)[i].log_pa - base;
		void *ring = MAP_FAILED;

		if (offset < machine->ram_size && machine->ram_size - offset >= PLAN_LOG_SIZE)
			ring = mmap(NULL, PLAN_LOG_SIZE, PROT_READ, MAP_SHARED, machine->ram, (off_t)offset);
		if (ring == MAP_FAILED) {
			message_error(nowhere, "the log of core %u at 0x%" PRIx64 " is not in the machine's RAM", i,
				      plan_cores(plan)[i].log_pa);
			return false;
		}
		log_add_ring(log, ring);
	}
	return plan != NULL;
}

/* ---- consoles ---- */

/* Devicetree specification, generic names: a UART's node is called `serial`. */
static bool is_uart(const struct device *device)
{
	return strncmp(device->name, "serial@", strlen("serial@")) == 0;
}

static size_t count_uarts(const struct model *model)
{
	size_t count = 0;

	for (size_t i = 0; i < model->device_count; i++)
		count += is_uart(&model->devices[i]) ? 1 : 0;
	return count;
}

/* A partition's first UART has its name; further ones and those of nobody get names that no partition can have. */
static const char *console_name(const struct session *session, const struct model *model, const struct device *device)
{
	const char *name;

	if (device->owner < 0)
		return device->name;
	name = model->partitions[device->owner].name;
	if (strcmp(name, "hypervisor") == 0) /* that log is not a partition's */
		return memory_text("%s:%s", name, device->name);
	for (size_t i = 0; i < session->console_count; i++) {
		if (strcmp(session->consoles[i].source.name, name) == 0)
			return memory_text("%s:%s", name, device->name);
	}
	return name;
}

/* One console for each UART of the board, in its order, which is that of QEMU's -serial options. */
static bool open_consoles(struct session *session, struct machine *machine, const struct options *options)
{
	static const unsigned colours[] = {36, 33, 32, 35, 34, 31};
	const struct model *model = &machine->model;
	size_t uart_count = count_uarts(model);

	session->consoles = memory_zeroed(uart_count, sizeof(*session->consoles));
	machine->uarts = memory_zeroed(uart_count, sizeof(*machine->uarts));
	for (size_t i = 0; i < model->device_count; i++) {
		const struct device *device = &model->devices[i];
		struct console *console = &session->consoles[session->console_count];

		if (!is_uart(device))
			continue;
		console->is_owned = device->owner >= 0;
		console->source.name = console_name(session, model, device);
		console->source.colour = colours[session->console_count % (sizeof(colours) / sizeof(colours[0]))];
		console->source.is_hypervisor = (int)i == model->board.console;
		machine->uarts[session->console_count++] = console_open(console);
		if (console->uart < 0)
			return false;
		if (options->log_folder != NULL && !console_log(console, options->log_folder))
			return false;
		if (options->socket_folder != NULL && !console_listen(console, options->socket_folder))
			return false;
	}
	return true;
}

/* ---- start and end ---- */

static bool start_qemu(struct session *session, const struct machine *machine, const struct options *options)
{
	struct qemu_launch launch = {
		.machine = &machine->model.board.qemu,
		.image = machine->image,
		.ram = machine->ram,
		.ram_size = machine->ram_size,
		.uarts = machine->uarts,
		.uart_count = session->console_count,
		.count_instructions = options->count_instructions,
	};
	bool started = qemu_start(&session->child, &launch);

	for (size_t i = 0; i < session->console_count; i++)
		close(machine->uarts[i]);
	return started;
}

static bool set_up(struct session *session, struct machine *machine, const struct options *options)
{
	screen_start(&session->screen, STDOUT_FILENO,
		     !options->is_headless && isatty(STDIN_FILENO) && isatty(STDOUT_FILENO));
	session->is_terminal = session->screen.is_terminal;
	session->input = options->is_headless ? -1 : STDIN_FILENO;
	log_start(&session->log, &session->screen);
	if (options->log_folder != NULL && !log_open(&session->log, options->log_folder))
		return false;
	session->signals = session_block_signals();
	if (session->signals < 0) {
		message_error(nowhere, "cannot wait for signals: %s", strerror(errno));
		return false;
	}
	if (!make_image(machine, options->file) || !make_ram(machine) || !map_rings(&session->log, machine))
		return false;
	if (!open_consoles(session, machine, options))
		return false;
	session_focus_next(session);
	return start_qemu(session, machine, options);
}

static void tear_down(struct session *session)
{
	for (size_t i = 0; i < session->console_count; i++)
		console_close(&session->consoles[i], &session->screen, &session->log);
	log_finish(&session->log);
	screen_finish(&session->screen);
	terminal_restore();
}

/* What the machine's end means to whoever called us. */
static int exit_status(const struct session *session)
{
	const struct qemu_child *child = &session->child;

	if (session->log.failure[0] != '\0') {
		message_error(nowhere, "the hypervisor stopped: %s", session->log.failure);
		return EXIT_MISTAKE;
	}
	if (session->signal != 0)
		return 128 + session->signal;
	if (child->killed || (WIFEXITED(child->status) && WEXITSTATUS(child->status) == 0))
		return 0;
	message_error(nowhere, "QEMU ended with %s %d%s%s", WIFEXITED(child->status) ? "status" : "signal",
		      WIFEXITED(child->status) ? WEXITSTATUS(child->status) : WTERMSIG(child->status),
		      child->last[0] != '\0' ? ": " : "", child->last);
	return EXIT_MISTAKE;
}

int run_command(int count, char **arguments)
{
	struct options options = {0};
	struct session *session = memory_zeroed(1, sizeof(*session));
	struct machine machine = {0};

	if (!parse_options(&options, count, arguments))
		return EXIT_USAGE;
	if (options.wants_help) {
		fputs(help_text, stdout);
		return 0;
	}
	if (!qemu_check() || !make_folder(options.log_folder) || !make_folder(options.socket_folder))
		return EXIT_MISTAKE;
	if (!set_up(session, &machine, &options)) {
		tear_down(session);
		return EXIT_MISTAKE;
	}
	if (options.timeout != 0)
		session->stop_at = session_clock() + options.timeout;
	if (session->is_terminal)
		terminal_start();
	session_run(session);
	tear_down(session);
	return exit_status(session);
}
