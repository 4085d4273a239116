/* SPDX-License-Identifier: MIT */
#include "capture/capture.h"

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
