/* SPDX-License-Identifier: MIT */
#include "capture/explain.h"

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/file.h"

#include <bpf/libbpf.h>

#include <errno.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SAID_MAX (16 * 1024 * 1024)
#define LOG_LINES 20
#define BTF_PATH "/sys/kernel/btf/vmlinux"

static struct buf said;

static int keep(enum libbpf_print_level level, const char *format, va_list args) {
	_cleanup_free_ char *text = NULL;
	int n = level == LIBBPF_DEBUG || said.len > SAID_MAX ? 0 : vasprintf(&text, format, args);
	if (n > 0)
		buf_append(&said, text, (size_t)n);
	return n;
}

void explain_begin(void) {
	libbpf_set_print(keep);
}

void explain_end(void) {
	libbpf_set_print(NULL);
	buf_release(&said);
}

static bool is_locked_down(void) {
	_cleanup_(buf_release) struct buf b = {0};
	if (file_read("/sys/kernel/security/lockdown", 4096, &b) || buf_append(&b, "", 1))
		return false;
	return strstr(b.data, "[confidentiality]");
}

static bool has_btf(void) {
	struct stat st;
	return !access(BTF_PATH, R_OK) && !stat(BTF_PATH, &st) && st.st_size > 0;
}

/* The program that libbpf named in its complaint. */
static bool refused_program(char *ret, size_t size) {
	static const char before[] = "prog '", after[] = "': BPF program load failed";
	const char *end = said.len ? strstr(said.data, after) : NULL, *start = end;
	if (!end)
		return false;
	while (start > said.data && start[-1] != '\'')
		start--;
	if ((size_t)(start - said.data) < strlen(before))
		return false;
	snprintf(ret, size, "%.*s", (int)(end - start), start);
	return true;
}

static void say_log(struct diags *ret_diags) {
	const char *lines[LOG_LINES];
	size_t n = 0;
	for (char *save = NULL, *line = strtok_r(said.data, "\n", &save); line; line = strtok_r(NULL, "\n", &save))
		lines[n++ % LOG_LINES] = line;
	for (size_t i = n > LOG_LINES ? n - LOG_LINES : 0; i < n; i++)
		diags_say(ret_diags, "kernel: %s", lines[i % LOG_LINES]);
}

void explain_failure(int error, bool verifier_log, struct diags *ret_diags) {
	char program[64];
	if (said.len && buf_append(&said, "", 1))
		buf_wipe(&said);
	if (error == -EPERM && geteuid() != 0)
		diags_say(ret_diags, "watching needs root, or the capabilities BPF, PERFMON and SYS_RESOURCE: "
		                     "try again with sudo");
	else if (is_locked_down())
		diags_say(ret_diags, "the kernel is locked down (confidentiality): it lets nobody read what programs write; "
		                     "boot with lockdown=integrity or without Secure Boot's lockdown");
	else if (!has_btf())
		diags_say(ret_diags, "this kernel does not describe its types (BTF) in " BTF_PATH ": it needs to be built with "
		                     "CONFIG_DEBUG_INFO_BTF, as kernels of Debian 11 and later are");
	else if (error == -ENOTSUP)
		diags_say(ret_diags, "--hook tracepoint needs Linux 5.15 or newer: --hook raw sees the same here");
	else if (said.len && strstr(said.data, "tail_calls are not allowed"))
		diags_say(ret_diags,
		          "this kernel runs no BPF program that both calls functions and goes on in another program: "
		          "on arm64, Linux 6.0 is the first that does; use a newer kernel");
	else if (error != -EPERM && refused_program(program, sizeof(program)))
		diags_say(ret_diags, "the kernel refused the program '%s': %s%s", program, strerror(-error),
		          verifier_log ? "" : "; -v shows what it objected to");
	else if (error == -EPERM || error == -EACCES)
		diags_say(ret_diags,
		          "the kernel did not permit watching (%s): a container needs the capabilities BPF, PERFMON "
		          "and SYS_RESOURCE, and a seccomp profile that lets bpf(2) and perf_event_open(2) through",
		          strerror(-error));
	else if (error == -ENOMEM)
		diags_say(ret_diags,
		          "the kernel has no room for the ring and the tables, 40 MiB with a ring of 16 MiB: allow more "
		          "(memory.max of the cgroup, MemoryMax= of the unit), or choose a smaller --ring-size");
	else if (error == -EMFILE || error == -ENFILE)
		diags_say(ret_diags, "too many files are open: watching opens about a hundred; allow more (ulimit -n 1024, "
		                     "LimitNOFILE= of the unit)");
	else if (error == -ENOSYS)
		diags_say(ret_diags, "there is no bpf(2) here: a sandbox with a kernel of its own, or a seccomp profile, keeps "
		                     "it away; watch from the host");
	else
		diags_say(ret_diags, "the kernel refused to be watched, for a reason that is not known (%s)%s",
		          strerror(-error), verifier_log ? "" : "; run and watch with -v show what it said");
	if (verifier_log && said.len)
		say_log(ret_diags);
}
