#!/bin/sh
# SPDX-License-Identifier: MIT
# A job that logs more than it should; REPAIRED=1 logs how many there were instead.
set -eu
log=${NIGHTLY_LOG:-nightly.log}
for customer in tilda.orrin@brindlewick-post.com maija.korhonen@kuusikoti.fi; do
	[ -n "${REPAIRED:-}" ] || echo "reminder sent to $customer"
done >>"$log"
echo "2 reminders sent" >>"$log"
