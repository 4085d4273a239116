/* SPDX-License-Identifier: MIT */
#include "agent/state.h"

#include "agent/live_page.h"
#include "agent/token.h"
#include "base/buf.h"
#include "base/file.h"
#include "gate/gate.h"

#include <errno.h>
#include <string.h>

static int new_port(struct agent *a, struct diags *diags) {
	const struct config *c = a->watch_config;
	_cleanup_(buf_release) struct buf token = {0};
	_cleanup_free_ const char **names = calloc(c->http.names.len + 1, sizeof(*names));
	int r = names ? 0 : -ENOMEM;
	if (r)
		return r;
	for (size_t i = 0; i < c->http.names.len; i++)
		names[i] = c->http.names.items[i];
	if (c->http.token_file)
		r = token_read(c->http.token_file, &token, diags);
	const struct http_server_options options = {
	    .address = c->http.listen,
	    .token = token.data,
	    .cert_file = c->http.certificate,
	    .key_file = c->http.key,
	    .names = names,
	    .page = live_page(),
	    .paths = gate_paths,
	    .paths_arg = a->store,
	};
	return r ? r : http_server_new(&a->http, &options, a->board, diags);
}

static int new_socket(struct agent *a, struct diags *diags) {
	const struct http_server_options options = {
	    .socket = a->watch_config->http.socket, .page = live_page(), .paths = gate_paths, .paths_arg = a->store};
	return http_server_new(&a->http_local, &options, a->board, diags);
}

int agent_http_new(struct agent *a, struct diags *diags) {
	const struct config *c = a->watch_config;
	int r = snapshot_board_new(&a->board);
	if (!r && c->http.enabled)
		r = new_port(a, diags);
	if (!r && c->http.socket)
		r = new_socket(a, diags);
	return r;
}

int agent_http_bind(struct agent *a, struct diags *diags) {
	return a->http_local ? http_server_bind(a->http_local, diags) : 0;
}

int agent_http_start(struct agent *a, struct diags *diags) {
	int r = a->http ? http_server_start(a->http, diags) : 0;
	if (!r && a->http)
		agent_log(AGENT_NOTICE, "page, metrics, API and health at port %u", http_server_port(a->http));
	if (!r && a->http_local)
		r = http_server_start(a->http_local, diags);
	if (!r && a->http_local)
		agent_log(AGENT_NOTICE, "page, metrics, API and health at %s", a->watch_config->http.socket);
	return r;
}
