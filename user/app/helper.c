/* SPDX-License-Identifier: MIT */
#include "app/helper.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define ABOVE 64 /* of what they are to be */

void helper_begin(const char *name, const int *fds, size_t len) {
	static const int ignored[] = {SIGINT, SIGTERM, SIGHUP, SIGPIPE};
	int moved[HELPER_FDS_MAX], null = open("/dev/null", O_RDWR | O_CLOEXEC);
	for (size_t i = 0; i < sizeof(ignored) / sizeof(*ignored); i++)
		signal(ignored[i], SIG_IGN);
	prctl(PR_SET_NAME, name);
	if (len > HELPER_FDS_MAX)
		_exit(1);
	for (size_t i = 0; i < len; i++)
		moved[i] = fcntl(fds[i] < 0 ? null : fds[i], F_DUPFD, ABOVE);
	for (size_t i = 0; i < len; i++)
		if (dup2(moved[i], (int)i) < 0)
			_exit(1);
	close_range((unsigned int)len, ~0u, 0);
}

/* One that somebody has stopped would not notice that its channel has ended. */
void helper_end(pid_t pid) {
	if (pid <= 0)
		return;
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}
