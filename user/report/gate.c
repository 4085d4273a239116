/* SPDX-License-Identifier: MIT */
#include "report/gate.h"

#include "find/risk.h"
#include "report/gate_format.h"

#include <string.h>

static const struct gate_format *const formats[] = {&gate_text, &gate_json, &memo_markdown, &memo_html};

const struct gate_format *gate_format_find(const char *name) {
	for (size_t i = 0; i < sizeof(formats) / sizeof(*formats); i++)
		if (!strcmp(formats[i]->name, name))
			return formats[i];
	return NULL;
}

void gate_options(struct gate_option ret[GATE_OPTIONS], const struct gate_facts *f) {
	const int impact = gate_impact(f);
	const double now = gate_share_upper(f, gate_sum(f).leaking_records), mended = gate_share_upper(f, 0);
	ret[0] = (struct gate_option){"ship as is", "release what was watched", now, impact, now * impact};
	ret[1] = (struct gate_option){"mitigate and canary", "repair what was found, watch a canary for the same window",
	                              mended, impact, mended * impact};
	ret[2] = (struct gate_option){"hold", "release nothing; what runs already stays as it is", 0, impact, 0};
}

/* A pass is the only verdict that ships: a low risk does not make a leak, or a doubt, one. */
size_t gate_recommended(const struct gate_option options[GATE_OPTIONS], enum verdict verdict) {
	if (verdict == VERDICT_PASS)
		return options[0].risk <= GATE_RISK_THRESHOLD ? 0 : 2;
	return verdict == VERDICT_FAIL && options[1].risk <= GATE_RISK_THRESHOLD ? 1 : 2;
}

double gate_records_per_hour(const struct gate_facts *f) {
	return f->covered_ns ? (double)gate_sum(f).records * 3600e9 / (double)f->covered_ns : 0;
}
