/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who owns what, read from a configuration for the verifier only: on dtc's output, with nothing of the planner's own
 * passes. Not here: comparing it with an image (plan/check/claims.c).
 */
#ifndef PLANNER_VERIFY_CONFIG_H
#define PLANNER_VERIFY_CONFIG_H

#include "plan/check/verify.h"

/*
 * Reads `file`, a devicetree source; `folders` are searched for the files that it includes. NULL, after messages, when it
 * cannot be read, or has something that this reader cannot follow to its owner.
 */
const struct verify_claims *verify_config_read(const char *file, const char *const *folders, size_t folder_count);

#endif
