/*
 * A library to preload, that kills the process (SIGKILL, nothing is flushed or tidied) right before
 * the N-th call that changes something on disk, so that a test can sweep over all such points.
 *
 *   KILL_AT=N           before the N-th counted call, from 1; 0 or absent: never
 *   KILL_CALLS=a,b      counts only these calls; absent: all
 *   KILL_LOG=FILE       appends the name of each counted call, a line each
 *   FAIL_CALL=a:NUMBER  this call fails always, with that errno
 *   FAIL_AT=N:NUMBER    the N-th counted call fails, with that errno
 *
 * Calls: create (open for creating, fopen for writing), mkdir, write (of any kind, stdio as well),
 * fsync, rename, renameat2, unlink, truncate.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

static _Atomic long counted;

/* The C library's own, behind ours. */
static void *next(const char *name)
{
    void *found = dlsym(RTLD_NEXT, name);

    if (found == NULL)
        abort();
    return found;
}

/* Whether the call stands in the comma-separated list. */
static bool is_listed(const char *list, const char *call)
{
    size_t size = strlen(call);

    for (const char *at = list; at != NULL; at = strchr(at, ',')) {
        at += *at == ',';
        if (strncmp(at, call, size) == 0 && (at[size] == ',' || at[size] == '\0'))
            return true;
    }
    return false;
}

static void log_call(const char *path, const char *call)
{
    /* By system call: the C library's are ours. */
    long fd = syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CREAT | O_APPEND, 0644);

    if (fd < 0)
        return;
    syscall(SYS_write, fd, call, strlen(call));
    syscall(SYS_write, fd, "\n", 1);
    syscall(SYS_close, fd);
}

/* Counts, kills when it is time; the errno to fail with, or 0. */
static int reach(const char *call)
{
    const char *at = getenv("KILL_AT");
    const char *calls = getenv("KILL_CALLS");
    const char *log = getenv("KILL_LOG");
    const char *fail = getenv("FAIL_CALL");
    const char *fail_at = getenv("FAIL_AT");
    size_t size = strlen(call);
    long number;

    if (fail != NULL && strncmp(fail, call, size) == 0 && fail[size] == ':')
        return (int)strtol(fail + size + 1, NULL, 10);
    if (calls != NULL && !is_listed(calls, call))
        return 0;
    number = atomic_fetch_add(&counted, 1) + 1;
    if (log != NULL)
        log_call(log, call);
    if (at != NULL && strtol(at, NULL, 10) == number)
        kill(getpid(), SIGKILL);
    if (fail_at != NULL && strtol(fail_at, NULL, 10) == number)
        return (int)strtol(strchr(fail_at, ':') + 1, NULL, 10);
    return 0;
}

static bool fails(const char *call)
{
    int number = reach(call);

    if (number != 0)
        errno = number;
    return number != 0;
}

#define FORWARD(call, failure, name, type, ...)                                                    \
    if (fails(call))                                                                               \
        return (failure);                                                                          \
    return ((type)next(name))(__VA_ARGS__)

static bool creates(int flags)
{
    return (flags & O_CREAT) != 0 || (flags & O_TMPFILE) == O_TMPFILE;
}

typedef int open_call(const char *, int, ...);
typedef int openat_call(int, const char *, int, ...);

static int forward_open(const char *name, const char *path, int flags, mode_t mode)
{
    if (creates(flags) && fails("create"))
        return -1;
    return ((open_call *)next(name))(path, flags, mode);
}

static int forward_openat(const char *name, int fd, const char *path, int flags, mode_t mode)
{
    if (creates(flags) && fails("create"))
        return -1;
    return ((openat_call *)next(name))(fd, path, flags, mode);
}

static mode_t mode_of(int flags, va_list arguments)
{
    return creates(flags) ? va_arg(arguments, mode_t) : 0;
}

int open(const char *path, int flags, ...)
{
    va_list arguments;
    mode_t mode;

    va_start(arguments, flags);
    mode = mode_of(flags, arguments);
    va_end(arguments);
    return forward_open("open", path, flags, mode);
}

int open64(const char *path, int flags, ...)
{
    va_list arguments;
    mode_t mode;

    va_start(arguments, flags);
    mode = mode_of(flags, arguments);
    va_end(arguments);
    return forward_open("open64", path, flags, mode);
}

