/* SPDX-License-Identifier: MIT */
#include "base/buf.h"
#include "capture/capture.h"

#include <string.h>

const char *loss_name(enum wire_loss reason) {
	static const char *const names[] = {"ring_full", "budget",      "sampled", "truncated",
	                                    "fault",     "unsupported", "scanner"};
	_Static_assert(sizeof(names) / sizeof(*names) == WIRE_LOSS_COUNT, "a loss without a name");
	return (unsigned int)reason < WIRE_LOSS_COUNT ? names[reason] : "unknown";
}

const char *sink_kind_name(enum sink_kind k) {
	static const char *const names[] = {"file", "pipe", "tty", "device", "socket", "syslog", "journal", "kmsg"};
	return (unsigned int)k < sizeof(names) / sizeof(*names) ? names[k] : "unknown";
}

char *sink_kinds_text(unsigned int kinds) {
	struct buf text = {0};
	int r = buf_printf(&text, "%s", "");
	for (enum sink_kind k = 0; k <= SINK_KMSG && !r; k++)
		if (kinds & 1u << k)
			r = buf_printf(&text, "%s%s", text.len ? ", " : "", sink_kind_name(k));
	if (r)
		buf_release(&text);
	return text.data;
}

unsigned int sink_kinds_in(const char *text) {
	unsigned int kinds = 0;
	for (enum sink_kind k = 0; k <= SINK_KMSG; k++)
		if (strstr(text, sink_kind_name(k)))
			kinds |= 1u << k;
	return kinds;
}
