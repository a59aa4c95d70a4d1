/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The numbered lines by which a core refuses to start: "bulkhead: E07 <text>". One list for C and assembly; the numbers
 * are part of the interface and are never used again for something else.
 */
#ifndef PLAN_REFUSAL_H
#define PLAN_REFUSAL_H

/* clang-format off */
#define REFUSALS(X) \
	X(0,  REFUSAL_NONE,          "no refusal") \
	X(1,  REFUSAL_LEVEL,         "not started at EL2: enable virtualization, or start from EL2 firmware") \
	X(2,  REFUSAL_ADDRESS,       "loaded at another address than the board file's load-address") \
	X(3,  REFUSAL_NO_PLAN,       "no plan behind the hypervisor: truncated, or not made by bulkhead build") \
	X(4,  REFUSAL_VERSION,       "the plan has another format version: plan again with this release") \
	X(5,  REFUSAL_HEADER_CRC,    "the plan's header is corrupt (CRC)") \
	X(6,  REFUSAL_PLACE,         "the plan was made for another place or size") \
	X(7,  REFUSAL_NO_CRC,        "this core has no CRC32 instructions") \
	X(8,  REFUSAL_CORE,          "this core is not in the plan") \
	X(9,  REFUSAL_TABLE_CRC,     "a translation table is corrupt (CRC)") \
	X(10, REFUSAL_BODY_CRC,      "the plan's body is corrupt (CRC)") \
	X(11, REFUSAL_BOARD,         "the plan is for another board than this hypervisor") \
	X(12, REFUSAL_ARRAY,         "an array of the plan lies outside it or is too long") \
	X(13, REFUSAL_REFERENCE,     "a row of the plan refers to a row that is not there") \
	X(14, REFUSAL_CORES,         "a core is given to two partitions, or twice") \
	X(15, REFUSAL_WINDOWS,       "a partition reaches memory that is another's, the hypervisor's or not there") \
	X(16, REFUSAL_INTERRUPTS,    "an interrupt belongs to two partitions, or is out of range") \
	X(17, REFUSAL_IMAGES,        "an image lies outside its partition's memory or the golden area") \
	X(18, REFUSAL_TABLES,        "a table or a stage-2 root lies outside the hypervisor's memory") \
	X(19, REFUSAL_STATE,         "the plan reserves too little room for run-time state") \
	X(20, REFUSAL_GIC,           "another interrupt controller than the board file's") \
	X(21, REFUSAL_PA_RANGE,      "this core has fewer physical address bits than the board file says") \
	X(22, REFUSAL_REDISTRIBUTOR, "this core's redistributor is not where the board file says") \
	X(23, REFUSAL_GIC_LINES,     "the interrupt controller has fewer interrupts than the plan uses") \
	X(24, REFUSAL_CORE_START,    "a core of the plan does not start: fewer cores than the board file says?") \
	X(25, REFUSAL_GRANULE,       "this core has no 4 KiB translation granule") \
	X(26, REFUSAL_ARCH,          "the plan is for another architecture") \
	X(27, REFUSAL_AARCH32,       "a partition runs in AArch32, which this core has not at EL1") \
	X(28, REFUSAL_VENDOR,        "the plan is for the other vendor's virtualization") \
	X(29, REFUSAL_NESTED_PAGING, "this core has no nested paging") \
	X(30, REFUSAL_X2APIC,        "this core's interrupt controller has no x2APIC mode") \
	X(31, REFUSAL_LOADER,        "not started by a multiboot loader") \
	X(32, REFUSAL_LONG_MODE,     "this core has no 64-bit mode with no-execute pages") \
	X(33, REFUSAL_VIRTUALIZATION, "this core has no virtualization, or firmware switched it off") \
	X(34, REFUSAL_ADDRESS_SPACES, "this core has fewer address space ids than the plan uses") \
	X(35, REFUSAL_CONTROLS,      "this core's virtualization lacks a control that the plan needs") \
	X(36, REFUSAL_IOMMU,         "the IOMMU is not where the board file says, or does not answer") \
	X(37, REFUSAL_PCI,           "PCI's configuration space is not where the board file says") \
	X(38, REFUSAL_FUNCTION,      "a PCI function is not there, or has other registers than the board file says")
/* clang-format on */

#ifndef __ASSEMBLER__
#define REFUSAL_ENUM(number, name, text) name = (number),
enum refusal { REFUSALS(REFUSAL_ENUM) REFUSAL_COUNT };
#endif

#endif
