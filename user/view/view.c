/* SPDX-License-Identifier: MIT */
#include "view/view.h"

#include "base/text.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HEAD_ROWS 4
#define GAP 2 /* columns before one of a table */
#define DETAILS_ROWS_MAX 512

/* What keys do, in the order of the help. */
static const struct {
	const char *keys, *what;
} help[] = {
    {"Tab, 1-4", "findings, targets, sinks, blind spots"},
    {"Up, Down, PgUp, PgDn", "move"},
    {"Enter, Esc", "details of the line, and back"},
    {"s, S", "sort by the next column; turn the order round"},
    {"/", "show only lines that hold a text; Esc shows all"},
    {"p", "pause what is shown: the watch goes on"},
    {"h, ?", "this help"},
    {"q, Ctrl-C", "end the watch, with the summary"},
};

void view_init(struct view *v) {
	*v = (struct view){0};
	for (size_t i = 0; i < VIEW_TABS; i++) {
		const struct view_tab *tab = &view_tabs[i];
		v->places[i] =
		    (struct view_place){.column = tab->sorted_by, .descending = tab->columns[tab->sorted_by].large_first};
	}
}

void view_release(struct view *v) {
	snapshot_drop(v->now);
	free(v->trouble);
	*v = (struct view){0};
}

void view_set_trouble(struct view *v, char *trouble) {
	free(v->trouble);
	v->trouble = trouble;
}

void view_query(const struct view *v, struct finding_query *ret) {
	const struct view_place *at = &v->places[VIEW_FINDINGS];
	*ret = (struct finding_query){.text = v->tab == VIEW_FINDINGS ? v->filter : NULL,
	                              .order = view_tabs[VIEW_FINDINGS].columns[at->column].order,
	                              .descending = at->descending,
	                              .limit = FINDING_LIST_MAX};
}

void view_update(struct view *v, struct snapshot *s) {
	if (v->paused && v->now) {
		snapshot_drop(s);
		return;
	}
	double past = v->now ? s->duration_s - v->now->duration_s : 0;
	if (past > 0) {
		const struct capture_totals now = snapshot_sum(s).totals, before = snapshot_sum(v->now).totals;
		v->bytes_per_s = (double)(now.seen_bytes - before.seen_bytes) / past;
		v->writes_per_s = (double)(now.seen_writes - before.seen_writes) / past;
	}
	snapshot_drop(v->now);
	v->now = s;
}

static const struct view_tab *tab_of(const struct view *v) {
	return &view_tabs[v->tab];
}

static int make_table(const struct view *v, struct view_table *ret) {
	const struct view_place *at = &v->places[v->tab];
	return view_table_make(ret, tab_of(v), v->now, v->filter, at->column, at->descending);
}

/* Rows that the filter lets through. */
static size_t rows_of(const struct view *v) {
	struct view_table t = {0};
	if (!v->now || make_table(v, &t))
		return 0;
	size_t len = t.len;
	view_table_release(&t);
	return len;
}

static void type(struct view *v, int key) {
	size_t len = strlen(v->filter);
	if (key == VIEW_KEY_ENTER || key == VIEW_KEY_ESCAPE) {
		v->typing = false;
		if (key == VIEW_KEY_ESCAPE)
			v->filter[0] = 0;
	} else if (key == VIEW_KEY_BACKSPACE) {
		while (len && (v->filter[--len] & 0xc0) == 0x80)
			;
		v->filter[len] = 0;
	} else if (key >= ' ' && key < 0x100 && len + 1 < VIEW_FILTER_SIZE) { /* bytes of UTF-8, one by one */
		v->filter[len] = (char)key;
		v->filter[len + 1] = 0;
	}
	v->places[v->tab].row = 0;
}

static size_t moved(size_t at, int by, size_t len) {
	size_t last = len ? len - 1 : 0;
	if (by < 0)
		return (size_t)-by > at ? 0 : at - (size_t)-by;
	return at + (size_t)by > last ? last : at + (size_t)by;
}

