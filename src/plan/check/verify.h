/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Verification of a finished image: every table in it is decoded again, and what each partition and each core of the
 * hypervisor reaches is compared, by exhaustion, with what it may. Pure functions that share no code with the planner.
 * Not here: files, the configuration (planner/verify_config.h), printing (planner/verify.h).
 */
#ifndef PLAN_CHECK_VERIFY_H
#define PLAN_CHECK_VERIFY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "plan/plan.h"

#define VERIFY_VIOLATIONS 256u /* kept with their details; all are counted */
#define VERIFY_REGIONS 4480u   /* windows of a partition, or what one core maps at EL2 */
#define VERIFY_DIGEST 32u

/*
 * Who or what has something. `index` is a row of partitions (VERIFY_PARTITION to VERIFY_GOLDEN), of cores (VERIFY_CORE to
 * VERIFY_GICR), or 0.
 */
enum verify_owner_kind {
	VERIFY_NOBODY = 0, /* neither RAM nor a register that anybody has */
	VERIFY_FREE = 1,   /* the board's RAM that nobody has */
	VERIFY_PARTITION = 2,
	VERIFY_RAM = 3,    /* a partition's */
	VERIFY_DEVICE = 4, /* a partition's */
	VERIFY_GOLDEN = 5, /* a partition's golden image */
	VERIFY_CORE = 6,   /* a core at EL2 */
	VERIFY_LOADER = 7, /* a core at EL2 while it loads its partition */
	VERIFY_STACK = 8,  /* a core's stack or log */
	VERIFY_GICR = 9,   /* a core's redistributor */
	VERIFY_GICD = 10,
	VERIFY_CODE = 11, /* the hypervisor's text, constants and data */
	VERIFY_PLAN = 12,
	VERIFY_TABLES = 13,
	VERIFY_SHARED = 14,      /* stage-2 roots and run-time state */
	VERIFY_GOLDEN_AREA = 15, /* between golden images */
	VERIFY_IMAGE = 16,       /* the image as a whole */
	VERIFY_BOARD = 17,       /* registers of the interrupt controller that no core of the plan has */
	VERIFY_IOAPIC = 18,
	VERIFY_TRAMPOLINE = 19, /* x86: the page where cores begin */
	VERIFY_PCI = 20,        /* x86: configuration space */
	VERIFY_IOMMU = 21,
	VERIFY_MESSAGES = 22 /* x86: pages of a function's table of messages */
};

struct verify_owner {
	enum verify_owner_kind kind;
	uint32_t index;
};

/*
 * What can be violated, and in which words: {s} = subject, {o} = other owner, {a} = address or number, {v} = the address
 * by which it is reached or a second number, {z} = size.
 */
