/* SPDX-License-Identifier: MIT */
/* logspill rules lint: all mistakes in rule files, and what each rule costs. */
#include "cmd/cmd.h"
#include "cmd/rules.h"

#include "base/usage.h"
#include "detect/detect.h"
#include "scan/lines.h"
#include "scan/noise.h"

#include <errno.h>
#include <string.h>

#define NOISE_BYTES (1024 * 1024)
/*
 * Candidates that a rule may have in a MiB of noise. Each is refused in 10 to 50 ns, and a MiB is to be scanned in
 * 1.5 ms: a rule at the limit takes about half of that for itself.
 */
#define CANDIDATES_MAX 30000
#define COMPILE_NS_MAX 4000000000 /* all rules that come along take 1 s; a hostile one alone has a limit of 5 s */

DEFINE_CLEANUP(struct detect_set *, detect_set_free)
DEFINE_CLEANUP(struct detector *, detector_free)

struct noise {
	struct buf text;
	struct detect_text *lines;
	size_t lines_len;
};

static void noise_release(struct noise *n) {
	buf_release(&n->text);
	free(n->lines);
}

static int noise_init(struct noise *ret) {
	int r = scan_noise(&ret->text, NOISE_BYTES);
	size_t n = 0;
	for (size_t i = 0; !r && i < ret->text.len; i++)
		n += ret->text.data[i] == '\n';
	ret->lines = r ? NULL : calloc(n, sizeof(*ret->lines));
	if (!ret->lines)
		return -ENOMEM;
	for (size_t start = 0; ret->lines_len < n; ret->lines_len++) {
		size_t len =
		    (size_t)((char *)memchr(ret->text.data + start, '\n', ret->text.len - start) - ret->text.data) - start;
		ret->lines[ret->lines_len] = (struct detect_text){(uint32_t)start, (uint32_t)len};
		start += len + 1;
	}
	return 0;
}

static void on_match(void *arg, const struct detect_match *m) {
	(void)arg;
	(void)m;
}

/* There are mistakes to mend, and the compiler took long over them. */
static bool is_enough(const struct diags *diags) {
	return diags_any(diags) && usage_children_cpu_ns() >= COMPILE_NS_MAX;
}

/* Candidates that the rule alone has in the noise. */
static int measure(const struct rules *rules, const struct rule *rule, const struct noise *n, struct diags *diags,
                   uint64_t *ret) {
	_cleanup_(detect_set_freep) struct detect_set *set = NULL;
	_cleanup_(detector_freep) struct detector *detector = NULL;
	const struct detect_options options = {.only = (const char *const *)&rule->id, .only_len = 1};
	struct detect_counters counters;
	int r = detect_set_new(&set, rules, &options, diags);
	if (!r)
		r = detector_new(&detector, set);
	if (!r)
		r = detector_scan(detector, n->text.data, n->text.len, n->lines, n->lines_len, on_match, NULL);
	if (r)
		return r;
	detector_counters(detector, &counters);
	*ret = counters.anchor_hits + counters.digit_hits + counters.key_hits;
	return 0;
}

static int lint_costs(const struct rules *rules, const struct rules_call *call) {
	_cleanup_(noise_release) struct noise noise = {0};
	int r = noise_init(&noise);
	size_t i = 0;
	for (; i < rules->len && r != -ENOMEM && r != -ENOTSUP && !is_enough(call->diags); i++) {
		const struct rule *rule = &rules->items[i];
		uint64_t candidates = 0;
		r = measure(rules, rule, &noise, call->diags, &candidates);
		if (call->options->output.verbose)
			printf("%8lu candidates per MiB  %s\n", candidates, rule->id);
		if (candidates > CANDIDATES_MAX)
			diags_add(
			    call->diags, rule->file, rule->line, 0,
			    "rule %s costs too much: it has %lu candidates in a MiB of log lines without personal data, %d at "
			    "most. Let its shape or anchor begin with more that is rare",
			    rule->id, candidates, CANDIDATES_MAX);
	}
	if (i < rules->len && r != -ENOMEM && r != -ENOTSUP)
		diags_say(call->diags, "%zu rules were not measured, for those above took so long: mend those first",
		          rules->len - i);
	return r;
}

int rules_lint(const struct rules_call *call) {
	_cleanup_(rules_freep) struct rules *rules = NULL;
	int r = rules_call_load(call, &rules);
	if (r == -EINVAL)
		return EXIT_FINDINGS;
	if (!r)
		r = lint_costs(rules, call);
	if (r && !diags_any(call->diags))
		diags_say(call->diags, "cannot check the rules: %s", strerror(-r));
	if (r && r != -EINVAL)
		return EXIT_ERROR;
	if (diags_any(call->diags))
		return EXIT_FINDINGS;
	printf("%zu %s in %zu %s: no mistakes\n", rules->len, rules->len == 1 ? "rule" : "rules", rules->files.len,
	       rules->files.len == 1 ? "file" : "files");
	return EXIT_CLEAN;
}
