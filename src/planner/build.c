/* SPDX-License-Identifier: Apache-2.0 */
/* Runs the passes. Not here: what each pass does. */
#include "planner/build.h"

#include "planner/check.h"
#include "planner/emit.h"
#include "planner/guest_tree.h"
#include "planner/load.h"
#include "planner/message.h"
#include "planner/place.h"
#include "planner/read.h"
#include "planner/x86/start.h"

bool build_check(const char *file, struct model *model)
{
	static void (*const passes[])(struct model * model) = {load_images, check_loaded, guest_tree_build,
							       x86_start_build, place_model};

	if (!read_model(model, file))
		return false;
	check_model(model);
	for (size_t i = 0; message_errors() == 0 && i < sizeof(passes) / sizeof(passes[0]); i++)
		passes[i](model);
	return message_errors() == 0;
}

bool build_image(const char *file, const char *output, const char *description, struct model *model)
{
	return build_check(file, model) && emit_image(model, output, description);
}
