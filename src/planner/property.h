/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The properties of a node of the configuration language, as one table per kind of node lists them, and the reading of
 * a node by its table. Not here: the tables (read_board.c, read_partition.c). Whoever adds a row adds it to
 * config/schemas, too.
 */
#ifndef PLANNER_PROPERTY_H
#define PLANNER_PROPERTY_H

#include "planner/model.h"
#include "planner/tree.h"

/* What the value looks like, and the type of the field that it goes to. */
enum property_kind {
	PROPERTY_KNOWN,  /* read by somebody else: that it may stand there is all that the row says */
	PROPERTY_FLAG,   /* bool: no value */
	PROPERTY_TEXT,   /* const char *: one text */
	PROPERTY_CHOICE, /* const char *: one text of `choices` */
	PROPERTY_POLICY, /* the same; "restart" can be followed by "max N in Ts" */
	PROPERTY_CELL,   /* uint32_t: <N> */
	PROPERTY_PAIR,   /* uint64_t: <HIGH LOW> */
	PROPERTY_OWN,    /* whatever `read` makes of it */
};

#define PROPERTY_UNUSED SIZE_MAX /* the field of a choice of which only the default is available */

struct property_choice {
	const char *text;
	const char *instead; /* it is not available yet: what to do; NULL = it is available */
};

struct property_reading;

struct property {
	const char *name;
	enum property_kind kind;
	enum plan_arch arch;                                  /* the only one that it means something on; 0 = each */
	size_t field;                                         /* its offset in what the node fills */
	const struct property_choice *choices;                /* behind the last one: a NULL text */
	void (*read)(const struct property_reading *reading); /* after the kind's own work was done; or NULL */
	const char *instead;                                  /* it is not available yet, as of a choice */
	const char *example;                                  /* it is required: what it could be */
};

/* The property being read, and of which node. */
struct property_reading {
	struct model *model;
	int node;
	const char *what; /* the node, for messages: "partition 'ivi'" */
	void *target;
	const struct property *property;
	struct location location;
};

/*
 * Reads `node` into `target`, row after row, and reports what is unknown, misspelt, missing or not available yet.
 * Fields of what is not written stay as they are.
 */
void property_read(struct model *model, int node, const char *what, void *target, const struct property *rows,
		   size_t count);

/* Reads the value as one of `kind`: for a property whose value decides what kind it is. */
void property_read_as(const struct property_reading *reading, enum property_kind kind);

/* Reports a mistake in the property, as "WHAT: NAME..." with a text that goes on behind the name. */
void property_refuse(const struct property_reading *reading, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/*
 * The cells of the property, in rows of `row`; none, reported as not being made of `form`, when there are none or a
 * piece of a row is left.
 */
struct tree_cells property_cells(const struct property_reading *reading, size_t row, const char *form);

/* True when `value` is `text`; NULL is nothing. */
bool property_is(const char *value, const char *text);

#endif
