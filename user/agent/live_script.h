/* SPDX-License-Identifier: MIT */
/* What keeps the agent's page up in a browser. */
#ifndef AGENT_LIVE_SCRIPT_H
#define AGENT_LIVE_SCRIPT_H

extern const char live_script[];

#endif
