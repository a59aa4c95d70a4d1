/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The program `bulkhead`: finds the command and runs the passes that it needs. Not here: the passes.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "planner/board.h"
#include "planner/build.h"
#include "planner/devices.h"
#include "planner/guest_tree.h"
#include "planner/memory.h"
#include "planner/message.h"
#include "planner/read.h"
#include "planner/suggest.h"
#include "planner/verify.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define EXIT_MISTAKE 1 /* in a file */
#define EXIT_USAGE 2   /* in the command line */

static const char version_text[] = "bulkhead 0.1";

static const char help_text[] =
	"usage: bulkhead COMMAND ...\n"
	"\n"
	"  check FILE.dts [-I DIR]             says what is wrong with a system; writes nothing\n"
	"  build FILE.dts -o IMAGE [-I DIR]    makes the image that is flashed\n"
	"  build FILE.dts --json FILE          says all of the plan in JSON, - is standard output; also beside -o\n"
	"  map FILE.dts [-I DIR]               draws who has what, as text\n"
	"  report FILE.dts [IMAGE] [-o DIR]    writes the same and more as a page and CSV files (report --help)\n"
	"  verify IMAGE [FILE.dts] [-I DIR]    says who reaches what in an image that should not\n"
	"  run FILE.dts [OPTION ...]           builds a system and starts it in QEMU (run --help)\n"
	"  flash FILE.dts|IMAGE [OPTION ...]   makes the flat image, a signed FIT or a card (flash --help)\n"
	"  devices FILE [-I DIR]               lists the devices of a system, a board or any devicetree\n"
	"  tree FILE PARTITION [-o DTB]        writes the device tree that a partition boots with\n"
	"  board NAME                          prints what the hypervisor's build needs to know of a board\n"
	"\n"
	"  -I DIR, --include DIR    looks for boards in DIR first; otherwise in config/boards, or $BULKHEAD_BOARDS\n"
	"  -o IMAGE, --output IMAGE\n"
	"  -h, --help               prints this\n"
	"  -V, --version            prints the version\n"
	"\n"
	"Guest images named in FILE.dts lie beside it or in the build folder: this program's own, or $BULKHEAD_BUILD.\n"
	"Exit status: 0 done, 1 a mistake in a file, 2 a mistake in the command line.\n";

/* Which options a command takes: each kind also those of the one before. */
enum takes { TAKES_FOLDER, TAKES_OUTPUT, TAKES_JSON };

struct arguments {
	const char *file;
	const char *partition;
	const char *output, *json;
	bool takes_partition; /* behind the file */
};

static bool refuse_option(const char *command, char **argv, bool lacks_value)
{
	/* An unknown letter may be one of several: the word is not done with. */
	bool is_word = (lacks_value || optopt == 0) && strncmp(argv[optind - 1], "--", 2) == 0;
	const char *option = is_word ? argv[optind - 1] : memory_text("-%c", optopt);

	message_error((struct location){0}, "%s: %s%s%s; see bulkhead --help", command,
		      lacks_value ? "" : "unknown option ", option, lacks_value ? " needs a value" : "");
	return false;
}

/* Reads `COMMAND FILE [OPTION ...]`; false after a message. */
static bool read_arguments(int argc, char **argv, enum takes takes, struct arguments *arguments)
{
	static const char *const letters[] = {":I:", ":I:o:", ":I:o:"};
	static const struct option words[] = {
		{"json", required_argument, NULL, 'j'},
		{"output", required_argument, NULL, 'o'},
		{"include", required_argument, NULL, 'I'},
		{0},
	};
	struct location nowhere = {0};
	int option;

	opterr = 0;
	while ((option = getopt_long(argc, argv, letters[takes], &words[TAKES_JSON - takes], NULL)) >= 0) {
		if (option == 'I')
			read_add_folder(optarg);
		else if (option == 'o')
			arguments->output = optarg;
		else if (option == 'j')
			arguments->json = optarg;
		else
			return refuse_option(argv[0], argv, option == ':');
	}
	if (argc - optind != (arguments->takes_partition ? 2 : 1)) {
		message_error(nowhere, "%s takes %s, not %d; see bulkhead --help", argv[0],
			      arguments->takes_partition ? "a file and a partition" : "one file", argc - optind);
		return false;
	}
	if (takes == TAKES_JSON && arguments->output == NULL && arguments->json == NULL) {
		message_error(nowhere, "%s needs to know what to write: -o IMAGE or --json FILE", argv[0]);
		return false;
	}
	arguments->file = argv[optind];
	arguments->partition = argv[argc - 1];
	return true;
}

