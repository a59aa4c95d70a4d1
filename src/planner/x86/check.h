/* SPDX-License-Identifier: Apache-2.0 */
/* What can be wrong on x86 only. Each copes with a model in which errors were found, and reports what it finds wrong. */
#ifndef PLANNER_X86_CHECK_H
#define PLANNER_X86_CHECK_H

#include "planner/model.h"

/* The APICs, and the node `bulkhead`. */
void x86_check_board(const struct model *model);

/* The partition's first memory: it holds what firmware would have left there. */
void x86_check_memory(const struct model *model, const struct partition *partition);

/* An owned device: none of its ports reaches the whole machine. */
void x86_check_ports(const struct model *model, const struct partition *partition, const struct device *device);

/* Two devices of different owners: no port is both's. */
void x86_check_pair(const struct model *model, const struct device *first, const struct device *second);

/* Whether both devices have a port; *port is the first one found. */
bool x86_check_shared_port(const struct device *a, const struct device *b, uint32_t *port);

#endif
