/* SPDX-License-Identifier: MIT */
#include "emit/store_db.h"

#include "base/text.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>

int store_errno(int result) {
	switch (result & 0xff) {
	case SQLITE_OK:
	case SQLITE_ROW:
	case SQLITE_DONE:
		return 0;
	case SQLITE_NOMEM:
		return -ENOMEM;
	case SQLITE_FULL:
		return -ENOSPC;
	case SQLITE_READONLY:
		return -EROFS;
	case SQLITE_ERROR: /* statements are our own: what does not fit them is no table of ours */
	case SQLITE_CONSTRAINT:
	case SQLITE_MISMATCH:
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
		return -EBADMSG;
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return -EBUSY;
	case SQLITE_CANTOPEN:
	case SQLITE_PERM:
	case SQLITE_AUTH:
		return -EACCES;
	}
	return -EIO;
}

int store_step(sqlite3_stmt *statement) {
	int result = sqlite3_step(statement);
	return result == SQLITE_ROW ? 1 : store_errno(result);
}

static int prepare(struct store *s, sqlite3_stmt **ret, const char *sql) {
	for (size_t i = 0; i < STORE_STATEMENTS_MAX; i++) {
		if (s->statements[i].sql == sql) {
			*ret = s->statements[i].statement;
			return 0;
		}
		if (s->statements[i].sql)
			continue;
		int r = store_errno(sqlite3_prepare_v3(s->db, sql, -1, SQLITE_PREPARE_PERSISTENT, ret, NULL));
		if (r)
			return r;
		s->statements[i].sql = sql;
		s->statements[i].statement = *ret;
		return 0;
	}
	return -ENOSPC;
}

void store_finalize(struct store *s) {
	for (size_t i = 0; i < STORE_STATEMENTS_MAX && s->statements[i].sql; i++)
		sqlite3_finalize(s->statements[i].statement);
	memset(s->statements, 0, sizeof(s->statements));
}

static int bind_text(sqlite3_stmt *statement, int column, const char *text) {
	if (!text)
		return store_errno(sqlite3_bind_null(statement, column));
	_cleanup_free_ char *utf8 = text_utf8(text, strlen(text));
	return utf8 ? store_errno(sqlite3_bind_text(statement, column, utf8, -1, SQLITE_TRANSIENT)) : -ENOMEM;
}

static int bind(struct store *s, sqlite3_stmt **ret, const char *sql, const char *types, va_list values) {
	sqlite3_stmt *statement;
	int r = prepare(s, &statement, sql);
	if (r)
		return r;
	sqlite3_reset(statement);
	for (int i = 0; !r && types[i]; i++) {
		if (types[i] == 'i')
			r = store_errno(sqlite3_bind_int64(statement, i + 1, va_arg(values, int64_t)));
		else if (types[i] == 'd')
			r = store_errno(sqlite3_bind_double(statement, i + 1, va_arg(values, double)));
		else
			r = bind_text(statement, i + 1, va_arg(values, const char *));
	}
	*ret = statement;
	return r;
}

int store_bind(struct store *s, sqlite3_stmt **ret, const char *sql, const char *types, ...) {
	va_list values;
	va_start(values, types);
	int r = bind(s, ret, sql, types, values);
	va_end(values);
	return r;
}

int store_run(struct store *s, const char *sql, const char *types, ...) {
	sqlite3_stmt *statement;
	va_list values;
	va_start(values, types);
	int r = bind(s, &statement, sql, types, values);
	va_end(values);
	if (r)
		return r;
	while ((r = store_step(statement)) > 0)
		;
	sqlite3_reset(statement);
	return r;
}

int store_get(struct store *s, int64_t *ret, const char *sql, const char *types, ...) {
	sqlite3_stmt *statement;
	va_list values;
	va_start(values, types);
	int r = bind(s, &statement, sql, types, values);
	va_end(values);
	if (r)
		return r;
	r = store_step(statement);
	if (r > 0)
		*ret = sqlite3_column_int64(statement, 0);
	sqlite3_reset(statement);
	return r > 0 ? 0 : r < 0 ? r : -ENOENT;
}

int store_exec(struct store *s, const char *sql) {
	return store_errno(sqlite3_exec(s->db, sql, NULL, NULL, NULL));
}

int store_begin(struct store *s) {
	return store_run(s, "BEGIN IMMEDIATE", "");
}

int store_end(struct store *s, int r) {
	if (!r)
		r = store_run(s, "COMMIT", "");
	if (r && !sqlite3_get_autocommit(s->db))
		(void)store_run(s, "ROLLBACK", "");
	return r;
}

const char *store_text(sqlite3_stmt *statement, int column) {
	const char *text = (const char *)sqlite3_column_text(statement, column);
	return text ? text : "";
}
