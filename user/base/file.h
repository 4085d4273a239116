/* SPDX-License-Identifier: MIT */
/* Whole files, and outputs that exist complete or not at all. Errors are -errno. */
#ifndef BASE_FILE_H
#define BASE_FILE_H

#include <stddef.h>
#include <sys/types.h>

struct buf;
struct stat;

/* Appends the file's bytes to ret. -EFBIG beyond max_bytes. */
int file_read(const char *path, size_t max_bytes, struct buf *ret);
/* The same of a file that is open. */
int file_read_fd(int fd, size_t max_bytes, struct buf *ret);
/* So many bytes. -EBADMSG: it ends before. */
int file_read_exactly(int fd, void *p, size_t len);
/* Temporary file beside path, fsync, rename. An existing path is replaced, never half-written. */
int file_write_atomic(const char *path, const void *p, size_t len, mode_t mode);
/* Same for a file that a user has named: what is no regular file, such as /dev/null or a terminal, is written
 * to, also through a link of root's or our own, such as /dev/stdout; another's link is replaced. */
int file_write_document(const char *path, const void *p, size_t len, mode_t mode);
/* For lines at the end of a file, which is made with 0600. No link is followed, and of a file that has other names
 * nothing is written: -ELOOP, -EMLINK. More flags of open(2) may be given. */
int file_open_append(const char *path, int flags);
/* Which file a link below /proc leads to: type, inode and device, as far as the kernel knows them. The server of a
 * network or FUSE file system is not asked: it may never answer, and who waits for it cannot even be killed. */
int file_identify(const char *path, struct stat *ret);
/* mkdir -p with mode for what is made; an existing directory is left as it is. */
int file_mkdirs(const char *path, mode_t mode);
/* Where the file of that name lies: with a slash at its end. malloced; NULL without memory. */
char *file_folder(const char *path);
/* write(2) until all is out: 0 or -errno. */
int file_write_all(int fd, const void *p, size_t len);

#endif
