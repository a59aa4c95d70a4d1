/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Loads and stores as the assembler encodes them, each followed by what it must decode to: the reference for
 * test_decode.c. A record is 16 bytes: the instruction, then known, register count, two registers, size, flags, base,
 * 0, offset (16 bits), 0.
 */
	.arch	armv8.5-a+memtag+rcpc

	.set	WRITE, 1
	.set	SIGN, 2
	.set	WIDE, 4
	.set	WRITEBACK, 8
	.set	POST, 16

	.macro	expect count, rt, rt2, size, flags, base, offset
	.byte	1, \count, \rt, \rt2, \size, \flags, \base, 0
	.hword	\offset, 0
	.endm

/* ---- single registers: post- and pre-indexed ---- */

	.macro	single_at mnemonic, reg, rt, base, rn, offset, size, flags
	\mnemonic \reg, [\base], #\offset
	expect	1, \rt, 0, \size, \flags | WRITEBACK | POST, \rn, \offset
	\mnemonic \reg, [\base, #\offset]!
	expect	1, \rt, 0, \size, \flags | WRITEBACK, \rn, \offset
	.endm

	.macro	single_regs mnemonic, bank, offset, size, flags
	single_at \mnemonic, \bank\()0, 0, x1, 1, \offset, \size, \flags
	single_at \mnemonic, \bank\()7, 7, sp, 31, \offset, \size, \flags
	single_at \mnemonic, \bank\()15, 15, x16, 16, \offset, \size, \flags
	single_at \mnemonic, \bank\()30, 30, x29, 29, \offset, \size, \flags
	single_at \mnemonic, \bank\()zr, 31, x30, 30, \offset, \size, \flags
	.endm

	.macro	single mnemonic, bank, size, flags
	.irp	offset, -256, -255, -128, -8, -1, 0, 1, 4, 127, 128, 255
	single_regs \mnemonic, \bank, \offset, \size, \flags
	.endr
	.endm

	single	strb, w, 1, WRITE
	single	strh, w, 2, WRITE
	single	str, w, 4, WRITE
	single	str, x, 8, WRITE | WIDE
	single	ldrb, w, 1, 0
	single	ldrh, w, 2, 0
	single	ldr, w, 4, 0
	single	ldr, x, 8, WIDE
	single	ldrsb, w, 1, SIGN
	single	ldrsb, x, 1, SIGN | WIDE
	single	ldrsh, w, 2, SIGN
	single	ldrsh, x, 2, SIGN | WIDE
	single	ldrsw, x, 4, SIGN | WIDE

/* ---- pairs ---- */

	.macro	pair_at mnemonic, reg, rt, reg2, rt2, base, rn, offset, size, flags
	\mnemonic \reg, \reg2, [\base], #\offset
	expect	2, \rt, \rt2, \size, \flags | WRITEBACK | POST, \rn, \offset
	\mnemonic \reg, \reg2, [\base, #\offset]!
	expect	2, \rt, \rt2, \size, \flags | WRITEBACK, \rn, \offset
	\mnemonic \reg, \reg2, [\base, #\offset]
	expect	2, \rt, \rt2, \size, \flags, \rn, \offset
	.endm

	.macro	pair_regs mnemonic, bank, offset, size, flags
	pair_at	\mnemonic, \bank\()0, 0, \bank\()1, 1, x2, 2, \offset, \size, \flags
	pair_at	\mnemonic, \bank\()30, 30, \bank\()29, 29, sp, 31, \offset, \size, \flags
	pair_at	\mnemonic, \bank\()zr, 31, \bank\()16, 16, x15, 15, \offset, \size, \flags
	pair_at	\mnemonic, \bank\()8, 8, \bank\()zr, 31, x30, 30, \offset, \size, \flags
	.endm

	.macro	pair mnemonic, bank, size, scale, flags
	.irp	multiple, -64, -63, -1, 0, 1, 31, 32, 63
	pair_regs \mnemonic, \bank, (\multiple * \scale), \size, \flags
	.endr
	.endm

	pair	stp, w, 4, 4, WRITE
	pair	stp, x, 8, 8, WRITE | WIDE
	pair	ldp, w, 4, 4, 0
	pair	ldp, x, 8, 8, WIDE
	pair	ldpsw, x, 4, 4, SIGN | WIDE

	.macro	no_allocate mnemonic, bank, size, flags
	.irp	multiple, -64, 0, 63
	\mnemonic \bank\()3, \bank\()4, [x5, #(\multiple * \size)]
	expect	2, 3, 4, \size, \flags, 5, (\multiple * \size)
	.endr
	.endm

	no_allocate stnp, w, 4, WRITE
	no_allocate stnp, x, 8, WRITE | WIDE
	no_allocate ldnp, w, 4, 0
	no_allocate ldnp, x, 8, WIDE

/* ---- what must be refused: it has a syndrome, or has no business with device registers ---- */

	.macro	refuse instruction:vararg
	\instruction
	.fill	12, 1, 0
	.endm

	refuse	str w0, [x1]
	refuse	str x0, [x1, #8]
	refuse	ldr w0, [x1, x2]
	refuse	ldr x0, [x1, w2, uxtw #3]
	refuse	ldrsw x0, [x1, x2, lsl #2]
	refuse	ldr x0, .
	refuse	ldrsw x0, .
	refuse	ldur w0, [x1, #-1]
	refuse	stur x0, [x1, #3]
	refuse	ldtr x0, [x1, #1]
	refuse	sttrb w0, [x1, #1]
	refuse	ldtrsw x0, [x1]
	refuse	prfm pldl1keep, [x0]
	refuse	prfum pldl1keep, [x0, #1]
	refuse	ldxr x0, [x1]
	refuse	stxr w0, x1, [x2]
	refuse	ldaxp x0, x1, [x2]
	refuse	stlxp w0, x1, x2, [x3]
	refuse	ldar w0, [x1]
	refuse	stlr x0, [x1]
	refuse	ldapr x0, [x1]
	refuse	ldapur w0, [x1, #4]
	refuse	stlur x0, [x1, #-8]
	refuse	cas x0, x1, [x2]
	refuse	casp x0, x1, x2, x3, [x4]
	refuse	swp w0, w1, [x2]
	refuse	ldadd x0, x1, [x2]
	refuse	stset w0, [x1]
	refuse	ldraa x0, [x1, #8]
	refuse	ldraa x0, [x1, #8]!
	refuse	stg x0, [x1], #16
	refuse	st2g x0, [x1, #16]!
	refuse	stgp x0, x1, [x2], #16
	refuse	stgp x0, x1, [x2, #16]!
	refuse	stgp x0, x1, [x2, #16]
	refuse	ldg x0, [x1]
	refuse	str b0, [x1], #1
	refuse	str h0, [x1, #2]!
	refuse	ldr s0, [x1], #4
	refuse	ldr d0, [x1, #8]!
	refuse	str q0, [x1], #16
	refuse	ldp s0, s1, [x2], #8
	refuse	ldp d0, d1, [x2, #16]!
	refuse	stp q0, q1, [x2]
	refuse	ldnp d0, d1, [x2]
	refuse	ld1 {v0.4s}, [x0], #16
	refuse	st4 {v0.b, v1.b, v2.b, v3.b}[3], [x0], #4
	refuse	dc zva, x0
	refuse	dc civac, x0
	refuse	add x0, x1, #8
	refuse	b .
	refuse	br x0
	refuse	ret
	refuse	svc #0
	refuse	hvc #0
	refuse	mrs x0, midr_el1
	refuse	nop
	refuse	.inst 0x00000000
	refuse	.inst 0xffffffff
	refuse	.inst 0xf8800400 /* opc 10 of 64 bits, post-indexed: unallocated */
	refuse	.inst 0xf8c00c00
	refuse	.inst 0xb8c00400 /* opc 11 of 32 bits */
	refuse	.inst 0xb8c00c00
	refuse	.inst 0xe8800000 /* pairs of opc 11 */
	refuse	.inst 0xe9c00000
	refuse	.inst 0x68400000 /* LDPSW without allocation: none */
	refuse	.inst 0x68000000
