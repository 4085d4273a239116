/* SPDX-License-Identifier: MIT */
/* Findings as rows, and rows as findings. */
#include "emit/store_db.h"

#include "base/json.h"
#include "base/text.h"
#include "find/distinct.h"
#include "find/waiver.h"

#include <errno.h>
#include <jansson.h>
#include <string.h>

static json_t *origin_to_json(const struct finding_origin *o) {
	return json_pack("{s:I,s:I,s:o,s:o,s:o}", "count", (json_int_t)o->count, "own", (json_int_t)o->own, "thread",
	                 json_text(o->thread), "runtime", json_text(o->runtime), "frames",
	                 json_texts(o->frames, o->frames_len));
}

static char *origins_to_json(const struct finding *f) {
	json_auto_t *array = json_array();
	for (size_t i = 0; array && i < f->origins_len; i++)
		if (json_array_append_new(array, origin_to_json(&f->origins[i])))
			return NULL;
	return array ? json_encode(array, JSON_COMPACT) : NULL;
}

static void values_release(struct distinct_count *v) {
	free(v->text);
}

/* Those that this run has seen, and those of runs before, unless their key was another. */
static int all_values(struct store *s, const struct finding *f, struct distinct_count *ret) {
	sqlite3_stmt *row;
	*ret = (struct distinct_count){.count = f->distinct, .error = f->distinct_error};
	if (!f->sketch)
		return 0;
	int r = text_copy(&ret->text, f->sketch);
	if (!r)
		r = store_bind(s, &row,
		               "SELECT distinct_values, distinct_error, distinct_sketch FROM findings"
		               " WHERE finding = ?1 AND key = ?2",
		               "tt", f->id, f->key_id);
	if (r)
		return r;
	r = store_step(row);
	if (r == 1)
		r = distinct_unite(ret, &(struct distinct_count){(uint64_t)sqlite3_column_int64(row, 0),
		                                                 sqlite3_column_double(row, 1), (char *)store_text(row, 2)});
	sqlite3_reset(row);
	return r == -EINVAL ? 0 : r; /* what cannot be read makes way */
}

int store_put_finding(struct store *s, const struct finding *f, uint64_t more) {
	static const struct finding_writer nobody;
	const struct finding_writer *w = f->writer ? f->writer : &nobody;
	static const struct waiver none;
	const struct waiver *waiver = f->waiver ? f->waiver : &none;
	const struct rule *rule = f->rule;
	_cleanup_free_ char *origins = origins_to_json(f);
	_cleanup_(values_release) struct distinct_count values;
	sqlite3_stmt *statement = NULL;
	int r = all_values(s, f, &values);
	if (r || !origins)
		return r ? r : -ENOMEM;
	r = store_bind(
	    s, &statement,
	    "INSERT INTO findings VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18,"
	    " ?19, ?20, ?21, ?22, ?23, ?24, ?25, ?26, ?27, ?28, ?29, ?30, ?31, ?32, ?33, ?34, ?35, ?36, ?37)"
	    " ON CONFLICT DO UPDATE SET matches = matches + excluded.matches, name = excluded.name,"
	    " severity = excluded.severity, impact = excluded.impact, remediation = excluded.remediation,"
	    " confidence = max(confidence, excluded.confidence),"
	    " distinct_error = iif(excluded.distinct_values > distinct_values, excluded.distinct_error, distinct_error),"
	    " distinct_values = max(distinct_values, excluded.distinct_values),"
	    " statement = iif(excluded.statement = '', statement, excluded.statement), pid = excluded.pid,"
	    " uid = excluded.uid, cgroup = excluded.cgroup, namespace = excluded.namespace, pod = excluded.pod,"
	    " container = excluded.container, origins = iif(excluded.origins = '[]', origins, excluded.origins),"
	    " first_seen_ns = min(first_seen_ns, excluded.first_seen_ns),"
	    " last_seen_ns = max(last_seen_ns, excluded.last_seen_ns), waived = excluded.waived,"
	    " waiver_owner = excluded.waiver_owner, waiver_reason = excluded.waiver_reason,"
	    " waiver_until = excluded.waiver_until,"
	    " command_line = coalesce(excluded.command_line, command_line),"
	    " distinct_sketch = coalesce(excluded.distinct_sketch, distinct_sketch), key = excluded.key,"
	    " fingerprint = iif(excluded.key IS key, fingerprint, excluded.fingerprint),"
	    " masked = iif(excluded.key IS key, masked, excluded.masked)",
	    "ttttttiitdiidttttttittitttttiiitttttt", f->id, rule->id, rule->name, rule->entity, rule->category,
	    rule->region, (int64_t)rule->severity, (int64_t)rule->impact, rule->remediation, (double)f->confidence, more,
	    values.count, values.error, f->masked, f->fingerprint, f->template_id, f->statement, f->sink_kind, f->sink_name,
	    (int64_t)f->pid, f->process_name, f->executable, (int64_t)w->uid, w->cgroup, w->workload.namespace,
	    w->workload.pod, w->workload.container, origins, f->first_seen_ns, f->last_seen_ns, (int64_t)f->waived,
	    waiver->owner, waiver->reason, waiver->until, w->command_line, values.text, f->key_id);
	if (!r && !f->writer)
		r = store_errno(sqlite3_bind_null(statement, 23));
	if (!r)
		r = store_step(statement);
	sqlite3_reset(statement);
	return r;
}

