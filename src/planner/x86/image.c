/* SPDX-License-Identifier: Apache-2.0 */
/* The multiboot header of the hypervisor. */
#include "planner/x86/image.h"

#include <string.h>

#define MULTIBOOT_MAGIC 0x1badb002u
#define MULTIBOOT_REACH 8192u /* where loaders look, in steps of 4 bytes */
#define MULTIBOOT_ADDRESSES (1u << 16)

struct multiboot_header {
	uint32_t magic, flags, checksum;
	uint32_t header_address, load_address, load_end_address, bss_end_address, entry_address;
};

/* All of the file is loaded, from the first byte of the image on. */
static const char *header_refusal(const struct multiboot_header *header, uint64_t place, const struct elf_segment *text)
{
	if (header->magic + header->flags + header->checksum != 0)
		return "has a multiboot header with a wrong checksum";
	if ((header->flags & MULTIBOOT_ADDRESSES) == 0 || header->header_address != place ||
	    header->load_address != text->physical || header->load_end_address != 0 || header->bss_end_address != 0)
		return "has a multiboot header that does not load the whole file where it is linked";
	if (header->entry_address < text->physical || header->entry_address - text->physical >= text->file_size)
		return "has a multiboot header that enters outside its code";
	return NULL;
}

const char *x86_image_refusal(const struct elf *elf)
{
	const struct elf_segment *text = &elf->segments[0];
	struct multiboot_header header;

	for (uint64_t at = 0; text->executable && at + sizeof(header) <= text->file_size && at < MULTIBOOT_REACH;
	     at += 4) {
		memcpy(&header, text->data + at, sizeof(header));
		if (header.magic == MULTIBOOT_MAGIC)
			return header_refusal(&header, text->physical + at, text);
	}
	return "does not begin with a multiboot header";
}
