/* SPDX-License-Identifier: MIT */
/* A configuration of any bytes is refused with a reason, or a watch can be made of it. */
#include "fuzz.h"

#include "app/config.h"

#include <errno.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
	char path[160];
	struct config *config = NULL;
	struct options options = {0};
	struct diags diags = {0};
	int r = config_load(&config, fuzz_file(path, "logspill.yaml", data, size), &diags);
	must(r == -ENOMEM || (r == 0) != diags_any(&diags), "a refusal has a reason");
	if (!r) {
		must(config_same_watch(config, config), "it is the same as itself");
		if (!config_options(config, &options))
			options_release(&options);
	}
	config_free(config);
	diags_release(&diags);
	return 0;
}