static void move(struct view *v, int by) {
	if (v->details)
		v->scroll = moved(v->scroll, by, DETAILS_ROWS_MAX);
	else
		v->places[v->tab].row = moved(v->places[v->tab].row, by, rows_of(v));
}

static void sort_next(struct view *v, int by) {
	struct view_place *at = &v->places[v->tab];
	size_t len = tab_of(v)->columns_len;
	at->column = (at->column + len + (size_t)by) % len;
	at->descending = tab_of(v)->columns[at->column].large_first;
	at->row = 0;
}

static void go_back(struct view *v) {
	if (v->help)
		v->help = false;
	else if (v->details)
		v->details = false;
	else
		v->filter[0] = 0;
}

static void show_tab(struct view *v, unsigned tab) {
	v->tab = tab % VIEW_TABS;
	v->details = v->help = false;
}

bool view_key(struct view *v, int key) {
	if (v->typing) {
		type(v, key);
		return true;
	}
	switch (key) {
	case 'q':
		return false;
	case VIEW_KEY_UP:
	case 'k':
		move(v, -1);
		break;
	case VIEW_KEY_DOWN:
	case 'j':
		move(v, 1);
		break;
	case VIEW_KEY_PAGE_UP:
		move(v, -10);
		break;
	case VIEW_KEY_PAGE_DOWN:
	case ' ':
		move(v, 10);
		break;
	case VIEW_KEY_HOME:
		move(v, -(1 << 30));
		break;
	case VIEW_KEY_END:
		move(v, 1 << 30);
		break;
	case VIEW_KEY_ENTER:
		v->details = rows_of(v) > 0;
		v->scroll = 0;
		break;
	case VIEW_KEY_ESCAPE:
	case VIEW_KEY_BACKSPACE:
		go_back(v);
		break;
	case '\t':
	case VIEW_KEY_RIGHT:
		show_tab(v, v->tab + 1);
		break;
	case VIEW_KEY_LEFT:
		show_tab(v, v->tab + VIEW_TABS - 1);
		break;
	case '1' ... '0' + VIEW_TABS:
		show_tab(v, (unsigned)(key - '1'));
		break;
	case 's':
		sort_next(v, 1);
		break;
	case 'S':
		v->places[v->tab].descending = !v->places[v->tab].descending;
		break;
	case '/':
		v->typing = true;
		v->details = v->help = false;
		v->filter[0] = 0;
		break;
	case 'p':
		v->paused = !v->paused;
		break;
	case 'h':
	case '?':
		v->help = !v->help;
		break;
	}
	return true;
}

static void draw_verdict(struct canvas *c, const struct view *v) {
	const struct snapshot *s = v->now;
	static const enum canvas_ink inks[] = {CANVAS_GOOD, CANVAS_BAD, CANVAS_WARN};
	enum verdict verdict = snapshot_verdict(s);
	size_t findings = snapshot_unwaived(s);
	double share = snapshot_sum(s).coverage;
	char percent[TEXT_PERCENT_SIZE];
	unsigned past = (unsigned)s->duration_s;
	canvas_printf(c, 0, inks[verdict], "%s %s", verdict_symbol(verdict), snapshot_verdict_word(verdict));
	canvas_printf(c, 0, CANVAS_PLAIN, "  %s %s, %s %s", TEXT_COUNT(findings),
	              text_plural(findings, "finding", "findings"), TEXT_COUNT(s->matches),
	              text_plural(s->matches, "match", "matches"));
	if (snapshot_findings(s) > findings)
		canvas_printf(c, 0, CANVAS_DIM, " (%s waived)", TEXT_COUNT(snapshot_findings(s) - findings));
	canvas_printf(c, 0, share < 1 ? CANVAS_WARN : CANVAS_PLAIN, "  coverage %s", text_percent(percent, share));
	canvas_printf(c, 0, CANVAS_PLAIN, "  %u:%02u:%02u", past / 3600, past / 60 % 60, past % 60);
	if (v->paused)
		canvas_printf(c, 0, CANVAS_WARN, "  PAUSED");
}

