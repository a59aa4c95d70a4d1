/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The image's first bytes, and each core's way to C: at EL2, at the linked address, plan and tables intact, then MMU on.
 * Until then nothing is written, no stack is used and no access is unaligned.
 */
#include "arch/armv8/sysreg.h"
#include "arch/armv8/start_offsets.h"
#include "plan/refusal.h"

#define REFUSAL_SYMBOL(number, name, text) .set name, number;
	REFUSALS(REFUSAL_SYMBOL)

	.section .text.start, "ax"

/* arm64 Image header (Documentation/arch/arm64/booting.rst); the planner fills in text_offset, image_size and flags. */
	.global image_start
image_start:
	b	boot_start
	.word	0
	.quad	0			/* text_offset */
	.quad	0			/* image_size */
	.quad	0			/* flags */
	.quad	0, 0, 0
	.ascii	"ARM\x64"
	.word	0

/* x19 = row + 1, 0 on the boot core (found by affinity); x20 = plan; x21 = core row; x22 = 1 on the boot core. */
boot_start:
	mov	x19, #0
	mov	x22, #1
	b	core_start

/* A core that firmware started for us (PSCI CPU_ON): x0 = its row, the context id. */
	.global secondary_start
secondary_start:
	add	x19, x0, #1
	mov	x22, #0

	b	core_start

/* A core that a spin table let go: it finds its row by affinity. */
	.global released_start
released_start:
	mov	x19, #0
	mov	x22, #0

