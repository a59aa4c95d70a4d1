/* SPDX-License-Identifier: Apache-2.0 */
/* ELF headers and PT_LOAD segments, each bound checked before it is used. Not here: sections and symbols. */
#include "planner/elf.h"

#include <elf.h>
#include <string.h>

#include "planner/memory.h"

bool elf_recognise(const uint8_t *data, size_t size)
{
	return size >= SELFMAG && memcmp(data, ELFMAG, SELFMAG) == 0;
}

static const char *machine_refusal(uint16_t machine)
{
	switch (machine) {
	case EM_AARCH64:
		return NULL;
	case EM_ARM:
		return "is an ELF for 32-bit Arm, not AArch64";
	case EM_X86_64:
		return "is an ELF for x86-64, not AArch64";
	case EM_386:
		return "is an ELF for 32-bit x86, not AArch64";
	case EM_RISCV:
		return "is an ELF for RISC-V, not AArch64";
	default:
		return "is an ELF for another machine than AArch64";
	}
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

/*
 * e_machine and e_type are at the same place in both classes, so that a 32-bit file is refused by its machine's name.
 */
static const char *header_refusal(const uint8_t *data, size_t size, Elf64_Ehdr *header)
{
	const char *refusal;

	if (!elf_recognise(data, size))
		return "is not an ELF";
	if (size < sizeof(Elf32_Ehdr))
		return "is an ELF that ends inside its header";
	if (data[EI_DATA] != ELFDATA2LSB)
		return "is a big-endian ELF; only little-endian ones are supported";
	memcpy(header, data, size < sizeof(*header) ? size : sizeof(*header));
	refusal = machine_refusal(header->e_machine);
	if (refusal)
		return refusal;
	if (data[EI_CLASS] != ELFCLASS64)
		return "is a 32-bit ELF (ILP32); only 64-bit ones are supported";
	if (size < sizeof(*header))
		return "is an ELF that ends inside its header";
	refusal = type_refusal(header->e_type);
	if (refusal)
		return refusal;
	if (header->e_phnum == 0)
		return "is an ELF without program headers";
	if (header->e_phentsize != sizeof(Elf64_Phdr))
		return "is a corrupt ELF: its program headers have a wrong size";
	if (header->e_phoff > size || (size - header->e_phoff) / sizeof(Elf64_Phdr) < header->e_phnum)
		return "is a truncated ELF: its program headers lie behind the end of the file";
	return NULL;
}

static const char *segment_refusal(const Elf64_Phdr *program, size_t size)
{
	if (program->p_offset > size || program->p_filesz > size - program->p_offset)
		return "is a truncated ELF: a segment lies behind the end of the file";
	if (program->p_filesz > program->p_memsz)
		return "is a corrupt ELF: a segment is larger in the file than in memory";
	if (program->p_memsz > UINT64_MAX - program->p_paddr || program->p_memsz > UINT64_MAX - program->p_vaddr)
		return "is a corrupt ELF: a segment wraps around the end of the address space";
	return NULL;
}

static void segment_add(struct elf *elf, const Elf64_Phdr *program, const uint8_t *data)
{
	elf->segments = memory_append(elf->segments, &elf->segment_count, sizeof(*elf->segments));
	elf->segments[elf->segment_count - 1] = (struct elf_segment){
		.data = data + program->p_offset,
		.file_size = program->p_filesz,
		.memory_size = program->p_memsz,
		.physical = program->p_paddr,
		.virtual = program->p_vaddr,
		.readable = (program->p_flags & PF_R) != 0,
		.writable = (program->p_flags & PF_W) != 0,
		.executable = (program->p_flags & PF_X) != 0,
	};
}

static bool entry_find(struct elf *elf, uint64_t entry)
{
	for (size_t i = 0; i < elf->segment_count; i++) {
		const struct elf_segment *segment = &elf->segments[i];

		if (segment->executable && entry >= segment->virtual && entry - segment->virtual < segment->file_size) {
			elf->entry = entry - segment->virtual + segment->physical;
			return true;
		}
	}
	return false;
}

const char *elf_read(const uint8_t *data, size_t size, struct elf *elf)
{
	Elf64_Ehdr header = {0};
	const char *refusal = header_refusal(data, size, &header);

	memset(elf, 0, sizeof(*elf));
	for (size_t i = 0; !refusal && i < header.e_phnum; i++) {
		Elf64_Phdr program;

		memcpy(&program, data + header.e_phoff + i * sizeof(program), sizeof(program));
		if (program.p_type == PT_INTERP || program.p_type == PT_DYNAMIC)
			return "is a dynamically linked ELF; link it statically";
		if (program.p_type != PT_LOAD || program.p_memsz == 0)
			continue;
		refusal = segment_refusal(&program, size);
		if (!refusal)
			segment_add(elf, &program, data);
	}
	if (refusal)
		return refusal;
	if (elf->segment_count == 0)
		return "is an ELF without a loadable segment";
	if (!entry_find(elf, header.e_entry))
		return "is an ELF whose entry lies in none of its executable segments";
	return NULL;
}