/* clang-format off */
#define VERIFY_RULES(X) \
	X(VERIFY_OK,             "nothing") \
	X(VERIFY_NO_IMAGE,       "it has neither an arm64 Image header nor a multiboot header, so bulkhead build did not make it") \
	X(VERIFY_NO_PLAN,        "it holds no plan: truncated, or bulkhead build did not make it") \
	X(VERIFY_FORMAT,         "its plan has format {a}; this program reads {v}") \
	X(VERIFY_HEADER_CRC,     "its plan's header is corrupt (CRC)") \
	X(VERIFY_FILE_SIZE,      "it was made with {a} bytes, but has {v}: truncated, or not copied whole") \
	X(VERIFY_BODY_CRC,       "its plan's body is corrupt (CRC)") \
	X(VERIFY_ARRAY,          "array {a} of its plan lies outside it or is too long") \
	X(VERIFY_LAYOUT,         "its pieces do not lie one behind the other: {o} at {a}") \
	X(VERIFY_HEADER,         "its Image header has {a} where {v} is right") \
	X(VERIFY_REFERENCE,      "{s} refers to rows of the plan that are not there or not its own") \
	X(VERIFY_HASH,           "it is corrupt: its hash is not the plan's (SHA-256)") \
	X(VERIFY_REACH,          "{s} reaches {a}, {o} ({z} at {v})") \
	X(VERIFY_ATTRIBUTES,     "{s} reaches {a}, {o}, with wrong attributes ({z} at {v})") \
	X(VERIFY_UNMAPPED,       "{s} does not reach all of {a}, {o} ({z} at {v})") \
	X(VERIFY_TABLE_PLACE,    "{s} walks a table at {a}, {o}, which is not among the constant tables") \
	X(VERIFY_TABLE_BITS,     "{s} walks to the table at {a} by a descriptor with wrong bits, for {v}") \
	X(VERIFY_TABLE_WRITABLE, "{s} walks a table at {a} that {o} may write") \
	X(VERIFY_TABLE_COUNT,    "{s} walks more tables than there are") \
	X(VERIFY_TABLE_UNSET,    "{s} walks a table at {a} that no table set of {o} covers") \
	X(VERIFY_SET_PLACE,      "table set {a} lies where no tables are") \
	X(VERIFY_SET_CRC,        "table set {a} is corrupt (CRC)") \
	X(VERIFY_SPACE,          "{s} has an address space of {a} bits, which cannot be right") \
	X(VERIFY_CONTROL,        "{s} has VTCR_EL2 {a}, where {v} is right") \
	X(VERIFY_ROOT,           "{s} has its root at {a}, {o}: wrong place or alignment") \
	X(VERIFY_ROOT_OVERLAP,   "{s} and {o} both keep {a} in the shared area") \
	X(VERIFY_ROOT_ROW,       "{s} has a root entry at {a} that a recall clears or restores wrongly") \
	X(VERIFY_VMID,           "{s} has VMID {a}, which {o} has too, or which does not exist") \
	X(VERIFY_STACK_PLACE,    "{s} has its stack or log at {a}, {o}") \
	X(VERIFY_GUARD,          "{s} has a guard page of its stack mapped at {v}: {a}, {o}") \
	X(VERIFY_WINDOW_OPEN,    "{s} has its window at {v} open or out of place: {a}") \
	X(VERIFY_REGISTERS,      "{s} has its interrupt controller registers at {a}, {o}, which is not the core's") \
	X(VERIFY_GIC_PLACE,      "{s} has interrupt controller registers at {a}, {o}") \
	X(VERIFY_LOADER_OFFSET,  "{s} loads partitions at offset {a}, where {v} is right") \
	X(VERIFY_CONSOLE,        "{s} has its console at {a}, {o}") \
	X(VERIFY_WINDOW_KIND,    "{s} has a window at {v} that is malformed: {a}") \
	X(VERIFY_WINDOW_PLACE,   "{s} has a window at {a}, {o}") \
	X(VERIFY_BOTH,           "{s} and {o} both have {a}") \
	X(VERIFY_FILTER,         "{s} has a wrong filter: at {v}, to {a}") \
	X(VERIFY_FILTER_MAPPED,  "{s} has a filter at {v} over one of its windows") \
	X(VERIFY_INTERRUPT_BOTH, "{s} and {o} both have interrupt {a}") \
	X(VERIFY_INTERRUPT,      "{s} has interrupt {a} without a row, twice, or out of range") \
	X(VERIFY_CORE_ID,        "{s} has MPIDR {a}, which {o} has too, or which is none") \
	X(VERIFY_CORE_RELEASE,   "{s} is let go by a write to {a}, {o}: all cores need places that nobody has, or none does") \
	X(VERIFY_CORE_OWNER,     "{s} and {o} do not name each other") \
	X(VERIFY_CORE_LOADER,    "{s} has loader tables at {a}: wrong, or missing") \
	X(VERIFY_VCPU,           "{s}: virtual core {v} has the wrong identity, route or SGI target: {a}") \
	X(VERIFY_IMAGE_PLACE,    "{s} has an image whose copy at {a}, {o}, is not inside its memory") \
	X(VERIFY_IMAGE_GOLDEN,   "{s} has an image whose golden bytes at {a}, {o}, are not golden") \
	X(VERIFY_IMAGE_HASH,     "{s} has a corrupt golden image at {a} (SHA-256)") \
	X(VERIFY_IMAGE_OVERLAP,  "{s} has images that overlap at {a}") \
	X(VERIFY_ENTRY,          "{s} starts at {a}, or with its device tree at {v}, where no such image is") \
	X(VERIFY_STATE,          "{s} has run-time state at {a}, {o}, that is out of place or overlaps other state") \
	X(VERIFY_NOT_ZERO,       "{o} at {a}: not zero, as they are at the start") \
	X(VERIFY_TRAMPOLINE_PLACE, "{s} lets cores begin at {a}, {o}, which is no page of the first MiB that nobody has") \
	X(VERIFY_VMCB,           "{s} starts cores by a control block at {a} that is wrong from byte {v} on") \
	X(VERIFY_VMCS,           "{s} starts cores with {v} in VMCS field {a}, which is wrong") \
	X(VERIFY_VMCS_COUNT,     "{s} starts cores without VMCS field {a}, or with it twice") \
	X(VERIFY_VMCS_DEMAND,    "{s} demands {v} of VMCS field {a}, which are not the controls that isolate") \
	X(VERIFY_MSR,            "{s} has model-specific register {a} without an exit, which is not harmless, by {v}") \
	X(VERIFY_PORT,           "{s} has port {a}, which reaches the whole machine") \
	X(VERIFY_PORT_BOTH,      "{s} and {o} both have port {a}") \
	X(VERIFY_PINS,           "{s} sees {a} pins of the I/O APIC, where {v} are right") \
	X(VERIFY_CLUSTERS,       "{s} may send interrupts to other cores than its own, or not to all of them") \
	X(VERIFY_PCI_PLACE,      "{s} has PCI's configuration space at {a} and its IOMMU at {v}, which cannot be right together") \
	X(VERIFY_FUNCTION,       "{s} has PCI function {a} in row {v}: twice, nobody's, or with registers that are not its owner's") \
	X(VERIFY_DEVICE_ENTRY,   "{s} lets PCI function {a} reach something else than its owner's memory: {v}") \
	X(VERIFY_VENDOR,         "it is for cores of vendor {a}, which verify does not know") \
	X(VERIFY_UNKNOWN,        "it is for architecture {a} with interrupt controller {v}, which verify does not know") \
	X(VERIFY_RESERVED,       "{s} has {a} in a field that is reserved or has no such value") \
	X(VERIFY_TARGET,         "the target would refuse it with E{a}") \
	X(VERIFY_CLAIM_BOARD,    "{s} is for another board than the configuration") \
	X(VERIFY_CLAIM_PLACE,    "{s} is made for load-address {v}, but {a} in the configuration") \
	X(VERIFY_CLAIM_OFFSET,   "{s} has text_offset {v} in its header, but the load address is {a} above the configuration's RAM") \
	X(VERIFY_CLAIM_PA_BITS,  "{s} is made for {v} physical address bits, but {a} in the configuration") \
	X(VERIFY_CLAIM_ALL_OFF,  "{s} has when-all-off {v}, but {a} in the configuration") \
	X(VERIFY_CLAIM_CONSOLE,  "{s} has console registers at {v}, but at {a} in the configuration") \
	X(VERIFY_CLAIM_CONSOLE_SIZE, "{s} has {v} bytes of console registers, but {a} in the configuration") \
	X(VERIFY_CLAIM_MEMORY,   "the configuration has other RAM: {a} there, {v} in the image") \
	X(VERIFY_CLAIM_COUNT,    "the configuration has {a} partitions, the image {v}") \
	X(VERIFY_CLAIM_NAME,     "{s} has another name in the configuration, or none there") \
	X(VERIFY_CLAIM_CORE,     "{s} has core {a} as its virtual core {v}, which the configuration does not give it") \
	X(VERIFY_CLAIM_RELEASE,  "{s} is let go by a write to {v}, but to {a} in the configuration") \
	X(VERIFY_CLAIM_CORES,    "{s} has {v} cores, but {a} in the configuration") \
	X(VERIFY_CLAIM_RAM,      "{s} has RAM at {v}, size {a}, which the configuration does not give it") \
	X(VERIFY_CLAIM_NO_RAM,   "{s} lacks RAM at {v}, size {a}, which the configuration gives it") \
	X(VERIFY_CLAIM_DEVICE,   "{s} has device registers {a} at {v}, which the configuration does not give it") \
	X(VERIFY_CLAIM_NO_DEVICE, "{s} lacks device registers {a} at {v}, which the configuration gives it") \
	X(VERIFY_CLAIM_INTERRUPT, "{s} has interrupt {a}, or its trigger, which the configuration does not give it") \
	X(VERIFY_CLAIM_NO_INTERRUPT, "{s} lacks interrupt {a}, which the configuration gives it") \
	X(VERIFY_CLAIM_OPTIONS,  "{s} has rights or options {v}, but {a} in the configuration") \
	X(VERIFY_CLAIM_IMAGE,    "{s} has an image at {a}, which the configuration does not give it") \
	X(VERIFY_CLAIM_NO_IMAGE, "{s} lacks an image of {z}, which the configuration gives it") \
	X(VERIFY_CLAIM_TREE,     "{s} is given a device tree at {a}, unlike in the configuration") \
	X(VERIFY_CLAIM_ENTRY,    "{s} starts at {v}, but at {a} in the configuration") \
	X(VERIFY_CLAIM_CODE,     "{s} has another hypervisor than the one that was built: from {a} on") \
	X(VERIFY_CLAIM_GIC,      "{s} has interrupt controller registers at {v}, but at {a} in the configuration") \
	X(VERIFY_CLAIM_GIC_SIZE, "{s} has {v} bytes of redistributors, but {a} in the configuration") \
	X(VERIFY_CLAIM_X86,      "{s} is made for a machine with {v}, but {a} in the configuration") \
	X(VERIFY_CLAIM_PORT,     "{s} has port {a}, which the configuration does not give it") \
	X(VERIFY_CLAIM_NO_PORT,  "{s} lacks port {a}, which the configuration gives it") \
	X(VERIFY_CLAIM_FUNCTION, "{s} has PCI function {a}, which the configuration does not give it") \
	X(VERIFY_CLAIM_NO_FUNCTION, "{s} lacks PCI function {a}, which the configuration gives it")