core_start:
	msr	daifset, #0xf
	mov	w0, #REFUSAL_LEVEL
	mrs	x1, CurrentEL
	cmp	x1, #8
	b.ne	refuse
	ldr	x1, =SCTLR_EL2_RES1 | SCTLR_EL2_I
	msr	sctlr_el2, x1
	isb
	mov	w0, #REFUSAL_ADDRESS
	adr	x1, image_start
	ldr	x2, =image_start
	cmp	x1, x2
	b.ne	refuse

	/* the plan's header: magic, version, CRC, place */
	adrp	x20, image_end
	mov	w0, #REFUSAL_NO_PLAN
	ldr	x1, [x20]
	ldr	x2, =PLAN_MAGIC_VALUE
	cmp	x1, x2
	b.ne	refuse
	mov	w0, #REFUSAL_VERSION
	ldr	w1, [x20, #PLAN_VERSION_OFFSET]
	cmp	w1, #PLAN_VERSION_VALUE
	b.ne	refuse
	mov	w0, #REFUSAL_NO_CRC
	mrs	x1, id_aa64isar0_el1
	tst	x1, #0xf0000
	b.eq	refuse
	add	x0, x20, #PLAN_VERSION_OFFSET
	mov	x1, #PLAN_HEADER_SIZE - PLAN_VERSION_OFFSET
	bl	crc32_word_start
	ldr	w1, [x20, #PLAN_HEADER_CRC_OFFSET]
	cmp	w0, w1
	mov	w0, #REFUSAL_HEADER_CRC
	b.ne	refuse
	mov	w0, #REFUSAL_PLACE
	ldr	x1, [x20, #PLAN_BASE_OFFSET]
	cmp	x1, x20
	b.ne	refuse
	ldr	w1, [x20, #PLAN_SIZE_OFFSET]
	cmp	w1, #PLAN_HEADER_SIZE
	b.lo	refuse
	lsr	w2, w1, #21
	cbnz	w2, refuse
	tst	w1, #7
	b.ne	refuse

	/* its body */
	add	x0, x20, #PLAN_HEADER_SIZE
	sub	w1, w1, #PLAN_HEADER_SIZE
	bl	arch_crc32
	ldr	w1, [x20, #PLAN_BODY_CRC_OFFSET]
	cmp	w0, w1
	mov	w0, #REFUSAL_BODY_CRC
	b.ne	refuse

	/* the two arrays that are used from here on lie inside the plan; plan_check looks at all of it later */
	mov	w0, #REFUSAL_ARRAY
	ldr	w25, [x20, #PLAN_SIZE_OFFSET]
	ldr	w1, [x20, #PLAN_CORES_OFFSET]
	ldr	w3, [x20, #PLAN_CORES_OFFSET + 4]
	mov	w4, #PLAN_CORE_SIZE
	umaddl	x4, w3, w4, x1
	cmp	x4, x25
	b.hi	refuse
	ldr	w5, [x20, #PLAN_TABLE_SETS_OFFSET]
	ldr	w6, [x20, #PLAN_TABLE_SETS_OFFSET + 4]
	add	x6, x5, x6, lsl #4
	cmp	x6, x25
	b.hi	refuse
	orr	w5, w5, w1
	tst	w5, #7
	b.ne	refuse

	/* this core's row: by context id, or by affinity */
	add	x21, x20, x1			/* rows */
	mov	x2, #0				/* row number */
	cbz	x19, 1f
	sub	x2, x19, #1
	mov	w1, #PLAN_CORE_SIZE
	madd	x21, x2, x1, x21
	b	2f
1:	mrs	x4, mpidr_el1
	ldr	x5, =MPIDR_AFFINITY
	and	x4, x4, x5
3:	mov	w0, #REFUSAL_CORE
	cmp	w2, w3
	b.hs	refuse
	ldr	x5, [x21, #CORE_MPIDR_OFFSET]
	cmp	x4, x5
	b.eq	2f
	add	x21, x21, #PLAN_CORE_SIZE
	add	x2, x2, #1
	b	3b
2:	mov	x19, x2

	/* this core's own tables: the first PLAN_BOOT_TABLE_SETS of its sets */
	ldr	w23, [x20, #PLAN_TABLE_SETS_OFFSET]
	ldrh	w1, [x21, #CORE_TABLE_SET_FIRST_OFFSET]
	mov	w0, #REFUSAL_REFERENCE
	ldr	w2, [x20, #PLAN_TABLE_SETS_OFFSET + 4]
	add	w3, w1, #BOOT_TABLE_SETS
	cmp	w3, w2
	b.hi	refuse
	add	x23, x23, x1, lsl #4
	add	x23, x23, x20
	mov	w24, #BOOT_TABLE_SETS
	ldr	x25, [x20, #PLAN_TABLE_BASE_OFFSET]
	ldr	x26, [x20, #PLAN_TABLE_SIZE_OFFSET]
4:	ldr	x0, [x23, #TABLE_SET_BASE_OFFSET]
	ldr	w1, [x23, #TABLE_SET_SIZE_OFFSET]
	sub	x2, x0, x25			/* inside the constant tables, and some */
	orr	x3, x0, x1
	tst	x3, #0xf
	ccmp	x2, x26, #2, eq
	mov	w3, #REFUSAL_TABLES
	b.hs	7f
	add	x2, x2, x1
	cmp	x2, x26
	b.hi	7f
	cbz	w1, 7f
	bl	arch_crc32
	ldr	w1, [x23, #TABLE_SET_CRC_OFFSET]
	cmp	w0, w1
	mov	w0, #REFUSAL_TABLE_CRC
	b.ne	refuse
	add	x23, x23, #16
	subs	w24, w24, #1
	b.ne	4b

	b	8f
7:	mov	w0, w3
	b	refuse
8:
	/* what the tables ask of the core: 4 KiB granule, physical address bits; both fields may be signed or absent */
	mrs	x1, id_aa64mmfr0_el1
	mov	w0, #REFUSAL_GRANULE
	ubfx	x2, x1, #28, #4			/* TGran4: 0xf = not there */
	cmp	x2, #0xf
	b.eq	refuse
	mov	w0, #REFUSAL_PA_RANGE
	and	x1, x1, #0xf
	ldr	w3, [x20, #PLAN_PA_BITS_OFFSET]
	adr	x4, pa_range_bits
	mov	x2, #0				/* the encoding of the first range that suffices */
5:	cmp	x2, x1
	b.hi	refuse
	ldrb	w5, [x4, x2]
	cmp	w5, w3
	b.hs	6f
	add	x2, x2, #1
	b	5b

	/* MMU and caches on (D8.2); the tables were cleaned by whoever loaded the image */
6:	ldr	x1, =TCR_EL2_BASE
	orr	x1, x1, x2, lsl #TCR_EL2_PS_SHIFT
	ldr	w3, [x20, #PLAN_VA_BITS_OFFSET]
	mov	x4, #64
	sub	x4, x4, x3
	orr	x1, x1, x4
	msr	tcr_el2, x1
	ldr	x1, =MAIR_EL2_VALUE
	msr	mair_el2, x1
	ldr	x1, [x21, #CORE_EL2_ROOT_OFFSET]
	msr	ttbr0_el2, x1
	msr	hcr_el2, xzr
	isb
	tlbi	alle2
	ic	iallu
	dsb	nsh
	isb
	ldr	x1, =SCTLR_EL2_ON
	msr	sctlr_el2, x1
	isb

	adr	x1, vectors
	msr	vbar_el2, x1
	ldr	x1, [x20, #PLAN_CORE_STATE_OFFSET]
	add	x1, x1, x19, lsl #8		/* PLAN_CORE_STATE_SIZE */
	msr	tpidr_el2, x1
	ldr	x1, [x21, #CORE_STACK_TOP_OFFSET]
	mov	sp, x1
	mov	x0, x20
	mov	x1, x19
	mov	x2, x22
	mov	x29, #0
	mov	x30, #0
	b	core_main

pa_range_bits:				/* ID_AA64MMFR0_EL1.PARange */
	.byte	32, 36, 40, 42, 44, 48, 52, 255

/*
 * w0 = REFUSAL_*: prints "bulkhead: E<nn> <text>" through the board's console at its physical address, and sleeps. MMU off
 * or identity-mapped, any exception level from EL1 up; everything is addressed relative to here, as the image may lie
 * elsewhere.
 */
	.balign	4
refuse:
	mov	w19, w0
	ldr	x20, =BOARD_CONSOLE_PA
	cbz	x20, 9f
	adr	x21, refuse_prefix
	bl	refuse_print
	mov	w1, #10
	udiv	w2, w19, w1
	msub	w22, w2, w1, w19
	add	w1, w2, #'0'
	mov	x0, x20
	bl	plat_uart_put
	add	w1, w22, #'0'
	mov	x0, x20
	bl	plat_uart_put
	mov	x0, x20
	mov	w1, #' '
	bl	plat_uart_put
	mov	w0, w19
	bl	refusal_find
	mov	x21, x0
	bl	refuse_print
	mov	x0, x20
	mov	w1, #'\n'
	bl	plat_uart_put
9:	wfi
	b	9b

/* x21 = text, x20 = UART; keeps x19-x22 */
refuse_print:
	mov	x23, x30
7:	ldrb	w1, [x21], #1
	cbz	w1, 8f
	mov	x0, x20
	bl	plat_uart_put
	b	7b
8:	ret	x23

/* x0 = bytes at a 4- but not 8-byte boundary, x1 = size, 4 modulo 8: CRC-32 as arch_crc32 */
crc32_word_start:
	mov	w2, #-1
	ldr	w3, [x0], #4
	crc32w	w2, w2, w3
	sub	x1, x1, #4
	b	crc32_go

/* uint32_t arch_crc32(const void *data, uint64_t size): arch/cpu.h */
	.global arch_crc32
arch_crc32:
	mov	w2, #-1
crc32_go:
	tbz	x1, #3, 1f
	ldr	x3, [x0], #8
	crc32x	w2, w2, x3
	sub	x1, x1, #8
1:	subs	x1, x1, #64
	b.lo	3f
2:	ldp	x3, x4, [x0], #64
	ldp	x5, x6, [x0, #-48]
	crc32x	w2, w2, x3
	crc32x	w2, w2, x4
	ldp	x3, x4, [x0, #-32]
	crc32x	w2, w2, x5
	crc32x	w2, w2, x6
	ldp	x5, x6, [x0, #-16]
	crc32x	w2, w2, x3
	crc32x	w2, w2, x4
	crc32x	w2, w2, x5
	crc32x	w2, w2, x6
	subs	x1, x1, #64
	b.hs	2b
3:	adds	x1, x1, #64
	b.eq	5f
4:	ldp	x3, x4, [x0], #16
	crc32x	w2, w2, x3
	crc32x	w2, w2, x4
	subs	x1, x1, #16
	b.ne	4b
5:	mvn	w0, w2
	ret

/* const char *arch_refusal_text(enum refusal refusal): arch/machine.h */
	.global arch_refusal_text
arch_refusal_text:
	hint	#34				/* BTI c */
refusal_find:
	mov	w2, w0
	adr	x0, refuse_texts
	cbz	w2, 2f
1:	ldrb	w1, [x0], #1
	cbnz	w1, 1b
	subs	w2, w2, #1
	b.ne	1b
2:	ret

refuse_prefix:
	.asciz	"bulkhead: E"

/* Strings one behind the other, by number. */
refuse_texts:
#define REFUSAL_STRING(number, name, text) .asciz text;
	REFUSALS(REFUSAL_STRING)
	.balign	4
	.ltorg
