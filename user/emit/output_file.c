/* SPDX-License-Identifier: MIT */
/* JSON lines in a file, 0600. Whoever moves it away gets a new one made: nothing needs to be sent to us. */
#include "emit/output_driver.h"

#include "base/buf.h"
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

struct file {
	char *path;
	const struct output_form *form;
	int fd; /* -1: not open */
};

static void file_close(void *handle) {
	struct file *f = handle;
	closep(&f->fd);
	free(f->path);
	free(f);
}

static void free_file(struct file *f) {
	file_close(f);
}
DEFINE_CLEANUP(struct file *, free_file)

static int file_open(void **ret, const struct output_settings *o, struct diags *ret_diags) {
	if (!o->path || *o->path != '/')
		return output_complain(ret_diags, o, "needs `path`, from the root on");
	if (!output_form_find(o->form))
		return output_complain(ret_diags, o, "there is no form '%s': logspill, ecs or ocsf", o->form);
	_cleanup_(free_filep) struct file *f = calloc(1, sizeof(*f));
	if (!f)
		return -ENOMEM;
	f->fd = -1;
	f->form = output_form_find(o->form);
	f->path = strdup(o->path);
	if (!f->path)
		return -ENOMEM;
	*ret = take(f);
	return 0;
}

/* Is the file that is open still the one of that name? */
static bool is_current(const struct file *f) {
	struct stat open, named;
	return f->fd >= 0 && !fstat(f->fd, &open) && !lstat(f->path, &named) && open.st_dev == named.st_dev &&
	       open.st_ino == named.st_ino;
}

static int reopen(struct file *f) {
	if (is_current(f))
		return 0;
	closep(&f->fd);
	f->fd = file_open_append(f->path, O_NONBLOCK);
	return f->fd < 0 ? f->fd : 0;
}

/* All or nothing: of a disk that fills up in the middle the half is taken back. */
static int append(int fd, const char *text, size_t len) {
	struct stat before;
	if (fstat(fd, &before) < 0)
		return -errno;
	int r = file_write_all(fd, text, len);
	if (!r && fdatasync(fd) < 0 && errno != EINVAL && errno != EROFS)
		r = -errno;
	if (r && S_ISREG(before.st_mode) && ftruncate(fd, before.st_size) < 0)
		return r; /* then a part is there twice */
	return r;
}

static int file_send(void *handle, const struct output_event *events, size_t len, struct output_result *ret) {
	struct file *f = handle;
	_cleanup_(buf_release) struct buf lines = {0};
	int r = reopen(f);
	for (size_t i = 0; i < len && !r; i++) {
		_cleanup_free_ char *json = output_form_text(f->form, &events[i]);
		r = json ? buf_printf(&lines, "%s\n", json) : -ENOMEM;
	}
	if (!r)
		r = append(f->fd, lines.data, lines.len);
	if (r)
		return output_fail(ret, r, "cannot write to %s: %s", f->path, strerror(-r));
	ret->taken = len;
	return 0;
}

const struct output_driver output_file = {.name = "file", .open = file_open, .send = file_send, .close = file_close};