static int read_origin(struct finding_origin *ret, json_t *json) {
	json_t *frames = json_object_get(json, "frames");
	size_t len = json_array_size(frames);
	*ret = (struct finding_origin){.count = (uint64_t)json_integer_value(json_object_get(json, "count")),
	                               .own = (size_t)json_integer_value(json_object_get(json, "own"))};
	const char *thread = json_string_value(json_object_get(json, "thread")),
	           *runtime = json_string_value(json_object_get(json, "runtime"));
	snprintf(ret->thread, sizeof(ret->thread), "%s", thread ? thread : "");
	snprintf(ret->runtime, sizeof(ret->runtime), "%s", runtime ? runtime : "");
	ret->frames = calloc(len + 1, sizeof(*ret->frames));
	if (!ret->frames)
		return -ENOMEM;
	for (size_t i = 0; i < len; i++) {
		const char *frame = json_string_value(json_array_get(frames, i));
		ret->frames[ret->frames_len++] = (char *)(frame ? frame : "");
	}
	ret->own = ret->own < len ? ret->own : len;
	return 0;
}

/* What they point at belongs to the JSON. */
static int read_origins(struct finding *f, json_t *json) {
	size_t len = json_array_size(json);
	f->origins = len ? calloc(len, sizeof(*f->origins)) : NULL;
	if (len && !f->origins)
		return -ENOMEM;
	for (; f->origins_len < len; f->origins_len++) {
		int r = read_origin(&f->origins[f->origins_len], json_array_get(json, f->origins_len));
		if (r)
			return r;
	}
	return 0;
}

static void release_origins(struct finding *f) {
	for (size_t i = 0; i < f->origins_len; i++)
		free(f->origins[i].frames);
	free(f->origins);
}

static const char *text_or_null(sqlite3_stmt *row, int column) {
	return (const char *)sqlite3_column_text(row, column);
}

static int copy_row(struct finding_copy **ret, struct finding *f, sqlite3_stmt *row) {
	_cleanup_(finding_copy_dropp) struct finding_copy *c = NULL;
	json_auto_t *origins = NULL;
	const char *text = store_text(row, 27);
	int r = json_decode(text, strlen(text), 0, &origins);
	if (!r || r == -EBADMSG) /* what is damaged is none */
		r = read_origins(f, origins);
	if (!r)
		r = finding_copy_new(&c, f, NULL);
	release_origins(f);
	if (r || sqlite3_column_type(row, 22) == SQLITE_NULL) {
		if (!r)
			*ret = take(c);
		return r;
	}
	r = finding_writer_new(&c->finding.writer, (uint32_t)sqlite3_column_int64(row, 22), store_text(row, 23),
	                       text_or_null(row, 34));
	if (r)
		return r;
	struct workload *w = &c->finding.writer->workload;
	char **const names[] = {&w->namespace, &w->pod, &w->container};
	for (int i = 0; i < 3; i++) {
		free(*names[i]);
		r = text_copy(names[i], text_or_null(row, 24 + i));
		if (r)
			return r;
	}
	*ret = take(c);
	return 0;
}

int store_read_finding(struct finding_copy **ret, sqlite3_stmt *row) {
	struct rule rule = {
	    .id = (char *)store_text(row, 1),
	    .name = (char *)store_text(row, 2),
	    .entity = (char *)store_text(row, 3),
	    .category = (char *)store_text(row, 4),
	    .region = (char *)store_text(row, 5),
	    .severity = (enum rule_severity)sqlite3_column_int(row, 6),
	    .impact = (uint8_t)sqlite3_column_int(row, 7),
	    .remediation = (char *)store_text(row, 8),
	};
	struct finding f = {
	    .rule = &rule,
	    .confidence = (float)sqlite3_column_double(row, 9),
	    .count = (uint64_t)sqlite3_column_int64(row, 10),
	    .distinct = (uint64_t)sqlite3_column_int64(row, 11),
	    .distinct_error = sqlite3_column_double(row, 12),
	    .sketch = (char *)text_or_null(row, 35),
	    .sink_kind = (char *)store_text(row, 17),
	    .sink_name = (char *)store_text(row, 18),
	    .pid = sqlite3_column_int(row, 19),
	    .process_name = (char *)store_text(row, 20),
	    .executable = (char *)store_text(row, 21),
	    .first_seen_ns = (uint64_t)sqlite3_column_int64(row, 28),
	    .last_seen_ns = (uint64_t)sqlite3_column_int64(row, 29),
	    .waived = sqlite3_column_int(row, 30),
	};
	struct waiver waiver = {
	    .owner = (char *)store_text(row, 31),
	    .reason = (char *)store_text(row, 32),
	    .until = (char *)store_text(row, 33),
	};
	if (!waiver_parse_until(waiver.until, &waiver.until_ns))
		f.waiver = &waiver;
	snprintf(f.id, sizeof(f.id), "%s", store_text(row, 0));
	snprintf(f.masked, sizeof(f.masked), "%s", store_text(row, 13));
	snprintf(f.fingerprint, sizeof(f.fingerprint), "%s", store_text(row, 14));
	snprintf(f.key_id, sizeof(f.key_id), "%s", store_text(row, 36));
	snprintf(f.template_id, sizeof(f.template_id), "%s", store_text(row, 15));
	snprintf(f.statement, sizeof(f.statement), "%s", store_text(row, 16));
	return copy_row(ret, &f, row);
}
