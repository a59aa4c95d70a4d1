/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Accesses to the interrupt controller as guests make them, by syndrome and by instruction, against the model of the
 * unit test. The input: 32 bytes that choose the owned interrupts, then operations of 16 bytes each: kind, size and
 * direction, instruction or offset, value.
 */
#include "armv8/gicv3_model.h"

#include "arch/armv8/access.h"

#define SET_BYTES 32u
#define OPERATIONS_MOST 64u

struct operation {
	uint8_t kind; /* modulo 4: distributor, redistributors, an instruction at the one or the other */
	uint8_t how;  /* bits 1:0 size, bit 2 write */
	uint16_t reserved;
	uint32_t offset; /* or the instruction */
	uint64_t value;
};

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Four interrupts a bit, so that few bytes make sets with gaps of all kinds. */
static void set_choose(const uint8_t *chosen)
{
	memset(own->interrupt_mask, 0, sizeof(own->interrupt_mask));
	for (uint32_t id = 0; id < 1020u; id++) {
		if (((chosen[id / 32u] >> (id % 8u)) & 1u) != 0u) {
			interrupt_give(id);
		}
	}
}

/* The registers and offsets of a decoded instruction are those that A64 has; each of its accesses is then made. */
static void instruction_check(const struct plan_filter *filter, const struct operation *operation)
{
	uint32_t offset = (uint32_t)(operation->value % filter->size);
	struct decoded decoded;

	if (!decode_load_store(operation->offset, &decoded)) {
		return;
	}
	assert_in_range(decoded.register_count, 1, 2);
	assert_in_range(decoded.size_log2, 0, 3);
	assert_true(decoded.base < 32u);
	assert_false(decoded.write && decoded.sign_extend);
	assert_true(decoded.writeback || ((decoded.register_count == 2u) && !decoded.post_index));
	assert_in_range(decoded.offset + 512, 0, 1023);
	for (uint32_t i = 0; i < decoded.register_count; i++) {
		struct attempt attempt = {.value = operation->value,
					  .offset = offset + (i << decoded.size_log2),
					  .size = 1u << decoded.size_log2,
					  .write = decoded.write};

		assert_true(decoded.registers[i] < 32u);
		if ((attempt.offset + attempt.size) <= filter->size) {
			model_check_access(filter, &attempt);
		}
	}
}

static void operation_run(const struct operation *operation)
{
	const struct plan_filter *filter = ((operation->kind & 1u) == 0u) ? gicd : gicr;
	struct attempt attempt = {.value = operation->value,
				  .offset = operation->offset % (uint32_t)filter->size,
				  .size = 1u << (operation->how & 3u),
				  .write = (operation->how & 4u) != 0u};

	if ((operation->kind & 2u) != 0u) {
		instruction_check(filter, operation);
	} else {
		model_check_access(filter, &attempt);
	}
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	(void)setenv("CMOCKA_TEST_ABORT", "1", 1);
	(void)frames_make(NULL);
	registers_randomise();
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct operation operation;

	if (size < SET_BYTES) {
		return 0;
	}
	set_choose(data);
	for (size_t at = SET_BYTES, count = 0; (size - at) >= sizeof(operation) && count < OPERATIONS_MOST; count++) {
		memcpy(&operation, data + at, sizeof(operation));
		operation_run(&operation);
		at += sizeof(operation);
	}
	return 0;
}