static void draw_rates(struct canvas *c, const struct view *v) {
	const struct snapshot *s = v->now;
	if (v->trouble) {
		canvas_printf(c, 1, CANVAS_BAD, "! not kept up: %s", v->trouble);
		return;
	}
	char seen_text[32], rate[32], memory[32];
	double watched_s = s->duration_s > 0 ? s->duration_s : 1;
	double cpu_s = (double)(s->cost.cpu_ns - s->cost.cpu_ready_ns) / 1e9;
	canvas_printf(c, 1, CANVAS_DIM, "seen %s, %s/s, %.0f writes/s; own cost %.1f %% of a core, %s; %zu %s",
	              text_bytes(seen_text, sizeof(seen_text), snapshot_sum(s).totals.seen_bytes),
	              text_bytes(rate, sizeof(rate), (unsigned long long)v->bytes_per_s), v->writes_per_s,
	              100 * cpu_s / watched_s, text_bytes(memory, sizeof(memory), s->cost.memory_bytes), s->processes,
	              text_plural(s->processes, "process", "processes"));
	if (s->cost.kernel.calls)
		canvas_printf(c, 1, CANVAS_DIM, ", %llu ns a call",
		              (unsigned long long)(s->cost.kernel.ns / s->cost.kernel.calls));
}

static void draw_tabs(struct canvas *c, const struct view *v) {
	const struct snapshot *s = v->now;
	for (unsigned i = 0; i < VIEW_TABS; i++) {
		size_t count = i == VIEW_FINDINGS ? snapshot_findings(s) : view_tabs[i].count(s);
		canvas_printf(c, 2, i == v->tab ? CANVAS_SELECTED : CANVAS_PLAIN, " %u %s %s ", i + 1, view_tabs[i].title,
		              TEXT_COUNT(count));
		canvas_put(c, 2, CANVAS_PLAIN, 0, " ");
	}
	if (v->typing || v->filter[0])
		canvas_printf(c, 2, CANVAS_WARN, " /%s%s", v->filter, v->typing ? "_" : "");
	if (v->tab == VIEW_FINDINGS && s->findings_asked_for > s->findings_len)
		canvas_printf(c, 2, CANVAS_DIM, " the first %s", TEXT_COUNT(s->findings_len));
}

/* Columns of words are wider on a wide terminal. */
static int width_on(const struct canvas *c, const struct view_column *column) {
	return column->width > 0 && c->cols > 80 ? column->width * c->cols / 80 : column->width;
}

/* Numbers, to the right, have room before them. */
static void put_cell(struct canvas *c, int row, const struct view_column *column, enum canvas_ink ink,
                     const char *text) {
	if (row >= c->rows || c->cols < column->from_cols)
		return;
	if (c->lines[row].width)
		canvas_put(c, row, CANVAS_PLAIN, column->width < 0 ? 1 : GAP, "");
	(column->path ? canvas_put_path : canvas_put)(c, row, ink, width_on(c, column), text);
}

static void draw_titles(struct canvas *c, const struct view *v) {
	const struct view_tab *tab = tab_of(v);
	const struct view_place *at = &v->places[v->tab];
	for (size_t i = 0; i < tab->columns_len; i++) {
		const struct view_column *column = &tab->columns[i];
		char title[64];
		snprintf(title, sizeof(title), "%s%s", column->title,
		         i != at->column  ? ""
		         : at->descending ? "\u25bc"
		                          : "\u25b2");
		put_cell(c, HEAD_ROWS - 1, column, CANVAS_PLAIN, title);
	}
	canvas_fill(c, HEAD_ROWS - 1, CANVAS_HEAD);
}

