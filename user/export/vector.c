/* SPDX-License-Identifier: MIT */
/* Vector: a remap transform over all texts of an event. Its patterns are Rust's. */
#include "export/export.h"

static const char head[] =
    "# Made by logspill rules export --for vector. Put it in front of what must not get the values: `inputs` are your\n"
    "# sources, and what read from those reads from `logspill` now.\n"
    "# A field whose name is the key, such as .password, is not looked at: del() it.\n"
    "transforms:\n"
    "  logspill:\n"
    "    type: remap\n"
    "    inputs: [sources]\n"
    "    source: |\n"
    "      . = map_values(., recursive: true) -> |value| {\n"
    "        if is_string(value) {\n"
    "          text = string!(value)\n";

static const char tail[] = "          text\n"
                           "        } else {\n"
                           "          value\n"
                           "        }\n"
                           "      }\n";

/* The pattern has no quote. A dollar sign is one of two: Vector puts variables of the environment in. */
static int put_pattern(struct buf *out, const struct redaction *r, const char *mask) {
	struct pattern_groups groups;
	int err = buf_printf(out, "          text = replace(text, r'");
	err = err ?: pattern_regex(out, r, PATTERN_RE2, &groups);
	err = err ?: buf_printf(out, "', \"");
	err = err ?: export_put_replacement(out, &groups, mask);
	return err ?: buf_printf(out, "\")\n");
}

const struct export_target export_vector = {"vector", head, tail, "          # ", put_pattern};
