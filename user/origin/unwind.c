/* SPDX-License-Identifier: MIT */
#include "origin/unwind.h"

#include "base/cleanup.h"
#include "origin/frame_name.h"

#include <elfutils/libdwfl.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

/* What is being unwound: one stack a process, and libdwfl's finder of files has no place for an argument. */
static struct unwinder {
	const struct origin_stack *stack;
	int folder; /* of the process; -1: it has gone */
	char *maps;
	size_t maps_len;
	Dwfl *dwfl;
	struct frame_namer *namer;
} unwinder;

/* A line of /proc/PID/maps. */
struct mapping {
	uint64_t start, end, inode;
	unsigned int major, minor;
	char path[4096];
};

static bool find_mapping(uint64_t address, struct mapping *ret) {
	const char *end = unwinder.maps + unwinder.maps_len;
	for (const char *line = unwinder.maps, *next; line < end; line = next + 1) {
		char text[4352];
		next = memchr(line, '\n', (size_t)(end - line));
		if (!next)
			break;
		snprintf(text, sizeof(text), "%.*s", (int)(next - line), line);
		ret->path[0] = 0;
		if (sscanf(text, "%" SCNx64 "-%" SCNx64 " %*s %*x %x:%x %" SCNu64 " %4095[^\n]", &ret->start, &ret->end,
		           &ret->major, &ret->minor, &ret->inode, ret->path) >= 5 &&
		    address >= ret->start && address < ret->end)
			return true;
	}
	return false;
}

/* A regular file and nothing that could hang; of the mapping, if one is given. */
static int open_regular(int folder, const char *path, const struct mapping *want) {
	struct stat st;
	_cleanup_close_ int fd = openat(folder, path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -EINVAL;
	if (want && (st.st_ino != want->inode || st.st_dev != makedev(want->major, want->minor)))
		return -ESTALE;
	return take_fd(&fd);
}

/*
 * The very file that is mapped, deleted or in another mount namespace as it may be, where we may ask for that (it takes
 * CAP_CHECKPOINT_RESTORE, Linux 5.9, or CAP_SYS_ADMIN); else the program of the process, or what stands at the path in
 * its root, or in ours once it has gone, if that is the same file.
 */
static int open_mapped(const struct mapping *m) {
	char path[PATH_MAX];
	int folder = unwinder.folder, fd = -ESRCH;
	snprintf(path, sizeof(path), "map_files/%" PRIx64 "-%" PRIx64, m->start, m->end);
	if (folder >= 0)
		fd = open_regular(folder, path, NULL);
	if (fd < 0 && folder >= 0)
		fd = open_regular(folder, "exe", m);
	if (fd < 0 && folder >= 0 && snprintf(path, sizeof(path), "root%s", m->path) < (int)sizeof(path))
		fd = open_regular(folder, path, m);
	return fd >= 0 ? fd : open_regular(AT_FDCWD, m->path, m);
}

static int find_elf(Dwfl_Module *module, void **data, const char *name, Dwarf_Addr base, char **ret_name,
                    Elf **ret_elf) {
	(void)module, (void)data, (void)ret_elf;
	struct mapping m;
	if (name[0] != '/' || !find_mapping(base, &m))
		return -1;
	int fd = open_mapped(&m);
	if (fd >= 0)
		*ret_name = strdup(name);
	return fd;
}

/* Nobody looks for lines of the C library: its debug information, where there is any, takes longer than all else. */
static int find_debuginfo(Dwfl_Module *module, void **data, const char *name, Dwarf_Addr base, const char *file,
                          const char *link, GElf_Word crc, char **ret_name) {
	if (file && frame_file_is_library(file))
		return -1;
	return dwfl_standard_find_debuginfo(module, data, name, base, file, link, crc, ret_name);
}

static pid_t next_thread(Dwfl *dwfl, void *arg, void **ret_thread) {
	(void)dwfl;
	if (*ret_thread)
		return 0;
	*ret_thread = arg;
	return unwinder.stack->tid;
}

static bool read_stack(Dwfl *dwfl, Dwarf_Addr address, Dwarf_Word *ret, void *arg) {
	const struct origin_stack *s = arg;
	(void)dwfl;
	if (address < s->from || address - s->from > s->len || s->len - (address - s->from) < sizeof(*ret))
		return false;
	memcpy(ret, s->bytes + (address - s->from), sizeof(*ret));
	return true;
}

static bool set_registers(Dwfl_Thread *thread, void *arg) {
	const struct origin_stack *s = arg;
	Dwarf_Word registers[ORIGIN_REGISTERS];
	for (int i = 0; i < ORIGIN_REGISTERS; i++)
		registers[i] = s->registers[i];
#if defined(__aarch64__)
	dwfl_thread_state_register_pc(thread, registers[ORIGIN_REGISTERS - 1]);
	return dwfl_thread_state_registers(thread, 0, ORIGIN_REGISTERS - 1, registers);
#else
	return dwfl_thread_state_registers(thread, 0, ORIGIN_REGISTERS, registers);
#endif
}

static int add_frame(Dwfl_Frame *frame, void *arg) {
	Dwarf_Addr pc;
	bool exact;
	(void)arg;
	if (!dwfl_frame_pc(frame, &pc, &exact) || !pc)
		return DWARF_CB_ABORT;
	/* A return address may be the next function's, or nobody's. */
	Dwarf_Addr in = exact ? pc : pc - 1;
	/* libdwfl gives memory between two files to the first of them. */
	struct mapping m;
	bool in_file = find_mapping(in, &m) && (m.path[0] == '/' || !strcmp(m.path, "[vdso]"));
	return frame_name(unwinder.namer, in_file ? unwinder.dwfl : NULL, in, pc) ? DWARF_CB_OK : DWARF_CB_ABORT;
}

static int report_modules(void) {
	_cleanup_fclose_ FILE *maps = unwinder.maps_len ? fmemopen(unwinder.maps, unwinder.maps_len, "r") : NULL;
	dwfl_report_begin(unwinder.dwfl);
	int r = maps ? dwfl_linux_proc_maps_report(unwinder.dwfl, maps) : -1;
	dwfl_report_end(unwinder.dwfl, NULL, NULL);
	return r;
}

void unwind_stack(const struct origin_stack *stack, char *maps, size_t maps_len, struct origin *ret) {
	static const Dwfl_Callbacks files = {.find_elf = find_elf, .find_debuginfo = find_debuginfo};
	static const Dwfl_Thread_Callbacks threads = {
	    .next_thread = next_thread, .memory_read = read_stack, .set_initial_registers = set_registers};
	_cleanup_close_ int folder = process_id_open(&stack->process);
	unwinder = (struct unwinder){.stack = stack, .folder = folder, .maps = maps, .maps_len = maps_len};
	ret->incomplete = !maps_len;
	memcpy(ret->thread, stack->thread, sizeof(stack->thread));
	if (frame_namer_new(&unwinder.namer, &stack->process, folder, ret))
		return;
	unwinder.dwfl = dwfl_begin(&files);
	if (unwinder.dwfl && !report_modules() &&
	    dwfl_attach_state(unwinder.dwfl, NULL, stack->process.pid, &threads, (void *)stack))
		dwfl_getthread_frames(unwinder.dwfl, stack->tid, add_frame, NULL);
	if (!ret->frames_len)
		frame_name(unwinder.namer, NULL, stack->registers[ORIGIN_REGISTERS - 1],
		           stack->registers[ORIGIN_REGISTERS - 1]);
	if (unwinder.dwfl)
		dwfl_end(unwinder.dwfl);
	frame_namer_free(unwinder.namer);
}
