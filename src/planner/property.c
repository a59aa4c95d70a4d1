/* SPDX-License-Identifier: Apache-2.0 */
/* Reads nodes by tables of their properties. Not here: the tables. */
#include "planner/property.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "planner/locate.h"
#include "planner/memory.h"
#include "planner/message.h"
#include "planner/suggest.h"

#define MOST_CHOICES 8

void property_refuse(const struct property_reading *reading, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	message_error(reading->location, "%s: %s%s", reading->what, reading->property->name,
		      memory_text_list(format, arguments));
	va_end(arguments);
}

struct tree_cells property_cells(const struct property_reading *reading, size_t row, const char *form)
{
	struct tree_cells cells = {0};

	if (!tree_cells(reading->model->tree, reading->node, reading->property->name, &cells))
		return cells;
	if (cells.count != 0 && cells.count % row == 0)
		return cells;
	property_refuse(reading, " must be made of %s", form);
	return (struct tree_cells){0};
}

bool property_is(const char *value, const char *text)
{
	return value != NULL && strcmp(value, text) == 0;
}

/* Bytes of `value` that name a choice: all, but for a policy with a limit. */
static size_t choice_length(const char *value, enum property_kind kind)
{
	unsigned most, seconds;
	int end = 0;

	if (kind == PROPERTY_POLICY && sscanf(value, "restart max %u in %us%n", &most, &seconds, &end) == 2 &&
	    end > 0 && value[end] == '\0')
		return strlen("restart");
	return strlen(value);
}

/* The choice that the property's value is, or NULL: misspelt or not available yet (reported). */
static const char *read_choice(const struct property_reading *reading)
{
	const struct property_choice *choice = reading->property->choices;
	const char *value = tree_text(reading->model->tree, reading->node, reading->property->name);
	const char *names[MOST_CHOICES];
	size_t count = 0, length;

	if (value == NULL)
		return NULL;
	length = choice_length(value, reading->property->kind);
	for (; choice->text != NULL; choice++) {
		names[count++] = choice->text;
		if (strlen(choice->text) != length || strncmp(choice->text, value, length) != 0)
			continue;
		if (choice->instead == NULL)
			return choice->text;
		property_refuse(reading, " = \"%s\" is not available yet; %s", value, choice->instead);
		return NULL;
	}
	property_refuse(reading, ": unknown value '%s'%s", value, suggest_text(value, names, count));
	return NULL;
}

static void read_value(const struct property_reading *reading)
{
	const struct property *property = reading->property;
	const void *tree = reading->model->tree;
	bool has_field = reading->target != NULL && property->field != PROPERTY_UNUSED;
	char *field = has_field ? (char *)reading->target + property->field : NULL;
	const char *text;
	int length;

	switch (property->kind) {
	case PROPERTY_FLAG:
		if (fdt_getprop(tree, reading->node, property->name, &length) != NULL && length != 0)
			property_refuse(reading, " takes no value: write `%s;`, or leave it out", property->name);
		if (has_field)
			*(bool *)field = true;
		break;
	case PROPERTY_TEXT:
	case PROPERTY_CHOICE:
	case PROPERTY_POLICY:
		text = property->kind == PROPERTY_TEXT ? tree_text(tree, reading->node, property->name)
						       : read_choice(reading);
		if (has_field && text != NULL)
			*(const char **)(void *)field = text;
		break;
	case PROPERTY_CELL:
		tree_cell(tree, reading->node, property->name, (uint32_t *)(void *)field);
		break;
	case PROPERTY_PAIR:
		tree_pair(tree, reading->node, property->name, (uint64_t *)(void *)field);
		break;
	case PROPERTY_KNOWN:
	case PROPERTY_OWN:
		break;
	}
}

static void read_row(const struct property_reading *reading)
{
	const struct property *property = reading->property;
	bool is_foreign = property->arch != 0 && property->arch != reading->model->board.arch;

	if (!tree_has(reading->model->tree, reading->node, property->name)) {
		if (property->example != NULL && !is_foreign)
			message_error(reading->location, "%s has no '%s'; for example: %s", reading->what,
				      property->name, property->example);
		return;
	}
	if (is_foreign) {
		property_refuse(reading, " means nothing on %s; remove it",
				property->arch == PLAN_ARCH_X86 ? "an Arm board" : "x86");
		return;
	}
	read_value(reading);
	if (property->read != NULL)
		property->read(reading);
	if (property->instead != NULL)
		property_refuse(reading, " is not available yet; %s", property->instead);
}

void property_read_as(const struct property_reading *reading, enum property_kind kind)
{
	struct property_reading other = *reading;
	struct property property = *reading->property;

	property.kind = kind;
	other.property = &property;
	read_value(&other);
}

void property_read(struct model *model, int node, const char *what, void *target, const struct property *rows,
		   size_t count)
{
	const char **names = memory_zeroed(count, sizeof(*names));

	for (size_t i = 0; i < count; i++)
		names[i] = rows[i].name;
	tree_refuse_unknown(model->tree, node, what, names, count);
	for (size_t i = 0; i < count; i++) {
		struct location location = locate_property(model->tree, node, names[i]);
		struct property_reading reading = {model, node, what, target, &rows[i], location};

		read_row(&reading);
	}
}
