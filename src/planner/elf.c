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
	case EM_ARM:
		return NULL;
	case EM_X86_64:
		return "is an ELF for x86-64, not Arm";
	case EM_386:
		return "is an ELF for 32-bit x86, not Arm";
	case EM_RISCV:
		return "is an ELF for RISC-V, not Arm";
	default:
		return "is an ELF for another machine than Arm";
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

/* Both classes' headers in the wider form. e_type and e_machine lie alike in both. */
static Elf64_Ehdr header_widen(const uint8_t *data)
{
	Elf64_Ehdr header = {0};
	Elf32_Ehdr narrow;

	if (data[EI_CLASS] != ELFCLASS32) {
		memcpy(&header, data, sizeof(header));
		return header;
	}
	memcpy(&narrow, data, sizeof(narrow));
	header.e_type = narrow.e_type;
	header.e_machine = narrow.e_machine;
	header.e_entry = narrow.e_entry;
	header.e_phoff = narrow.e_phoff;
	header.e_phentsize = narrow.e_phentsize;
	header.e_phnum = narrow.e_phnum;
	return header;
}

static Elf64_Phdr program_widen(const uint8_t *program, bool is_narrow)
{
	Elf64_Phdr wide;
	Elf32_Phdr narrow;

	if (!is_narrow) {
		memcpy(&wide, program, sizeof(wide));
		return wide;
	}
	memcpy(&narrow, program, sizeof(narrow));
	return (Elf64_Phdr){
		.p_type = narrow.p_type,
		.p_flags = narrow.p_flags,
		.p_offset = narrow.p_offset,
		.p_vaddr = narrow.p_vaddr,
		.p_paddr = narrow.p_paddr,
		.p_filesz = narrow.p_filesz,
		.p_memsz = narrow.p_memsz,
	};
}

static size_t program_size(const uint8_t *data)
{
	return data[EI_CLASS] == ELFCLASS32 ? sizeof(Elf32_Phdr) : sizeof(Elf64_Phdr);
}

static const char *class_refusal(const Elf64_Ehdr *header, uint8_t class)
{
	if (header->e_machine == EM_AARCH64 && class != ELFCLASS64)
		return "is a 32-bit ELF for AArch64 (ILP32); only 64-bit ones are supported";
	if (header->e_machine == EM_ARM && class != ELFCLASS32)
		return "is a corrupt ELF: a 64-bit one for AArch32";
	return NULL;
}

static const char *programs_refusal(const uint8_t *data, size_t size, const Elf64_Ehdr *header)
{
	if (header->e_phnum == 0)
		return "is an ELF without program headers";
	if (header->e_phentsize != program_size(data))
		return "is a corrupt ELF: its program headers have a wrong size";
	if (header->e_phoff > size || (size - header->e_phoff) / program_size(data) < header->e_phnum)
		return "is a truncated ELF: its program headers lie behind the end of the file";
	return NULL;
}

static const char *header_refusal(const uint8_t *data, size_t size, Elf64_Ehdr *header)
{
	const char *refusal;

	if (!elf_recognise(data, size))
		return "is not an ELF";
	if (size < sizeof(Elf32_Ehdr) || (data[EI_CLASS] != ELFCLASS32 && size < sizeof(Elf64_Ehdr)))
		return "is an ELF that ends inside its header";
	if (data[EI_DATA] != ELFDATA2LSB)
		return "is a big-endian ELF; only little-endian ones are supported";
	*header = header_widen(data);
	refusal = machine_refusal(header->e_machine);
	if (!refusal)
		refusal = class_refusal(header, data[EI_CLASS]);
	if (!refusal)
		refusal = type_refusal(header->e_type);
	return refusal ? refusal : programs_refusal(data, size, header);
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

const char *elf_read(const uint8_t *data, size_t size, struct elf *elf)
{
	Elf64_Ehdr header = {0};
	const char *refusal = header_refusal(data, size, &header);

	memset(elf, 0, sizeof(*elf));
	elf->is_aarch32 = header.e_machine == EM_ARM;
	for (size_t i = 0; !refusal && i < header.e_phnum; i++) {
		const uint8_t *row = data + header.e_phoff + i * program_size(data);
		Elf64_Phdr program = program_widen(row, elf->is_aarch32);

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
