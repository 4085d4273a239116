/* SPDX-License-Identifier: MIT */
#include "base/capabilities.h"

#include <cap-ng.h>
#include <errno.h>
#include <sys/prctl.h>

bool capabilities_any(void) {
	return capng_get_caps_process() >= 0 && capng_have_permitted_capabilities() > CAPNG_NONE;
}

void capabilities_empty_bounding_set(void) {
	for (unsigned int cap = 0; !prctl(PR_CAPBSET_DROP, cap, 0, 0, 0); cap++)
		;
}

int capabilities_keep(const unsigned int *kept, size_t len) {
	bool had[64] = {false};
	if (capng_get_caps_process() < 0)
		return -EPERM;
	for (size_t i = 0; i < len; i++)
		had[i] = capng_have_capability(CAPNG_PERMITTED, kept[i]);
	capabilities_empty_bounding_set();
	capng_clear(CAPNG_SELECT_CAPS);
	for (size_t i = 0; i < len; i++)
		if (had[i])
			capng_update(CAPNG_ADD, CAPNG_EFFECTIVE | CAPNG_PERMITTED, kept[i]);
	(void)prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
	return capng_apply(CAPNG_SELECT_CAPS) < 0 ? -EPERM : 0;
}
