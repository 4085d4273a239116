/* SPDX-License-Identifier: MIT */
#include "app/privileges.h"

#include "app/privileges_filter.h"
#include "base/capabilities.h"
#include "base/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <grp.h>
#include <linux/capability.h>
#include <pwd.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#define OPEN_AT_ONCE 16
#define KEY_FILE "key" /* stays root's: it counts only if it is of whoever reads it */

static int say(struct diags *diags, const char *what, int r) {
	diags_say(diags, "rights cannot be given up: %s: %s", what, strerror(-r));
	return r;
}

static const struct passwd *find_user(const char *name) {
	const struct passwd *user = name ? getpwnam(name) : getpwnam("logspill");
	return user || name ? user : getpwnam("nobody");
}

int privileges_check_user(const char *name, struct diags *ret_diags) {
	if (geteuid() != 0 || find_user(name))
		return 0;
	diags_say(ret_diags, "there is no user %s to run as: name one in the configuration (user: NAME)",
	          name ? name : "nobody");
	return -EINVAL;
}

static const struct passwd *new_owner; /* nftw() hands nothing on */

static int own_one(const char *path, const struct stat *st, int type, struct FTW *at) {
	(void)st;
	if (type == FTW_F && at->level == 1 && !strcmp(path + at->base, KEY_FILE))
		return 0;
	_cleanup_close_ int fd = open(path, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	struct stat opened;
	if (fd < 0 || fstat(fd, &opened) < 0)
		return -1;
	/* Who could write here until now may have given a file of root's a name here: it stays root's. */
	if (S_ISREG(opened.st_mode) && opened.st_nlink > 1)
		return 0;
	return fchownat(fd, "", new_owner->pw_uid, new_owner->pw_gid, AT_EMPTY_PATH) < 0 ? -1 : 0;
}

static int own(const char *const *directories, const struct passwd *user) {
	new_owner = user;
	for (size_t i = 0; directories && directories[i]; i++)
		if (nftw(directories[i], own_one, OPEN_AT_ONCE, FTW_PHYS | FTW_MOUNT) < 0 && errno != ENOENT)
			return -errno;
	return 0;
}

/* PR_SET_KEEPCAPS: those that are to stay would go with root. */
static int become(const struct privileges_options *o, struct diags *diags) {
	if (geteuid() != 0)
		return 0;
	static const struct passwd nobody = {.pw_uid = 65534, .pw_gid = 65534};
	const struct passwd *user = find_user(o->user);
	if (!user && o->keep == PRIVILEGES_KEEP_READING) /* of a container, say, that knows no users */
		user = &nobody;
	if (!user)
		return privileges_check_user(o->user, diags);
	int r = own(o->own, user);
	if (r)
		return say(diags, "giving the state directory to the user", r);
	capabilities_empty_bounding_set();
	if (prctl(PR_SET_KEEPCAPS, 1) < 0 || setgroups(0, NULL) < 0 ||
	    setresgid(user->pw_gid, user->pw_gid, user->pw_gid) < 0 ||
	    setresuid(user->pw_uid, user->pw_uid, user->pw_uid) < 0)
		return say(diags, "becoming the user", -errno);
	return 0;
}

/* What has been captured shall lie on no disk: in no core, and where it is allowed in no swap. */
static int keep_memory(enum privileges_keep keep, struct diags *diags) {
	const struct rlimit none = {0, 0}, all = {RLIM_INFINITY, RLIM_INFINITY};
	if (setrlimit(RLIMIT_CORE, &none) < 0)
		return say(diags, "core dumps", -errno);
	if (keep < PRIVILEGES_KEEP_READING && !setrlimit(RLIMIT_MEMLOCK, &all))
		(void)mlockall(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT);
	return 0;
}

static int drop_capabilities(enum privileges_keep keep) {
	static const unsigned int kept[] = {CAP_SYS_PTRACE, CAP_DAC_READ_SEARCH, CAP_CHECKPOINT_RESTORE};
	static const size_t lens[] = {[PRIVILEGES_KEEP_NAMING] = 2, [PRIVILEGES_KEEP_READING] = 3};
	return capabilities_keep(kept, keep < sizeof(lens) / sizeof(*lens) ? lens[keep] : 0);
}

static int confine(const struct privileges_options *o, struct diags *diags) {
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return say(diags, "no_new_privs", -errno);
	bool looks_at_others = o->keep == PRIVILEGES_KEEP_NAMING || o->keep == PRIVILEGES_KEEP_READING;
	int r = !looks_at_others ? privileges_landlock(o->read, o->write) : 0;
	if (r == -EOPNOTSUPP) {
		diags_say(diags, "this kernel has no Landlock: files are guarded by their modes alone");
		r = 0;
	}
	if (r)
		return say(diags, "Landlock", r);
	r = drop_capabilities(o->keep);
	if (r)
		return say(diags, "capabilities", r);
	/* A change of the user makes a process dumpable again. */
	if (prctl(PR_SET_DUMPABLE, 0) < 0)
		return say(diags, "dumping", -errno);
	r = o->keep == PRIVILEGES_KEEP_DESCRIPTORS ? privileges_seccomp_helper()
	    : o->keep == PRIVILEGES_KEEP_CHILDREN  ? privileges_seccomp_children()
	    : o->keep == PRIVILEGES_KEEP_READING   ? privileges_seccomp_reader()
	                                           : privileges_seccomp();
	return r ? say(diags, "the list of system calls", r) : 0;
}

int privileges_drop(const struct privileges_options *o, struct diags *ret_diags) {
	int r = keep_memory(o->keep, ret_diags);
	if (!r)
		r = become(o, ret_diags);
	return r ? r : confine(o, ret_diags);
}

int privileges_confine_reader(void) {
	_cleanup_(diags_release) struct diags diags = {0};
	return privileges_drop(&(struct privileges_options){.keep = PRIVILEGES_KEEP_READING}, &diags);
}
