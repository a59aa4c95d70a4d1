/* SPDX-License-Identifier: Apache-2.0 */
/* The bzImage's setup header, read and passed on. */
#include "planner/x86/linux.h"

#include <string.h>

#include "planner/align.h"
#include "planner/load.h"

/* The setup header: offsets in the file, and in the zero page. */
#define SETUP 0x1f1u     /* its first field: how many sectors of 512 bytes come before the kernel proper, less one */
#define SETUP_END 0x201u /* the distance of its end from SETUP_MAGIC */
#define SETUP_MAGIC 0x202u
#define SETUP_VERSION 0x206u
#define SETUP_RAMDISK 0x218u
#define SETUP_RAMDISK_SIZE 0x21cu
#define SETUP_RAMDISK_MOST 0x22cu
#define SETUP_FLAGS 0x236u
#define SETUP_BOOTARGS_MOST 0x238u
#define SETUP_ADDRESS 0x258u
#define SETUP_ROOM 0x260u /* bytes that it needs from there on until it has found the memory map */
#define SETUP_LEAST 0x264u

#define MAGIC 0x53726448u /* "HdrS" */
#define VERSION_64 0x20cu
#define FLAG_64 0x1u
#define SECTOR 512u
#define DEFAULT_SECTORS 4u
#define ENTRY_64 0x200u

static uint64_t field(const uint8_t *bytes, size_t offset, size_t size)
{
	uint64_t value = 0;

	memcpy(&value, bytes + offset, size);
	return value;
}

bool x86_linux_is(const struct image *image)
{
	return image->size >= SETUP_LEAST && field(image->data, SETUP_MAGIC, 4) == MAGIC;
}

const char *x86_linux_load(struct partition *partition, struct image image)
{
	const uint8_t *setup = image.data;
	uint64_t sectors = setup[SETUP] ? setup[SETUP] : DEFAULT_SECTORS;
	uint64_t begin = (sectors + 1) * SECTOR, room = field(setup, SETUP_ROOM, 4);

	if (field(setup, SETUP_VERSION, 2) < VERSION_64 || (field(setup, SETUP_FLAGS, 2) & FLAG_64) == 0)
		return "is a bzImage without a 64-bit entry: one older than Linux 3.8, or for 32 bits";
	if (begin + ENTRY_64 >= image.size)
		return "is a truncated bzImage: there is nothing behind its setup code";
	if (partition->load_address != MODEL_NOWHERE)
		return "is a bzImage, which says itself where it is loaded: leave load-address out";
	partition->is_linux = true;
	partition->setup = setup;
	image.data += begin;
	image.size -= begin;
	image.fill = room > image.size ? room - image.size : 0;
	image.base = field(setup, SETUP_ADDRESS, 8);
	load_add(partition, image);
	partition->start = image.base + ENTRY_64;
	return NULL;
}

uint64_t x86_linux_ramdisk(const struct partition *partition, uint64_t size)
{
	uint64_t most = field(partition->setup, SETUP_RAMDISK_MOST, 4) + 1, end = 0;

	for (size_t i = 0; i < partition->memory_count; i++) {
		const struct window *window = &partition->memory[i];
		uint64_t last = window->base + window->size;

		last = last < most ? last : most;
		if (last >= window->base + size && last > end)
			end = last;
	}
	return end < size ? 0 : align_down(end - size, PAGE_SIZE);
}

uint32_t x86_linux_bootargs_most(const struct partition *partition)
{
	return (uint32_t)field(partition->setup, SETUP_BOOTARGS_MOST, 4);
}

void x86_linux_zero_page(const struct partition *partition, uint8_t *zero)
{
	const uint8_t *setup = partition->setup;

	memcpy(zero + SETUP, setup + SETUP, SETUP_MAGIC + setup[SETUP_END] - SETUP);
	for (size_t i = 0; i < partition->image_count; i++) {
		const struct image *image = &partition->images[i];

		if (image->kind != PLAN_IMAGE_RAMDISK)
			continue;
		memcpy(zero + SETUP_RAMDISK, &image->base, 4); /* below SETUP_RAMDISK_MOST, of 32 bits */
		memcpy(zero + SETUP_RAMDISK_SIZE, &image->size, 4);
	}
}
