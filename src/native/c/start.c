/*
 * The part of the native flavour that is C: what must be done before the Java runtime starts or where no Java may run, and the functions of the C library that
 * stepdown calls. It is linked statically, so that nothing is searched for at run time, and what LD_PRELOAD names runs in the product alone.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

enum { REFUSED = 125, SIGNALLED = 128 };

/* glibc has them, and its headers leave them to libcap */
int capget(void *header, void *data);
int capset(void *header, const void *data);

#define CALLED(f) \
    f(capget) f(capset) f(close) f(close_range) f(execve) f(faccessat) f(fchmod) f(fchmodat) f(fchown) f(fchownat) f(fcntl) f(fstatfs) f(fsync) \
    f(getdents64) f(getgroups) f(getpid) f(getresgid) f(getresuid) f(getxattr) f(isatty) f(kill) f(mkdirat) f(openat) f(prctl) f(prlimit) f(read) \
    f(readlinkat) f(renameat) f(setgid) f(setgroups) f(setuid) f(sigaction) f(sigprocmask) f(statx) f(symlinkat) f(syscall) f(unlinkat) f(waitpid) f(write)
#define ENTRY(name) {#name, (void (*)(void)) name},

static const struct {
    const char *name;
    void (*address)(void);
} functions[] = {CALLED(ENTRY)};

static struct rlimit files;

/* The address of a C function, or NULL where it is not one of the above. */
void (*stepdown_function(const char *name))(void)
{
    for (size_t i = 0; i < sizeof functions / sizeof *functions; i++) {
        if (strcmp(functions[i].name, name) == 0) {
            return functions[i].address;
        }
    }
    return NULL;
}

/* Calls one of them: its result, or the negative errno where that is -1, so that nothing can come between the call and its errno. */
long stepdown_call(long (*function)(long, long, long, long, long, long), long a, long b, long c, long d, long e, long f)
{
    long result = function(a, b, c, d, e, f);
    return (int) result == -1 ? -(long) errno : result;
}

/* The runtime raises the soft limit of open files to the hard one, for itself and for whatever it becomes. */
int stepdown_restore_limit(void)
{
    return setrlimit(RLIMIT_NOFILE, &files);
}

static void refuse(const char *line)
{
    if (write(STDERR_FILENO, line, strlen(line)) < 0) {
        _exit(REFUSED);
    }
    _exit(REFUSED);
}

static void end(int signal)
{
    _exit(SIGNALLED + signal);
}

/* Without a handler process 1 never gets them, and a handler in Java would need a thread. Ignored ones stay ignored. */
static void obey(int signal)
{
    struct sigaction action;
    if (sigaction(signal, NULL, &action) != 0) {
        refuse("ERROR stepdown - sigaction: the product was not started\n");
    }
    if (action.sa_handler == SIG_DFL) {
        action.sa_handler = end;
        if (sigaction(signal, &action, NULL) != 0) {
            refuse("ERROR stepdown - sigaction: the product was not started\n");
        }
    }
}

__attribute__((constructor)) static void start(void)
{
    obey(SIGHUP);
    obey(SIGINT);
    obey(SIGTERM);
    /* In the place of a closed one the runtime would open its own file. */
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
        if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_RDWR) != fd) {
            refuse("ERROR stepdown - a standard stream was closed and /dev/null could not be opened in its place\n");
        }
    }
    /* The runtime finds its own file there, and says nothing helpful where it cannot. */
    if (access("/proc/self/maps", R_OK) != 0) {
        refuse("ERROR stepdown - /proc is not mounted: stepdown cannot read what it was given; mount it (a container engine does)\n");
    }
    if (getrlimit(RLIMIT_NOFILE, &files) != 0) {
        refuse("ERROR stepdown - getrlimit: the product was not started\n");
    }
}