/* The same, where x86 has other words. */
#define VERIFY_RULES_X86(X) \
	X(VERIFY_HEADER,         "its multiboot header has {a} where {v} is right") \
	X(VERIFY_TABLE_PLACE,    "{s} goes by a table at {a}, {o}, which is not among the constant tables") \
	X(VERIFY_TABLE_WRITABLE, "{s} goes by a table at {a} that {o} may write") \
	X(VERIFY_TABLE_UNSET,    "{s} goes by a table at {a} that no table set of {o} covers") \
	X(VERIFY_CONTROL,        "{s} has {a} as a control of its nested tables, where {v} is right") \
	X(VERIFY_VMID,           "{s} has ASID {a}, which {o} has too, or which does not exist") \
	X(VERIFY_GIC_PLACE,      "{s} has its APICs at {a}, {o}") \
	X(VERIFY_CONSOLE,        "{s} has its console at port {a}, which is none") \
	X(VERIFY_CORE_ID,        "{s} has APIC id {a}, which {o} has too, or which is none") \
	X(VERIFY_CORE_RELEASE,   "{s} is let go by a write to {a}, as no core of x86 is") \
	X(VERIFY_VCPU,           "{s}: virtual core {v} has the wrong identity, route or logical id: {a}") \
	X(VERIFY_ENTRY,          "{s} starts at {a}, or with its start block at {v}, where no such image is") \
	X(VERIFY_CLAIM_CONSOLE,  "{s} has its console at port {v}, but at {a} in the configuration") \
	X(VERIFY_CLAIM_TREE,     "{s} is given a start block at {a}, unlike in the configuration") \
	X(VERIFY_CLAIM_GIC,      "{s} has an APIC at {v}, but at {a} in the configuration") \
	X(VERIFY_CLAIM_GIC_SIZE, "{s} has {v} bytes of local APIC, but {a} in the configuration")
