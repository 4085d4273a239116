/* SPDX-License-Identifier: MIT */
/*
 * The agent's page: what leaks now, where, since when and from which code. Made from snapshots, on any thread; complete
 * without script, kept up by server-sent events where there is one.
 */
#ifndef AGENT_LIVE_PAGE_H
#define AGENT_LIVE_PAGE_H

#include "emit/http_server.h"

/* For http_server_options.page. The first call is to be made before there are threads. */
const struct http_page *live_page(void);

#endif