static int check_command(int argc, char **argv)
{
	struct arguments arguments = {0};
	struct model model;

	if (!read_arguments(argc, argv, TAKES_FOLDER, &arguments))
		return EXIT_USAGE;
	return build_check(arguments.file, &model) ? 0 : EXIT_MISTAKE;
}

static int build_command(int argc, char **argv)
{
	struct arguments arguments = {0};
	struct model model;

	if (!read_arguments(argc, argv, TAKES_JSON, &arguments))
		return EXIT_USAGE;
	return build_image(arguments.file, arguments.output, arguments.json, &model) ? 0 : EXIT_MISTAKE;
}

static int devices_command(int argc, char **argv)
{
	struct arguments arguments = {0};

	if (!read_arguments(argc, argv, TAKES_FOLDER, &arguments))
		return EXIT_USAGE;
	return devices_list(arguments.file);
}

static int tree_command(int argc, char **argv)
{
	struct arguments arguments = {.takes_partition = true};

	if (!read_arguments(argc, argv, TAKES_OUTPUT, &arguments))
		return EXIT_USAGE;
	return guest_tree_show(arguments.file, arguments.partition, arguments.output);
}

/* Becomes the script of this name; it finds this program in $BULKHEAD_PROGRAM. */
static int script_command(int argc, char **argv)
{
	const char *scripts = getenv("BULKHEAD_SCRIPTS");
	char *program = realpath("/proc/self/exe", NULL);
	const char *path =
		memory_text("%s/%s", scripts ? scripts : memory_text("%s/../scripts", read_build_folder()), argv[0]);

	(void)argc;
	if (program != NULL && setenv("BULKHEAD_PROGRAM", program, 1) == 0)
		execv(path, argv);
	message_error((struct location){0}, "cannot start %s: %s", path, strerror(errno));
	free(program);
	return EXIT_MISTAKE;
}

static const struct {
	const char *name;
	int (*run)(int argc, char **argv); /* argv[0] is the command */
} commands[] = {
	/* clang-format off */
	{"check", check_command}, {"build", build_command}, {"verify", verify_command}, {"devices", devices_command},
	{"tree", tree_command},   {"board", board_command}, {"map", script_command},    {"report", script_command},
	{"run", script_command},  {"flash", script_command},
};

static int run_named(int argc, char **argv)
{
	const char *names[COUNT(commands)];

	for (size_t i = 0; i < COUNT(commands); i++) {
		names[i] = commands[i].name;
		if (strcmp(argv[0], commands[i].name) == 0)
			return commands[i].run(argc, argv);
	}
	if (argv[0][0] == '-')
		message_error((struct location){0}, "unknown option '%s'; see bulkhead --help", argv[0]);
	else
		message_error((struct location){0}, "unknown command '%s'%s", argv[0],
			      suggest_text(argv[0], names, COUNT(names)));
	return EXIT_USAGE;
}

/*
 * A file that is opened must not become a standard stream that was closed; reading it ends, writing it fails. A program that takes
 * over finds it closed.
 */
static void hold_streams(void)
{
	int descriptor;

	do
		descriptor = open("/dev/null", O_RDONLY | O_CLOEXEC);
	while (descriptor >= 0 && descriptor <= STDERR_FILENO);
	if (descriptor >= 0)
		close(descriptor);
}

static int run(int argc, char **argv)
{
	if (argc < 2) {
		fputs(help_text, stderr);
		return EXIT_USAGE;
	}
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
		fputs(help_text, stdout);
		return 0;
	}
	if (strcmp(argv[1], "--version") == 0 || strcmp(argv[1], "-V") == 0) {
		puts(version_text);
		return 0;
	}
	return run_named(argc - 1, argv + 1);
}

/* What was printed counts only when all of it arrived. */
int main(int argc, char **argv)
{
	int status;

	hold_streams();
	status = run(argc, argv);
	if (fflush(stdout) == 0 && !ferror(stdout))
		return status;
	message_error((struct location){0}, "cannot write standard output: %s", strerror(errno));
	return EXIT_MISTAKE;
}
