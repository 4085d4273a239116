/* SPDX-License-Identifier: MIT */
#ifndef CMD_WATCH_AGENT_H
#define CMD_WATCH_AGENT_H

#include "agent/remote.h"
#include "app/options.h"

#define WATCH_AGENT_URL "http://127.0.0.1:10532"

/* The table of what an agent sees, or lines where there is no terminal for it, until q or Ctrl-C; the agent goes on.
 * Returns the exit status. */
int watch_agent(const struct remote_options *o, const struct output_options *output);

#endif
