/* SPDX-License-Identifier: Apache-2.0 */
/* VMX as a test plays it: what src/arch/x86/vmx_instructions.h does with one instruction each is the test's to define. */
#ifndef HOST_VMX_INSTRUCTIONS_H
#define HOST_VMX_INSTRUCTIONS_H

#include "types.h"

#define VMX_ALL_CONTEXTS UINT64_C(2)

uint64_t vmcs_read(uint64_t field);
void vmcs_write(uint64_t field, uint64_t value);
bool vmcs_try_write(uint64_t field, uint64_t value);
bool vmcs_open(uint64_t page);
bool vmx_on(uint64_t region);
void vmx_invept(uint64_t kind);
void vmx_invvpid(uint64_t kind);
void nmi_handle(void);
uint64_t cr0_read(void);
void cr2_write(uint64_t value);
uint64_t cr4_read(void);
void cr4_write(uint64_t value);
uint64_t dr6_read(void);
void dr6_write(uint64_t value);

#endif
