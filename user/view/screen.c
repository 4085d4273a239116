/* SPDX-License-Identifier: MIT */
#include "view/screen.h"

#include "base/clock.h"
#include "view/view.h"

#include <curses.h>
#include <errno.h>
#include <langinfo.h>
#include <locale.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <systemd/sd-event.h>
#include <unistd.h>

#define PERIOD_US 1000000
#define ESCAPE_DELAY_MS 50 /* within it, what follows an escape is part of a key */

struct screen {
	struct screen_source source;
	struct view view;
	SCREEN *terminal;
	bool color;
	sd_event *loop;
	sd_event_source *sources[3];
};

static const struct {
	short pair, color;
	attr_t attributes;
} inks[] = {
    [CANVAS_PLAIN] = {0, -1, 0},          [CANVAS_DIM] = {0, -1, A_DIM},
    [CANVAS_BOLD] = {0, -1, A_BOLD},      [CANVAS_GOOD] = {1, COLOR_GREEN, A_BOLD},
    [CANVAS_WARN] = {2, COLOR_YELLOW, 0}, [CANVAS_BAD] = {3, COLOR_RED, A_BOLD},
    [CANVAS_HEAD] = {0, -1, A_UNDERLINE}, [CANVAS_SELECTED] = {0, -1, A_REVERSE},
};

bool screen_is_possible(void) {
	const char *term = getenv("TERM");
	return isatty(STDIN_FILENO) && isatty(STDOUT_FILENO) && term && *term && strcmp(term, "dumb") != 0 &&
	       tcgetpgrp(STDIN_FILENO) == getpgrp();
}

static void paint_line(const struct screen *s, int row, const struct canvas_line *line) {
	move(row, 0);
	for (size_t i = 0; i < line->pieces_len; i++) {
		const struct canvas_piece *p = &line->pieces[i];
		attr_set(inks[p->ink].attributes, s->color ? inks[p->ink].pair : 0, NULL);
		addnstr(line->text.data + p->start, (int)p->len);
	}
	attr_set(0, 0, NULL);
	clrtoeol();
}

/* A page that there is no memory for is left out: the next one comes within a second. */
static void paint(const struct screen *s) {
	struct canvas canvas;
	if (view_draw(&s->view, LINES, COLS, &canvas))
		return;
	for (int row = 0; row < canvas.rows; row++)
		paint_line(s, row, &canvas.lines[row]);
	canvas_release(&canvas);
	refresh();
}

static int look(struct screen *s) {
	struct snapshot *now = NULL;
	struct finding_query wanted;
	char *trouble = NULL;
	view_query(&s->view, &wanted);
	int r = s->source.look(s->source.arg, &wanted, &now, &trouble);
	if (now)
		view_update(&s->view, now);
	view_set_trouble(&s->view, trouble);
	paint(s);
	return r;
}

static int on_time(sd_event_source *source, uint64_t usec, void *arg) {
	(void)usec;
	int r = look(arg);
	if (r < 0)
		return sd_event_exit(sd_event_source_get_event(source), r);
	r = sd_event_source_set_time(source, clock_monotonic_ns() / 1000 + PERIOD_US);
	return r < 0 ? r : sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
}

static int on_news(sd_event_source *source, int fd, uint32_t events, void *arg) {
	(void)fd, (void)events;
	int r = look(arg);
	return r < 0 ? sd_event_exit(sd_event_source_get_event(source), r) : 0;
}

static int key_of(int key) {
	switch (key) {
	case KEY_UP:
		return VIEW_KEY_UP;
	case KEY_DOWN:
		return VIEW_KEY_DOWN;
	case KEY_LEFT:
		return VIEW_KEY_LEFT;
	case KEY_RIGHT:
		return VIEW_KEY_RIGHT;
	case KEY_PPAGE:
		return VIEW_KEY_PAGE_UP;
	case KEY_NPAGE:
		return VIEW_KEY_PAGE_DOWN;
	case KEY_HOME:
		return VIEW_KEY_HOME;
	case KEY_END:
		return VIEW_KEY_END;
	case KEY_ENTER:
	case '\r':
	case '\n':
		return VIEW_KEY_ENTER;
	case KEY_BACKSPACE:
	case '\b':
	case 0x7f:
		return VIEW_KEY_BACKSPACE;
	case 0x1b:
		return VIEW_KEY_ESCAPE;
	default:
		return key;
	}
}

