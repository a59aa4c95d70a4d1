/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A QEMU TCG plugin that notes which of the hypervisor's instructions run, and which way its branches go. Not here:
 * what the addresses mean (scripts/coverage). Arguments: text=FILE, the hypervisor's .text; base=ADDRESS, where it is
 * linked; record=FILE, one byte an instruction, shared by all machines of a run and there already.
 *
 * Guests may use the hypervisor's addresses for memory of their own, so an instruction counts when its bytes are the
 * hypervisor's, too. Debian has the interface in its QEMU but no header of it: the declarations are here, of version 3
 * (QEMU 9.1 and newer; docs/devel/tcg-plugins.rst of QEMU).
 */
#include <fcntl.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define INSTRUCTION_SIZE 4u
#define MAX_CORES 512u

/* Bits of a record's byte; scripts/coverage reads them. */
#define RAN 1u
#define WENT_ON 2u /* the core's next instruction here was the one behind it */
#define JUMPED 4u  /* it was another */

/* ---- QEMU's plugin interface ---- */

#define EXPORT __attribute__((visibility("default")))

typedef uint64_t plugin_id;
struct qemu_info;
struct qemu_plugin_tb;
struct qemu_plugin_insn;
enum plugin_flags { PLUGIN_NO_REGISTERS };

EXPORT int qemu_plugin_version = 3;
EXPORT int qemu_plugin_install(plugin_id id, const struct qemu_info *info, int argc, char **argv);

void qemu_plugin_register_vcpu_tb_trans_cb(plugin_id id, void (*call)(plugin_id, struct qemu_plugin_tb *));
void qemu_plugin_register_vcpu_insn_exec_cb(struct qemu_plugin_insn *instruction,
					    void (*call)(unsigned int core, void *context), enum plugin_flags flags,
					    void *context);
size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *block);
struct qemu_plugin_insn *qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *block, size_t number);
uint64_t qemu_plugin_insn_vaddr(const struct qemu_plugin_insn *instruction);
size_t qemu_plugin_insn_data(const struct qemu_plugin_insn *instruction, void *bytes, size_t size);

/* ---- the record ---- */

static const uint8_t *text;
static uint64_t base;
static uint64_t size;
static _Atomic uint8_t *record;
static size_t last[MAX_CORES]; /* each core's last instruction + 1; written by that core's thread only */

static void note(size_t number, uint8_t bit)
{
	if ((atomic_load_explicit(&record[number], memory_order_relaxed) & bit) == 0)
		atomic_fetch_or_explicit(&record[number], bit, memory_order_relaxed);
}

static void on_instruction(unsigned int core, void *context)
{
	size_t number = (size_t)(uintptr_t)context;

	note(number, RAN);
	if (last[core] != 0)
		note(last[core] - 1, number == last[core] ? WENT_ON : JUMPED);
	last[core] = number + 1;
}

static void on_translation(plugin_id id, struct qemu_plugin_tb *block)
{
	(void)id;
	for (size_t i = 0; i < qemu_plugin_tb_n_insns(block); i++) {
		struct qemu_plugin_insn *instruction = qemu_plugin_tb_get_insn(block, i);
		uint64_t offset = qemu_plugin_insn_vaddr(instruction) - base;
		uint8_t bytes[INSTRUCTION_SIZE];

		if (offset >= size || qemu_plugin_insn_data(instruction, bytes, sizeof(bytes)) != sizeof(bytes) ||
		    memcmp(bytes, text + offset, sizeof(bytes)) != 0)
			continue;
		qemu_plugin_register_vcpu_insn_exec_cb(instruction, on_instruction, PLUGIN_NO_REGISTERS,
						       (void *)(uintptr_t)(offset / INSTRUCTION_SIZE));
	}
}

/* ---- start ---- */

static void *map(const char *name, int flags, int protection, uint64_t *length)
{
	int file = open(name, flags);
	struct stat status;
	void *bytes;

	if (file < 0 || fstat(file, &status) != 0) {
		perror(name);
		return NULL;
	}
	*length = (uint64_t)status.st_size;
	bytes = mmap(NULL, *length, protection, MAP_SHARED, file, 0);
	close(file);
	if (bytes == MAP_FAILED) {
		perror(name);
		return NULL;
	}
	return bytes;
}

int qemu_plugin_install(plugin_id id, const struct qemu_info *info, int argc, char **argv)
{
	uint64_t records = 0;

	(void)info;
	for (int i = 0; i < argc; i++) {
		if (strncmp(argv[i], "text=", 5) == 0)
			text = map(argv[i] + 5, O_RDONLY, PROT_READ, &size);
		else if (strncmp(argv[i], "base=", 5) == 0)
			base = strtoull(argv[i] + 5, NULL, 0);
		else if (strncmp(argv[i], "record=", 7) == 0)
			record = map(argv[i] + 7, O_RDWR, PROT_READ | PROT_WRITE, &records);
	}
	if (text == NULL || record == NULL || records * INSTRUCTION_SIZE < size) {
		fprintf(stderr, "trace: text, base and record are needed, of one size\n");
		return 1;
	}
	qemu_plugin_register_vcpu_tb_trans_cb(id, on_translation);
	return 0;
}
