/* SPDX-License-Identifier: Apache-2.0 */
/* A core with VMX, in memory: its current control structure, fields by number. For tests of this folder. */
#ifndef TESTS_X86_VMX_HOST_H
#define TESTS_X86_VMX_HOST_H

#include "host.h"

#include "arch/x86/vmx.h"

#define VMCS_FIELDS 0x8000u

static uint64_t vmcs[VMCS_FIELDS];

uint64_t vmcs_read(uint64_t field)
{
	assert_true(field < VMCS_FIELDS);
	return vmcs[field];
}

void vmcs_write(uint64_t field, uint64_t value)
{
	assert_true(field < VMCS_FIELDS);
	vmcs[field] = value;
}

#endif