/* clang-format on */

#define VERIFY_RULE_ENUM(name, text) name,
enum verify_rule { VERIFY_RULES(VERIFY_RULE_ENUM) VERIFY_RULE_COUNT };

struct verify_violation {
	enum verify_rule rule;
	struct verify_owner subject;
	struct verify_owner other;
	uint64_t address;
	uint64_t at;
	uint64_t size;
};

/* What a tree is to map: [va, va + size) to [pa, pa + size). */
enum verify_access {
	VERIFY_GUEST_RAM,    /* stage 2: normal write-back, read, write, execute */
	VERIFY_GUEST_DEVICE, /* stage 2: Device-nGnRE, read, write */
	VERIFY_TEXT,         /* EL2: read, execute */
	VERIFY_CONSTANT,     /* EL2: read */
	VERIFY_DATA,         /* EL2: read, write */
	VERIFY_REGISTER,     /* EL2: Device-nGnRnE, read, write */
	VERIFY_ACCESS_COUNT
};

struct verify_region {
	uint64_t va;
	uint64_t pa;
	uint64_t size;
	uint64_t mapped; /* bytes of it that the tree maps rightly */
	enum verify_access access;
	struct verify_owner owner;
};

/* Who owns what, by an independent reading of the configuration. Rows of a partition need not be contiguous. */
struct verify_claim_partition {
	char name[PLAN_NAME];
	uint64_t observes;
	uint64_t entry; /* guest-physical, or from the first kernel image on if `entry_floats` */
	bool entry_floats;
	bool has_tree; /* is given a device tree */
	bool wfi_trap;
	bool is_aarch32;
	uint32_t core_count;
	uint64_t cores[PLAN_MAX_CORES]; /* MPIDR, in virtual number order */
};

/* RAM (pa counts only if `fixed`) or a device's registers in whole pages. */
struct verify_claim_window {
	uint64_t base;
	uint64_t pa;
	uint64_t size;
	uint16_t partition; /* enum plan_window_kind */
	uint16_t kind;
	uint32_t fixed;
};