int openat(int fd, const char *path, int flags, ...)
{
    va_list arguments;
    mode_t mode;

    va_start(arguments, flags);
    mode = mode_of(flags, arguments);
    va_end(arguments);
    return forward_openat("openat", fd, path, flags, mode);
}

int openat64(int fd, const char *path, int flags, ...)
{
    va_list arguments;
    mode_t mode;

    va_start(arguments, flags);
    mode = mode_of(flags, arguments);
    va_end(arguments);
    return forward_openat("openat64", fd, path, flags, mode);
}

typedef FILE *fopen_call(const char *, const char *);

static FILE *forward_fopen(const char *name, const char *path, const char *mode)
{
    if (mode[0] != 'r' && fails("create"))
        return NULL;
    return ((fopen_call *)next(name))(path, mode);
}

FILE *fopen(const char *path, const char *mode)
{
    return forward_fopen("fopen", path, mode);
}

FILE *fopen64(const char *path, const char *mode)
{
    return forward_fopen("fopen64", path, mode);
}

/* Standard error and output are no books. */
static bool is_terminal_stream(FILE *file)
{
    return file == stderr || file == stdout;
}

typedef size_t fwrite_call(const void *, size_t, size_t, FILE *);

size_t fwrite(const void *bytes, size_t size, size_t count, FILE *file)
{
    if (!is_terminal_stream(file) && fails("write"))
        return 0;
    return ((fwrite_call *)next("fwrite"))(bytes, size, count, file);
}

typedef int fclose_call(FILE *);

int fclose(FILE *file)
{
    if (!is_terminal_stream(file) && fails("write"))
        return EOF;
    return ((fclose_call *)next("fclose"))(file);
}

typedef ssize_t write_call(int, const void *, size_t);

ssize_t write(int fd, const void *bytes, size_t size)
{
    if (fd <= STDERR_FILENO)
        return ((write_call *)next("write"))(fd, bytes, size);
    FORWARD("write", -1, "write", write_call *, fd, bytes, size);
}

typedef ssize_t pwrite_call(int, const void *, size_t, off_t);

ssize_t pwrite(int fd, const void *bytes, size_t size, off_t offset)
{
    FORWARD("write", -1, "pwrite", pwrite_call *, fd, bytes, size, offset);
}

typedef ssize_t writev_call(int, const struct iovec *, int);

ssize_t writev(int fd, const struct iovec *parts, int count)
{
    FORWARD("write", -1, "writev", writev_call *, fd, parts, count);
}

typedef int fd_call(int);

int fsync(int fd)
{
    FORWARD("fsync", -1, "fsync", fd_call *, fd);
}

int fdatasync(int fd)
{
    FORWARD("fsync", -1, "fdatasync", fd_call *, fd);
}

typedef int rename_call(const char *, const char *);
typedef int renameat_call(int, const char *, int, const char *);
typedef int renameat2_call(int, const char *, int, const char *, unsigned);

int rename(const char *from, const char *to)
{
    FORWARD("rename", -1, "rename", rename_call *, from, to);
}

int renameat(int from_fd, const char *from, int to_fd, const char *to)
{
    FORWARD("rename", -1, "renameat", renameat_call *, from_fd, from, to_fd, to);
}

int renameat2(int from_fd, const char *from, int to_fd, const char *to, unsigned flags)
{
    FORWARD("renameat2", -1, "renameat2", renameat2_call *, from_fd, from, to_fd, to, flags);
}

typedef int path_call(const char *);
typedef int unlinkat_call(int, const char *, int);

int unlink(const char *path)
{
    FORWARD("unlink", -1, "unlink", path_call *, path);
}

int unlinkat(int fd, const char *path, int flags)
{
    FORWARD("unlink", -1, "unlinkat", unlinkat_call *, fd, path, flags);
}

typedef int mkdir_call(const char *, mode_t);
typedef int mkdirat_call(int, const char *, mode_t);

int mkdir(const char *path, mode_t mode)
{
    FORWARD("mkdir", -1, "mkdir", mkdir_call *, path, mode);
}

int mkdirat(int fd, const char *path, mode_t mode)
{
    FORWARD("mkdir", -1, "mkdirat", mkdirat_call *, fd, path, mode);
}

typedef int ftruncate_call(int, off_t);

int ftruncate(int fd, off_t size)
{
    FORWARD("truncate", -1, "ftruncate", ftruncate_call *, fd, size);
}