static int on_keys(sd_event_source *source, int fd, uint32_t events, void *arg) {
	struct screen *s = arg;
	(void)fd;
	for (int key; (key = getch()) != ERR;)
		if (!view_key(&s->view, key_of(key)))
			return sd_event_exit(sd_event_source_get_event(source), 0);
	if (events & (EPOLLHUP | EPOLLERR)) /* the terminal has gone: SIGHUP ends the watch, or whoever holds it */
		sd_event_source_set_enabled(source, SD_EVENT_OFF);
	if (s->source.fd >= 0)
		look(s); /* it learns what is wanted now */
	else
		paint(s);
	return 0;
}

static int on_size(sd_event_source *source, const struct signalfd_siginfo *info, void *arg) {
	struct winsize size;
	(void)source, (void)info;
	if (!ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) && size.ws_row && size.ws_col)
		resizeterm(size.ws_row, size.ws_col);
	clear();
	paint(arg);
	return 0;
}

/* Names are UTF-8 or made so; a locale that cannot show them is left for one that can, where there is one. */
static void choose_locale(void) {
	setlocale(LC_CTYPE, "");
	if (strcmp(nl_langinfo(CODESET), "UTF-8") != 0)
		setlocale(LC_CTYPE, "C.UTF-8");
}

static void set_colors(struct screen *s) {
	const char *no_color = getenv("NO_COLOR");
	s->color = has_colors() && !(no_color && *no_color);
	if (!s->color)
		return;
	start_color();
	use_default_colors();
	for (size_t i = 0; i < sizeof(inks) / sizeof(*inks); i++)
		if (inks[i].pair)
			init_pair(inks[i].pair, inks[i].color, -1);
}

static int open_terminal(struct screen *s) {
	choose_locale();
	set_escdelay(ESCAPE_DELAY_MS);
	s->terminal = newterm(NULL, stdout, stdin);
	if (!s->terminal)
		return -ENOTTY;
	set_colors(s);
	cbreak();
	noecho();
	nonl();
	keypad(stdscr, TRUE);
	nodelay(stdscr, TRUE);
	curs_set(0);
	return 0;
}

static int add_sources(struct screen *s) {
	sigset_t sizes;
	sigemptyset(&sizes);
	sigaddset(&sizes, SIGWINCH);
	if (sigprocmask(SIG_BLOCK, &sizes, NULL) < 0)
		return -errno;
	int r = s->source.fd < 0 ? sd_event_add_time(s->loop, &s->sources[0], CLOCK_MONOTONIC, 0, 1, on_time, s)
	                         : sd_event_add_io(s->loop, &s->sources[0], s->source.fd, EPOLLIN, on_news, s);
	if (r >= 0)
		r = sd_event_add_io(s->loop, &s->sources[1], STDIN_FILENO, EPOLLIN, on_keys, s);
	if (r >= 0)
		r = sd_event_add_signal(s->loop, &s->sources[2], SIGWINCH, on_size, s);
	return r < 0 ? r : 0;
}

int screen_open(struct screen **ret, const struct screen_source *source, sd_event *loop) {
	_cleanup_(screen_closep) struct screen *s = calloc(1, sizeof(*s));
	if (!s)
		return -ENOMEM;
	s->source = *source;
	s->loop = loop;
	view_init(&s->view);
	int r = open_terminal(s);
	if (!r)
		r = add_sources(s);
	if (r)
		return r;
	*ret = take(s);
	return 0;
}

void screen_close(struct screen *s) {
	if (!s)
		return;
	for (size_t i = 0; i < sizeof(s->sources) / sizeof(*s->sources); i++)
		sd_event_source_unref(s->sources[i]);
	if (s->terminal) {
		endwin();
		delscreen(s->terminal);
	}
	view_release(&s->view);
	free(s);
}
