/* SPDX-License-Identifier: Apache-2.0 */
/* The answers that exits of both vendors call: how often, and what they say. For tests of this folder. */
#ifndef TESTS_X86_HANDLERS_H
#define TESTS_X86_HANDLERS_H

#include "test.h"

#include "arch/x86/exit.h"
#include "arch/x86/icr.h"

static struct guest guest;
static enum verdict verdict; /* theirs */
static struct port_access port;
static uint32_t cpuids, reads, writes, looks;
static bool nmi_wanted;

enum verdict cpuid_handle(struct guest *self_guest)
{
	assert_ptr_equal(self_guest, &guest);
	cpuids++;
	return verdict;
}

enum verdict msr_read_handle(struct guest *self_guest)
{
	assert_ptr_equal(self_guest, &guest);
	reads++;
	return verdict;
}

enum verdict msr_write_handle(struct guest *self_guest)
{
	assert_ptr_equal(self_guest, &guest);
	writes++;
	return verdict;
}

enum verdict port_handle(struct guest *self_guest, const struct port_access *access)
{
	assert_ptr_equal(self_guest, &guest);
	port = *access;
	return verdict;
}

bool icr_requests_look(void)
{
	looks++;
	return nmi_wanted;
}

void icr_nmi_taken(void)
{
	nmi_wanted = false;
}

static void handlers_make(void)
{
	memset(&guest, 0, sizeof(guest));
	memset(&port, 0, sizeof(port));
	verdict = VERDICT_NEXT;
	cpuids = reads = writes = looks = 0;
	nmi_wanted = false;
}

#endif
