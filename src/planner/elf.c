/* SPDX-License-Identifier: Apache-2.0 */
/* ELF headers and PT_LOAD segments, by libelf. Not here: sections and symbols. */
#include "planner/elf.h"

#include <gelf.h>
#include <string.h>

#include "planner/memory.h"

#define SEGMENTS_MOST 64u /* each becomes an image of the plan, which has room for 4096 of all partitions */

bool elf_recognise(const uint8_t *data, size_t size)
{
	return size >= SELFMAG && memcmp(data, ELFMAG, SELFMAG) == 0;
}

static const char *machine_refusal(uint16_t machine, enum plan_arch arch)
{
	const char *wanted = arch == PLAN_ARCH_X86 ? "x86-64" : "Arm", *found = NULL;

	switch (machine) {
	case EM_AARCH64:
	case EM_ARM:
		found = arch == PLAN_ARCH_X86 ? "Arm" : NULL;
		break;
	case EM_X86_64:
		found = arch == PLAN_ARCH_X86 ? NULL : "x86-64";
		break;
	case EM_386:
		found = "32-bit x86";
		break;
	case EM_RISCV:
		found = "RISC-V";
		break;
	default:
		return memory_text("is an ELF for another machine than %s", wanted);
	}
	return found ? memory_text("is an ELF for %s, not %s", found, wanted) : NULL;
}

static const char *type_refusal(uint16_t type)
{
	switch (type) {
	case ET_EXEC:
		return NULL;
	case ET_REL:
		return "is an ELF object file; link it to an executable";
	case ET_DYN:
		return "is a position-independent ELF; link it statically at a fixed address (-static -no-pie)";
	default:
		return "is an ELF, but not an executable";
	}
}

static const char *header_refusal(const GElf_Ehdr *header, enum plan_arch arch)
{
	bool is_wide = header->e_ident[EI_CLASS] == ELFCLASS64;
	const char *refusal = machine_refusal(header->e_machine, arch);

	if (header->e_ident[EI_DATA] != ELFDATA2LSB)
		return "is a big-endian ELF; only little-endian ones are supported";
	if (!refusal && header->e_machine == EM_AARCH64 && !is_wide)
		return "is a 32-bit ELF for AArch64 (ILP32); only 64-bit ones are supported";
	if (!refusal && header->e_machine == EM_X86_64 && !is_wide)
		return "is a 32-bit ELF for x86-64 (x32); only 64-bit ones are supported";
	if (!refusal && header->e_machine == EM_ARM && is_wide)
		return "is a corrupt ELF: a 64-bit one for AArch32";
	return refusal ? refusal : type_refusal(header->e_type);
}

static const char *segment_refusal(const GElf_Phdr *program, size_t size)
{
	if (program->p_offset > size || program->p_filesz > size - program->p_offset)
		return "is a truncated ELF: a segment lies behind the end of the file";
	if (program->p_filesz > program->p_memsz)
		return "is a corrupt ELF: a segment is larger in the file than in memory";
	if (program->p_memsz > UINT64_MAX - program->p_paddr || program->p_memsz > UINT64_MAX - program->p_vaddr)
		return "is a corrupt ELF: a segment wraps around the end of the address space";
	return NULL;
}

static void segment_add(struct elf *elf, const GElf_Phdr *program, const uint8_t *data)
{
	*MEMORY_APPEND(elf->segments, elf->segment_count) = (struct elf_segment){
		.data = data + program->p_offset,
		.file_size = program->p_filesz,
		.memory_size = program->p_memsz,
		.physical = program->p_paddr,
		.virtual = program->p_vaddr,
		.writable = (program->p_flags & PF_W) != 0,
		.executable = (program->p_flags & PF_X) != 0,
	};
}

/* Bit 0 of an AArch32 entry says Thumb and is no part of the address (IHI 0044, 4.2). */
static bool entry_find(struct elf *elf, uint64_t entry)
{
	uint64_t thumb = elf->is_aarch32 ? entry & 1 : 0;

	entry -= thumb;
	for (size_t i = 0; i < elf->segment_count; i++) {
		const struct elf_segment *segment = &elf->segments[i];

		if (segment->executable && entry >= segment->virtual && entry - segment->virtual < segment->file_size) {
			elf->entry = entry - segment->virtual + segment->physical + thumb;
			return true;
		}
	}
	return false;
}

/* libelf counts only the program headers that the file holds. */
static const char *segments_read(Elf *file, size_t headers, const uint8_t *data, size_t size, struct elf *elf)
{
	const char *refusal = NULL;
	size_t count = 0;

	if (headers == 0)
		return "is an ELF without program headers";
	elf_getphdrnum(file, &count);
	if (count != headers)
		return "is a truncated ELF: its program headers lie behind the end of the file";
	for (size_t i = 0; !refusal && i < count; i++) {
		GElf_Phdr program;

		if (!gelf_getphdr(file, (int)i, &program))
			return "is a corrupt ELF: its program headers cannot be read";
		if (program.p_type == PT_INTERP || program.p_type == PT_DYNAMIC)
			return "is a dynamically linked ELF; link it statically";
		if (program.p_type != PT_LOAD || program.p_memsz == 0)
			continue;
		if (elf->segment_count == SEGMENTS_MOST)
			return memory_text("is an ELF with more than %u segments to load", SEGMENTS_MOST);
		refusal = segment_refusal(&program, size);
		if (!refusal)
			segment_add(elf, &program, data);
	}
	return refusal || elf->segment_count != 0 ? refusal : "is an ELF without a loadable segment";
}

const char *elf_read(const uint8_t *data, size_t size, enum plan_arch arch, struct elf *elf)
{
	const char *refusal =
		elf_recognise(data, size) ? "is an ELF whose header is cut short or corrupt" : "is not an ELF";
	GElf_Ehdr header;
	Elf *file;

	memset(elf, 0, sizeof(*elf));
	elf_version(EV_CURRENT);
	/* libelf does not write to what it opens without a descriptor; its prototype is older than const. */
	file = elf_memory((char *)(uintptr_t)data, size);
	if (file && gelf_getehdr(file, &header)) {
		refusal = header_refusal(&header, arch);
		elf->is_aarch32 = header.e_machine == EM_ARM;
		if (!refusal)
			refusal = segments_read(file, header.e_phnum, data, size, elf);
		if (!refusal && !entry_find(elf, header.e_entry))
			refusal = "is an ELF whose entry lies in none of its executable segments";
	}
	elf_end(file);
	return refusal;
}