static void draw_row(struct canvas *c, int row, const struct view_tab *tab, const struct view_row *r, bool selected) {
	for (size_t i = 0; i < tab->columns_len; i++)
		put_cell(c, row, &tab->columns[i], r->cells[i].ink, r->cells[i].text ? r->cells[i].text : "?");
	if (selected)
		canvas_fill(c, row, CANVAS_SELECTED);
}

static void draw_table(struct canvas *c, const struct view *v, const struct view_table *t) {
	size_t room = c->rows > HEAD_ROWS + 1 ? (size_t)(c->rows - HEAD_ROWS - 1) : 1;
	size_t selected = moved(v->places[v->tab].row, 0, t->len), first = selected >= room ? selected - room + 1 : 0;
	draw_titles(c, v);
	if (!t->len)
		canvas_printf(c, HEAD_ROWS, CANVAS_DIM, "  %s",
		              v->filter[0] ? "no line holds that text; Esc shows all" : tab_of(v)->empty);
	for (size_t i = 0; i < room && first + i < t->len; i++)
		draw_row(c, HEAD_ROWS + (int)i, tab_of(v), &t->rows[first + i], first + i == selected);
}

/* Drawn to a canvas of its own, of which so much is shown as there is room. */
static int draw_details(struct canvas *c, const struct view *v, const struct view_table *t) {
	struct canvas all;
	if (!t->len)
		return 0;
	if (canvas_init(&all, DETAILS_ROWS_MAX, c->cols))
		return -ENOMEM;
	size_t index = t->rows[moved(v->places[v->tab].row, 0, t->len)].index;
	int len = tab_of(v)->details(&all, v->now, index, 0), room = c->rows - HEAD_ROWS;
	int last = len > room ? len - room : 0, first = (int)v->scroll < last ? (int)v->scroll : last;
	for (int i = 0; i < room && first + i < len && first + i < all.rows; i++) {
		struct canvas_line line = c->lines[HEAD_ROWS - 1 + i];
		c->lines[HEAD_ROWS - 1 + i] = all.lines[first + i];
		all.lines[first + i] = line;
	}
	int r = all.error;
	canvas_release(&all);
	return r;
}

static void draw_help(struct canvas *c) {
	for (size_t i = 0; i < sizeof(help) / sizeof(*help); i++) {
		canvas_put(c, HEAD_ROWS - 1 + (int)i, CANVAS_BOLD, 22, help[i].keys);
		canvas_put(c, HEAD_ROWS - 1 + (int)i, CANVAS_PLAIN, 0, help[i].what);
	}
}

static int draw_body(struct canvas *c, const struct view *v) {
	struct view_table table;
	if (v->help) {
		draw_help(c);
		return 0;
	}
	int r = make_table(v, &table);
	if (r)
		return r;
	if (v->details)
		r = draw_details(c, v, &table);
	else
		draw_table(c, v, &table);
	view_table_release(&table);
	return r;
}

int view_draw(const struct view *v, int rows, int cols, struct canvas *ret) {
	struct canvas c;
	int r = canvas_init(&c, rows > 0 ? rows : 1, cols > 0 ? cols : 1);
	if (r)
		return r;
	if (v->now) {
		draw_verdict(&c, v);
		draw_rates(&c, v);
		draw_tabs(&c, v);
		r = draw_body(&c, v);
	} else {
		canvas_put(&c, 0, CANVAS_DIM, 0, "getting ready");
	}
	canvas_put(&c, rows - 1, CANVAS_DIM, 0,
	           v->typing    ? "type a text; Enter keeps it, Esc shows all"
	           : v->details ? "Esc back  Up, Down scroll  h help  q end"
	                        : "Enter details  s sort  / filter  p pause  h help  q end");
	if (r || c.error) {
		canvas_release(&c);
		return -ENOMEM;
	}
	*ret = c;
	return 0;
}