struct verify_claim_interrupt {
	uint16_t id;
	uint16_t partition;
	uint32_t edge;
};

/* A kernel's piece or a ramdisk: `size` bytes, then `fill` zeros, at guest-physical `base` unless it `floats`. */
struct verify_claim_image {
	const uint8_t *data;
	uint64_t base;
	uint64_t size;
	uint64_t fill;
	uint16_t partition;
	uint16_t kind; /* enum plan_image_kind */
	bool floats;
};

/* x86: I/O ports of a partition. */
struct verify_claim_ports {
	uint32_t base;
	uint32_t count;
	uint16_t partition;
};

/* x86: a PCI function of a partition. */
struct verify_claim_function {
	uint16_t id; /* as of struct plan_x86_function */
	uint16_t partition;
	uint32_t msix_count;
	uint64_t msix_pa;
};

/* What only x86 has: as of struct plan_x86. */
struct verify_claim_x86 {
	uint32_t vendor;
	uint32_t trampoline;
	uint32_t pins;
	uint32_t apic_frequency;
	uint64_t tsc_frequency;
	uint32_t power_off_port;
	uint32_t power_off_value;
	uint32_t buses;
	uint64_t configuration;
	uint64_t iommu;
};

/* A piece of the hypervisor itself: `size` bytes, then zeros up to `memory_size`. */
struct verify_claim_segment {
	const uint8_t *data;
	uint64_t base;
	uint64_t size;
	uint64_t memory_size;
	enum verify_access access;
};

struct verify_claims {
	char board[PLAN_NAME];
	uint64_t load_address;
	uint64_t text_offset; /* Armv8: of it from the start of its RAM, reserved or not, in whole 2 MiB */
	uint64_t gicd;
	uint64_t gicr;
	uint64_t gicr_size;
	uint64_t console; /* and its registers' size in whole pages */
	uint64_t console_size;
	uint32_t gic; /* enum plan_gic */
	uint32_t pa_bits;
	uint32_t when_all_off;
	uint32_t private_interrupts; /* bit n: interrupt n of every core is its partition's */
	uint32_t core_count;
	uint32_t partition_count;
	uint32_t memory_count;
	uint32_t window_count;
	uint32_t interrupt_count;
	uint32_t controller_count;
	uint32_t image_count;
	uint32_t segment_count;
	uint32_t port_count;
	uint32_t function_count;
	const uint64_t *cores;    /* MPIDR, board order */
	const uint64_t *releases; /* of their spin tables, 0 = none; the same order */
	const struct verify_claim_partition *partitions;
	const struct plan_range *memory; /* without what firmware reserves; ascending */
	const struct verify_claim_window *windows;
	const struct verify_claim_interrupt *interrupts;
	const struct plan_range *controllers; /* all registers of the interrupt controller, its ITSs included */
	const struct verify_claim_image *images;
	const struct verify_claim_segment *segments; /* ascending */
	const struct verify_claim_ports *ports;
	const struct verify_claim_function *functions;
	struct verify_claim_x86 x86;
};

struct verify_arch;

/* The verifier's work space and result: the caller's, some 250 KiB. */
struct verify {
	const uint8_t *image;
	uint64_t size;
	const struct verify_claims *claims; /* or NULL */
	const struct plan_header *plan;
	const struct verify_arch *arch; /* of the plan: what differs by it */
	uint64_t trees;                 /* walked and found mapped, for the summary */
	uint64_t tables;
	uint64_t leaves;
	uint64_t pages;
	uint64_t violation_count;
	uint32_t kept;
	uint32_t region_count;
	uint64_t gicr_pa[PLAN_MAX_CORES];        /* frame that each core row's gicr_va leads to */
	uint64_t stack_pa[PLAN_MAX_CORES];       /* page that each core row has its stack in */
	uint64_t writable_table[PLAN_MAX_CORES]; /* table page that each core row may write */
	uint64_t console_pa;
	uint64_t console_size;
	uint64_t text_offset; /* Armv8: in the Image header */
	struct verify_violation violations[VERIFY_VIOLATIONS];
	struct verify_region regions[VERIFY_REGIONS];
};

/*
 * Verifies `size` bytes at `image` (8-byte aligned), against `claims` too unless that is NULL. Any bytes will do. Fills
 * `verify`; the image is right if violation_count is 0, and only then are all counts complete.
 */
void verify_image(struct verify *verify, const uint8_t *image, uint64_t size, const struct verify_claims *claims);

/* Who has physical address `pa`, by the plan; once verify_image has found the plan. */
struct verify_owner verify_owner_of(const struct verify *verify, uint64_t pa);

#endif
