/* SPDX-License-Identifier: Apache-2.0 */
/* Reads what is to be verified, and prints the result. */
#include "planner/verify.h"

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plan/check/verify.h"
#include "planner/file.h"
#include "planner/memory.h"
#include "planner/message.h"
#include "planner/read.h"
#include "planner/verify_config.h"
#include "planner/verify_text.h"

#define SHOWN 64u /* violations */

static void print_violations(const char *name, const struct verify *verify)
{
	uint32_t shown = verify->kept < SHOWN ? verify->kept : SHOWN;

	for (uint32_t i = 0; i < shown; i++)
		message_error((struct location){name}, "%s", verify_text(verify, &verify->violations[i]));
	if (verify->violation_count > shown)
		message_error((struct location){name}, "and %" PRIu64 " more", verify->violation_count - shown);
}

static void print_result(const struct verify *verify, const char *config)
{
	const struct plan_header *plan = verify->plan;

	printf("verified: %u partitions, %u cores, %u windows, %u filters, %u interrupts, %u golden images\n",
	       plan->partitions.count, plan->cores.count, plan->windows.count, plan->filters.count,
	       plan->interrupts.count, plan->images.count);
	printf("verified: %" PRIu64 " pages mapped by %" PRIu64 " trees, %" PRIu64 " tables and %" PRIu64
	       " descriptors, none of them but as the plan says\n",
	       verify->pages, verify->trees, verify->tables, verify->leaves);
	printf("verified: plan ");
	for (size_t i = 0; i < sizeof(plan->sha256); i++)
		printf("%02x", plan->sha256[i]);
	printf(" for %s\n", verify_text_name(plan->board));
	if (config != NULL)
		printf("verified: hypervisor, cores, memory, devices, interrupts, kernels and ramdisks as %s gives them\n",
		       message_base_name(config));
	else
		printf("not compared with a configuration, which verify IMAGE FILE.dts does\n");
}

static int verify_file(const char *name, const char *config, const char *const *folders, size_t folder_count)
{
	const struct verify_claims *claims = NULL;
	struct verify *verify = memory_zeroed(1, sizeof(*verify));
	struct file file = file_read(name);

	if (file.data == NULL) {
		message_error((struct location){name}, "cannot be read: %s", strerror(errno));
		return 1;
	}
	if (config != NULL) {
		claims = verify_config_read(config, folders, folder_count);
		if (claims == NULL)
			return 1;
	}
	verify_image(verify, file.data, file.size, claims);
	if (verify->violation_count != 0) {
		print_violations(name, verify);
		return 1;
	}
	print_result(verify, config);
	return 0;
}

static const char **folder_add(const char **folders, size_t *count, const char *folder)
{
	folders = memory_append(folders, count, sizeof(*folders));
	folders[*count - 1] = folder;
	return folders;
}

int verify_command(int argc, char **argv)
{
	static const struct option words[] = {{"include", required_argument, NULL, 'I'}, {0}};
	const char *boards = getenv("BULKHEAD_BOARDS");
	const char **folders = NULL;
	size_t count = 0;
	int option;

	opterr = 0;
	while ((option = getopt_long(argc, argv, ":I:", words, NULL)) >= 0) {
		if (option != 'I') {
			message_error((struct location){0}, "verify: %s%s; see bulkhead --help",
				      option == ':' ? "needs a value: " : "unknown option ", argv[optind - 1]);
			return 2;
		}
		folders = folder_add(folders, &count, optarg);
	}
	if (argc - optind < 1 || argc - optind > 2) {
		message_error((struct location){0},
			      "verify takes an image and perhaps its FILE.dts; see bulkhead --help");
		return 2;
	}
	folders = folder_add(
		folders, &count,
		boards != NULL && *boards != '\0' ? boards : memory_text("%s/../config/boards", read_build_folder()));
	folders = folder_add(folders, &count, read_build_folder());
	return verify_file(argv[optind], argv[optind + 1], folders, count);
}
