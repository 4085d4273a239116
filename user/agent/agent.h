/* SPDX-License-Identifier: MIT */
/*
 * The daemon: a watch by a configuration file, which remembers what it finds, tells systemd how it is, and reads its
 * files again when they change. One thread, beside those of store and outputs.
 */
#ifndef AGENT_AGENT_H
#define AGENT_AGENT_H

#include "app/config.h"

/* Until SIGTERM or SIGINT. 0, or -errno; what it has to say goes to standard error. */
int agent_run(const char *config_path);
/* What else would be said against it than by config_load(): of rules, waivers, tokens, port, user. 0; -EINVAL or
 * another error with diagnostics; -ENOMEM. */
int agent_check(struct config *c, struct diags *ret_diags);

#endif
