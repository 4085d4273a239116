/* SPDX-License-Identifier: MIT */
/* The filters of app/privileges.h. */
#ifndef APP_PRIVILEGES_FILTER_H
#define APP_PRIVILEGES_FILTER_H

/* Files and directories that may be read, or changed as well; of those that are missing nothing is allowed.
 * no_new_privs must be set. 0; -EOPNOTSUPP: not of this kernel; -errno. */
int privileges_landlock(const char *const *read, const char *const *write);
int privileges_seccomp(void);          /* of an agent; 0 or -errno */
int privileges_seccomp_helper(void);   /* of what works on descriptors that are open */
int privileges_seccomp_reader(void);   /* of what opens files for reading only */
int privileges_seccomp_children(void); /* of what makes children that work on what is open */

#endif
