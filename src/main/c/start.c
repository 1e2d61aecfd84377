/*
 * The first program of both flavours: what must be done before a Java runtime exists, or where none may run yet. It is static, so that no dynamic linker and no
 * shell come before it, and it takes nothing from the environment.
 *
 * JVM flavour: main() becomes the Java runtime beside it, with an environment and with options of its own making.
 * Native flavour (STEPDOWN_NATIVE): linked into the one file that there is, whose runtime starts when start() is through.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/capability.h>
#include <linux/magic.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <sys/xattr.h>
#include <unistd.h>

enum { REFUSED = 125, FIRST = 3 };

static const char CANNOT_READ_PROC[] = "/proc is not mounted: stepdown cannot read what it was given; mount it (a container engine does)";

/* One line on stderr, in printable ASCII, and the end of the start. */
__attribute__((noreturn, format(printf, 1, 2))) static void refuse(const char *format, ...)
{
    char message[1024];
    char line[4 * sizeof message + 32] = "ERROR stepdown - ";
    va_list values;
    va_start(values, format);
    vsnprintf(message, sizeof message, format, values);
    va_end(values);
    char *end = line + strlen(line);
    for (const unsigned char *c = (const unsigned char *) message; *c != '\0'; c++) {
        end += sprintf(end, *c < ' ' || *c > '~' ? "\\x%02x" : "%c", *c);
    }
    *end++ = '\n';
    /* The exit status counts, whether or not somebody reads the line: a broken pipe or a limit of file size must not end this otherwise. */
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN);
    for (const char *at = line; at < end;) {
        ssize_t written = write(STDERR_FILENO, at, (size_t) (end - at));
        if (written <= 0) {
            break;
        }
        at += written;
    }
    _exit(REFUSED);
}

#ifdef STEPDOWN_NATIVE
static void do_nothing(int signal)
{
    (void) signal;
}
#endif

/*
 * TERM, INT, HUP and QUIT stay pending until stepdown looks for them, between two steps: a blocked signal is kept even for process 1, and over execve (signal(7)).
 * One that is ignored must stay so until the product runs, and a blocked one would become pending all the same.
 * What a write that fails sends (PIPE, XFSZ) is no end of a start.
 */
static void hold_signals(void)
{
    static const int ending[] = {SIGTERM, SIGINT, SIGHUP, SIGQUIT};
    sigset_t held;
    sigemptyset(&held);
    for (size_t i = 0; i < sizeof ending / sizeof *ending; i++) {
        struct sigaction action;
        if (sigaction(ending[i], NULL, &action) != 0) {
            refuse("sigaction: %s: the product was not started", strerror(errno));
        }
        if (action.sa_handler != SIG_IGN) {
            sigaddset(&held, ending[i]);
        }
    }
    if (sigprocmask(SIG_BLOCK, &held, NULL) != 0) {
        refuse("sigprocmask: %s: the product was not started", strerror(errno));
    }
#ifdef STEPDOWN_NATIVE
    /* A broken pipe or a limit of file size is to fail the call and no more, as under the JVM, which has such handlers. At execve they are gone. */
    struct sigaction nothing = {.sa_handler = do_nothing, .sa_flags = SA_RESTART};
    if (sigaction(SIGPIPE, &nothing, NULL) != 0 || sigaction(SIGXFSZ, &nothing, NULL) != 0) {
        refuse("sigaction: %s: the product was not started", strerror(errno));
    }
#endif
}

/* A file that is set-id, or a caller that changed half of its ids: what such a process may do is not what its parts suggest. */
static void refuse_mixed_ids(void)
{
    uid_t uids[3];
    gid_t gids[3];
    if (getresuid(&uids[0], &uids[1], &uids[2]) != 0 || getresgid(&gids[0], &gids[1], &gids[2]) != 0) {
        refuse("getresuid: %s: the product was not started", strerror(errno));
    }
    if (uids[0] != uids[1] || uids[0] != uids[2] || gids[0] != gids[1] || gids[0] != gids[2]) {
        refuse("stepdown was started set-id (real, effective and saved user ids %u, %u, %u, group ids %u, %u, %u): start it with one of each, from files without set-id bits",
               uids[0], uids[1], uids[2], gids[0], gids[1], gids[2]);
    }
}

/*
 * One outside the root folder came with a leaked descriptor (CVE-2024-21626): what is relative there is the host's. The C library's own getcwd would look for
 * another way to it.
 */
static void demand_working_directory(void)
{
    char folder[PATH_MAX + 1];
    long length = syscall(SYS_getcwd, folder, PATH_MAX);
    if (length < 0 && errno == ENOENT) {
        refuse("the working directory has been removed: set WORKDIR or --workdir to one that is there");
    }
    if (length <= 0) {
        refuse("getcwd: %s: set WORKDIR or --workdir to a folder that has a path", strerror(errno));
    }
    if (folder[0] != '/') {
        refuse("the working directory %s is outside the container's root: set WORKDIR or --workdir to one inside", folder);
    }
}

/* In the place of a closed one a runtime would open a file of its own. */
static void open_closed_streams(void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
        if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_RDWR) != fd) {
            refuse("descriptor %d was closed and /dev/null could not be opened in its place: mount /dev (a container engine does)", fd);
        }
    }
}

/* What was executed, without links, whatever it was called by. */
static void find_self(char self[static PATH_MAX])
{
    static const char DELETED[] = " (deleted)";
    struct statfs proc;
    if (statfs("/proc", &proc) != 0 || proc.f_type != PROC_SUPER_MAGIC) {
        refuse("%s", CANNOT_READ_PROC);
    }
    ssize_t length = readlink("/proc/self/exe", self, PATH_MAX);
    if (length <= 0 || length >= PATH_MAX || self[0] != '/') {
        refuse("stepdown cannot find itself by /proc/self/exe: is /proc that of this container, and its path shorter than %d bytes?", PATH_MAX);
    }
    self[length] = '\0';
    for (const char *c = self; *c != '\0'; c++) {
        if (*c == ':' || (unsigned char) *c < ' ' || *c == 0x7f) {
            refuse("stepdown's own path %s contains a colon or a control character: install it in a folder without", self);
        }
    }
    size_t tail = sizeof DELETED - 1;
    if ((size_t) length > tail && strcmp(self + length - tail, DELETED) == 0) {
        refuse("stepdown's own file %s has been removed or replaced: start it anew", self);
    }
}

static void demand_roots(const char *path, const struct stat *status)
{
    if (status->st_uid != 0 || (status->st_mode & (S_IWGRP | S_IWOTH)) != 0) {
        refuse("%s can be written by others than root (owner %u, mode %o), and root would run what is there: install stepdown with COPY --chown=0:0 --chmod=go-w, below folders that are root's",
               path, status->st_uid, status->st_mode & 07777);
    }
    if (S_ISREG(status->st_mode) && (status->st_mode & (S_ISUID | S_ISGID)) != 0) {
        refuse("%s is set-id (mode %o): stepdown is started by root, not made root by its file; remove the bits with chmod ug-s", path, status->st_mode & 07777);
    }
}

/* The file and every folder above it: whoever can write one of these chooses what stands under the path. */
static void demand_roots_down_to(const char *path)
{
    char part[PATH_MAX];
    for (size_t length = 0;; length++) {
        if (path[length] == '/' || path[length] == '\0') {
            struct stat status;
            memcpy(part, path, length);
            part[length] = '\0';
            if (lstat(length == 0 ? "/" : part, &status) != 0) {
                refuse("%s: %s: stepdown cannot look at what it is going to run", part, strerror(errno));
            }
            demand_roots(length == 0 ? "/" : part, &status);
        }
        if (path[length] == '\0') {
            return;
        }
        part[length] = path[length];
    }
}

/* A file that gives privileges to whoever starts it is a way to root, and its process is steered by that user. */
static void refuse_to_be_privileged_by_file(const char *self)
{
    struct stat status;
    if (lstat(self, &status) != 0) {
        refuse("%s: %s: stepdown cannot look at its own file", self, strerror(errno));
    }
    if ((status.st_mode & (S_ISUID | S_ISGID)) != 0) {
        refuse("stepdown's own file %s is set-id: root starts it, its file must make nobody root; remove the bits with chmod ug-s", self);
    }
    if (getxattr(self, "security.capability", NULL, 0) >= 0) {
        refuse("stepdown's own file %s has file capabilities: the container gives them, its file must not; remove them with setcap -r", self);
    }
    if (errno != ENODATA && errno != ENOTSUP) {
        refuse("%s: %s: stepdown cannot tell whether its own file has capabilities", self, strerror(errno));
    }
}

/* A runtime asks for the name of its user before any line of stepdown's, and waits for ever where that is asked of a FIFO. */
static void demand_regular_account_files(void)
{
    static const char *const files[] = {"/etc/passwd", "/etc/group", "/etc/nsswitch.conf"};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        struct stat status;
        if (stat(files[i], &status) == 0 && !S_ISREG(status.st_mode)) {
            refuse("%s is no regular file: put one there, or none", files[i]);
        }
    }
}

/*
 * An engine that is older than a system call may answer EPERM for it, which cannot be told from the file's own. Where the kernel is older, the C library does
 * without.
 */
static void demand_statx(void)
{
    struct statx status;
    if (statx(AT_FDCWD, "/", 0, STATX_TYPE, &status) != 0) {
        refuse("statx: %s: the container's seccomp profile is older than this system call (Linux 4.11): update the engine, or give it a profile that allows statx", strerror(errno));
    }
}

/* A second build of this file, which is never shipped, trains the AOT cache, where files may be others': in a checkout, in a user namespace of the builder's. */
#ifdef AOT_CACHE_OUTPUT
enum { TRAINING = true };
#else
enum { TRAINING = false };
#endif

/* Root runs only what is root's. */
static bool must_be_roots(void)
{
    return geteuid() == 0 && !TRAINING;
}

/* For both flavours, in this order; afterwards a runtime may start. */
static void open_the_door(char self[static PATH_MAX])
{
    hold_signals();
    open_closed_streams();
    refuse_mixed_ids();
    demand_working_directory();
    demand_statx();
    find_self(self);
    refuse_to_be_privileged_by_file(self);
    if (must_be_roots()) {
        demand_roots_down_to(self);
    }
    demand_regular_account_files();
}

#ifndef STEPDOWN_NATIVE
#include <elf.h>
#include <ftw.h>
#include <sys/resource.h>
#include <sys/wait.h>

#if defined __x86_64__
#define LOADER "/lib64/ld-linux-x86-64.so.2"
enum { MACHINE = EM_X86_64 };
#elif defined __aarch64__
#define LOADER "/lib/ld-linux-aarch64.so.1"
enum { MACHINE = EM_AARCH64 };
#else
#error "stepdown is for x86-64 and aarch64"
#endif

#ifdef AOT_CACHE_OUTPUT
#define AOT_CACHE "-XX:AOTCacheOutput=" AOT_CACHE_OUTPUT
#else
#define AOT_CACHE "-XX:AOTCache=%s/%s"
#endif

/* Below these no JVM of ours has been seen to start; a start may need more. */
enum { LEAST_THREADS = 11, LEAST_ADDRESS_SPACE = 1 << 30 };

/*
 * A start runs next to nothing often enough to be worth compiling; the code of a walk, and what it calls the kernel through, is compiled as early as usual:
 * 50 times 0.02.
 */
#define AS_EARLY_AS_USUAL(classes) "-XX:CompileCommand=CompileThresholdScaling," classes ".*::*,0.02"
#define COMPILE_LESS "-XX:CompileThresholdScaling=50", "-XX:CompileCommand=quiet", AS_EARLY_AS_USUAL("stepdown.ownership"), \
    AS_EARLY_AS_USUAL("stepdown.kernel"), AS_EARLY_AS_USUAL("com.kenai.jffi")

/*
 * The options of the runtime. One that is missing changes what the product gets, or lets something steer a JVM that is root:
 * -Xrs and DisableAttachMechanism: no handler takes a signal that is kept for later, and no socket is made for a debugger;
 * DumpPrivateMappingsInCore, DumpSharedMappingsInCore, MaxFDLimit: the core dump filter and the limit of open files stay as they were given;
 * Flags, CompileCommandFile (empty files of ours): what lies in the working directory is not looked at; UsePerfData: nothing is left in /tmp;
 * Xlog: the AOT cache may be missing, and a thread may not be had: then a start is slower, and says nothing of it.
 */
static const char *const options[] = {
    AOT_CACHE, "-Xlog:disable", "-Xlog:all=warning,aot*=off,os+thread=off:stderr", "-Xrs", "-XX:+DisableAttachMechanism",
    "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", COMPILE_LESS, "-XX:+UnlockDiagnosticVMOptions", "-XX:-AOTReplayTraining", "-XX:-UsePerfData", "-XX:-MaxFDLimit",
    "-XX:-DumpPrivateMappingsInCore", "-XX:-DumpSharedMappingsInCore", "-XX:Flags=%s/lib/empty", "-XX:CompileCommandFile=%s/lib/empty",
    "-XX:+DisplayVMOutputToStderr", "-XX:+ErrorFileToStderr", "-XX:-CreateCoredumpOnCrash", "-Xms8m", "-Xmx32m", "-Xss512k",
    "-Djffi.boot.library.path=%s/lib", "-Djnr.ffi.asm.enabled=false", "-Djdk.reflect.useNativeAccessorOnly=true", "--enable-native-access=ALL-UNNAMED",
    "-cp", "%s/lib/stepdown.jar", "stepdown.Main",
};

enum { OPTIONS = sizeof options / sizeof *options };

/* Of what the JVM runs and loads; a link counts by what it leads to, and one to a folder would bring in files that nobody looks at. */
static int look_at(const char *path, const struct stat *status, int type, struct FTW *place)
{
    (void) place;
    if (type == FTW_NS || type == FTW_DNR) {
        refuse("%s: stepdown cannot look at what it is going to run", path);
    }
    if (type == FTW_SL) {
        char target[PATH_MAX];
        if (realpath(path, target) == NULL) {
            refuse("%s: %s: stepdown cannot look at what it is going to run", path, strerror(errno));
        }
        demand_roots_down_to(target);
        struct stat led_to;
        if (stat(target, &led_to) != 0 || S_ISDIR(led_to.st_mode)) {
            refuse("%s is a link to a folder: put the folder itself there, as the build made it", path);
        }
    } else {
        demand_roots(path, status);
    }
    return 0;
}

static void demand_roots_below(const char *folder, const char *name)
{
    char path[PATH_MAX];
    if (snprintf(path, sizeof path, "%s/%s", folder, name) >= (int) sizeof path || nftw(path, look_at, 8, FTW_PHYS) != 0) {
        refuse("%s/%s: %s: stepdown cannot look at what it is going to run; is its whole folder there?", folder, name, strerror(errno));
    }
}

/* Whether CAP_SYS_RESOURCE or CAP_SYS_ADMIN lift the limit of processes (getrlimit(2)). */
static bool may_exceed_limits(void)
{
    struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
    struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];
    return syscall(SYS_capget, &header, data) != 0 || (data[0].effective & (1U << CAP_SYS_RESOURCE | 1U << CAP_SYS_ADMIN)) != 0;
}

static char *text(const char *format, ...)
{
    char *made;
    va_list values;
    va_start(values, format);
    int length = vasprintf(&made, format, values);
    va_end(values);
    if (length < 0) {
        refuse("not enough memory to start: raise the container's memory limit");
    }
    return made;
}

static void *memory(size_t count, size_t size)
{
    void *made = calloc(count, size);
    if (made == NULL) {
        refuse("not enough memory to start: raise the container's memory limit");
    }
    return made;
}

enum { NAME = 256 };

static const char COPY[] = "stepdown's files belong together, copy the whole folder";

/*
 * Half a folder: lib/files has the size and the name of each file that the build put there and that is needed, and last, behind -1, the name of the AOT cache. That
 * name is of the files that it was made from: a JVM does not notice that a cache is of another build, and runs the old classes. Without it the list itself was cut.
 */
static void demand_whole_folder(const char *folder, char cache[static NAME])
{
    char path[PATH_MAX];
    char name[NAME];
    long long size;
    FILE *files = fopen(text("%s/lib/files", folder), "re");
    if (files == NULL) {
        refuse("%s/lib/files: %s: %s", folder, strerror(errno), COPY);
    }
    while (fscanf(files, "%lld %255[^\n]", &size, name) == 2) {
        struct stat status;
        if (size < 0) {
            memcpy(cache, name, NAME);
            continue;
        }
        if (snprintf(path, sizeof path, "%s/%s", folder, name) >= (int) sizeof path || stat(path, &status) != 0 || access(path, R_OK) != 0) {
            refuse("%s/%s: %s: %s", folder, name, strerror(errno), COPY);
        }
        if (status.st_size != size) {
            refuse("%s has %lld bytes, not %lld: %s", path, (long long) status.st_size, size, COPY);
        }
    }
    fclose(files);
    if (*cache == '\0') {
        refuse("%s/lib/files is not whole: %s", folder, COPY);
    }
}

/* The loader that a program names (elf(5)), or nothing; false where it is no program for 64 bits. */
static bool look_at_program(const char *path, Elf64_Ehdr *header, char loader[static PATH_MAX])
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    bool program = pread(fd, header, sizeof *header, 0) == sizeof *header && memcmp(header->e_ident, ELFMAG, SELFMAG) == 0;
    Elf64_Phdr part;
    memset(loader, 0, PATH_MAX);
    for (int i = 0; program && i < header->e_phnum; i++) {
        off_t at = (off_t) (header->e_phoff + (Elf64_Off) i * sizeof part);
        if (pread(fd, &part, sizeof part, at) == sizeof part && part.p_type == PT_INTERP && pread(fd, loader, PATH_MAX - 1, (off_t) part.p_offset) < 0) {
            refuse("%s: %s: stepdown cannot look at what it is going to run", path, strerror(errno));
        }
    }
    close(fd);
    return program;
}

/* Of the right machine, and of one C library: for what is not so the kernel has only the words that a file is not there, or no program. */
static void demand_programs_for_each_other(const char *java)
{
    Elf64_Ehdr header;
    char loader[PATH_MAX];
    if (look_at_program(java, &header, loader)) {
        if (header.e_machine != MACHINE) {
            refuse("%s is for another machine (%u in its ELF header, not %u): take the folder that was built for this one", java, header.e_machine, MACHINE);
        }
        if (strcmp(loader, LOADER) != 0) {
            refuse("%s is for another C library (its loader is %s): take a folder that was built with a JDK for glibc, or the native flavour", java, loader);
        }
    }
    if (access(LOADER, X_OK) != 0) {
        refuse("%s: %s: this image has no glibc, which the JVM flavour needs; use the native flavour", LOADER, strerror(errno));
    }
    /* A program that needs musl, as gcompat's, or a link to musl, as libc6-compat's. */
    if ((look_at_program(LOADER, &header, loader) && *loader != '\0') || (realpath(LOADER, loader) != NULL && strstr(loader, "musl") != NULL)) {
        refuse("%s is not glibc's (it needs %s itself): this image has no glibc, which the JVM flavour needs; use the native flavour", LOADER, loader);
    }
}

/* What a JVM could only say in words of its own, or not at all. */
static void demand_ground_for_a_jvm(const char *folder, const char *java, char cache[static NAME])
{
    struct rlimit limit;
    if (access(java, R_OK) != 0) {
        refuse("%s: %s: %s", java, strerror(errno), COPY);
    }
    demand_whole_folder(folder, cache);
    demand_programs_for_each_other(java);
    if (getuid() != 0 && getrlimit(RLIMIT_NPROC, &limit) == 0 && limit.rlim_cur < LEAST_THREADS && !may_exceed_limits()) {
        refuse("the limit of processes is %lu, and a JVM has more threads than that: raise --ulimit nproc, or use the native flavour", (unsigned long) limit.rlim_cur);
    }
    if (getrlimit(RLIMIT_AS, &limit) == 0 && limit.rlim_cur < LEAST_ADDRESS_SPACE) {
        refuse("the limit of address space is %lu bytes, too few for a JVM: raise ulimit -v, or use the native flavour", (unsigned long) limit.rlim_cur);
    }
    if (must_be_roots()) {
        char loader[PATH_MAX];
        if (realpath(LOADER, loader) == NULL) {
            refuse("%s: %s", LOADER, strerror(errno));
        }
        demand_roots_down_to(loader);
        demand_roots_below(folder, "runtime");
        demand_roots_below(folder, "lib");
    }
}

/*
 * What was given, in the environment of a JVM that takes nothing from it: an entry behind a byte 1, and the number of a descriptor behind a byte 2. No name that
 * a loader, a C library or Java looks for begins so. A file in memory (memfd_create(2)) would spare the byte that each entry loses of execve's limit, but it
 * cannot be written under a limit of file size, and not be had under some seccomp profiles.
 */
static char **hand_over(char **given)
{
    size_t count = 0;
    while (given[count] != NULL) {
        count++;
    }
    DIR *descriptors = opendir("/proc/self/fd");
    if (descriptors == NULL) {
        refuse("/proc/self/fd: %s: stepdown cannot tell which descriptors it was given", strerror(errno));
    }
    size_t most = count;
    while (readdir(descriptors) != NULL) {
        most++;
    }
    char **handed = memory(most + 1, sizeof *handed);
    for (size_t i = 0; i < count; i++) {
        handed[i] = text("\1%s", given[i]);
    }
    rewinddir(descriptors);
    errno = 0;
    for (const struct dirent *entry; count < most && (entry = readdir(descriptors)) != NULL;) {
        int fd = atoi(entry->d_name);
        int flags = fd < FIRST ? FD_CLOEXEC : fcntl(fd, F_GETFD);
        if (flags < 0) {
            refuse("descriptor %d: %s: stepdown cannot tell whether it was given", fd, strerror(errno));
        }
        if ((flags & FD_CLOEXEC) == 0) {
            handed[count++] = text("\2%d", fd);
        }
        errno = 0;
    }
    if (errno != 0) {
        refuse("/proc/self/fd: %s: stepdown cannot tell which descriptors it was given", strerror(errno));
    }
    closedir(descriptors);
    return handed;
}

/* In the C locale, which is that of an empty environment, a JVM finds no file whose name it cannot decode. */
static void demand_ascii(const char *path)
{
    for (const char *c = path; *c != '\0'; c++) {
        if ((unsigned char) *c > '~') {
            refuse("stepdown's own path %s is not ASCII, and a JVM would not find its files there: install it in a folder whose name is, or use the native flavour", path);
        }
    }
}

/*
 * glibc from 2.34 on makes threads by clone3(2) (Linux 5.3), and by clone(2) only after ENOSYS: under a seccomp profile that answers EPERM it makes none. Whether
 * this image's does is told by a runtime alone, so one is tried where it may be so.
 */
static void demand_threads(const char *java, char **arguments, char **environment)
{
    if (syscall(SYS_clone3, NULL, 0) == 0 || errno != EPERM) {
        return;
    }
    pid_t child = fork();
    if (child == 0) {
        if (dup2(open("/dev/null", O_WRONLY), STDOUT_FILENO) == STDOUT_FILENO && dup2(STDOUT_FILENO, STDERR_FILENO) == STDERR_FILENO) {
            execve(java, arguments, environment);
        }
        _exit(0);
    }
    int status;
    if (child > 0 && waitpid(child, &status, 0) == child && status != 0) {
        refuse("clone3: %s: the container's seccomp profile is older than this system call (Linux 5.3), and no JVM starts there on a glibc from 2.34 on: update the engine (Docker: to 20.10.10), give it a profile that answers ENOSYS, or use the native flavour",
               strerror(EPERM));
    }
}

int main(int argc, char **argv)
{
    char folder[PATH_MAX];
    open_the_door(folder);
    demand_ascii(folder);
    for (int up = 0; up < 2; up++) {
        *strrchr(folder, '/') = '\0';
        if (strchr(folder, '/') == NULL) {
            refuse("stepdown stands in %s/: it belongs into bin of a folder that holds lib and runtime, as in /opt/stepdown/bin", folder);
        }
    }
    char *java = text("%s/runtime/bin/java", folder);
    char cache[NAME] = "";
    demand_ground_for_a_jvm(folder, java, cache);
    char **arguments = memory(1 + OPTIONS + (size_t) argc + 1, sizeof *arguments);
    char **next = arguments;
    *next++ = java;
    for (size_t i = 0; i < OPTIONS; i++) {
        *next++ = text(options[i], folder, cache);
    }
    char **environment = hand_over(environ);
    *next = text("--version");
    demand_threads(java, arguments, environment);
    *next = NULL;
    for (int i = 1; i < argc; i++) {
        *next++ = argv[i];
    }
    execve(java, arguments, environment);
    if (errno == E2BIG) {
        refuse("the arguments and the environment are too large: execve takes a quarter of the limit of the stack (--ulimit stack), of which the options of a JVM need some hundred bytes, and at most 131070 bytes in one entry");
    }
    refuse("%s: %s: the Java runtime of stepdown cannot be executed; is it on a mount without noexec, and for this machine?", java, strerror(errno));
}
#else
#include <grp.h>
#include <sys/prctl.h>
#include <sys/resource.h>

/* glibc has them, and its headers leave them to libcap */
int capget(void *header, void *data);
int capset(void *header, const void *data);

#define CALLED(f) \
    f(capget) f(capset) f(close) f(execve) f(faccessat) f(fchmod) f(fchmodat) f(fchown) f(fchownat) f(fcntl) f(fstatfs) f(fsync) \
    f(getgroups) f(getpid) f(getresgid) f(getresuid) f(getxattr) f(isatty) f(mkdirat) f(openat) f(prctl) f(prlimit) f(read) f(readlinkat) \
    f(renameat) f(setgid) f(setgroups) f(setuid) f(sigaction) f(sigpending) f(sigprocmask) f(statx) f(symlinkat) f(syscall) f(unlinkat) f(write)
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

/* Calls one of the above: what it returns, or, where that is -1, its errno, negative (an int result is the low half). */
long stepdown_call(long (*function)(long, long, long, long, long, long), long a, long b, long c, long d, long e, long f)
{
    long result = function(a, b, c, d, e, f);
    return (int) result == -1 ? -(long) errno : result;
}

/* The runtime raises the soft limit of open files to the hard one, for itself and for whatever it becomes. */
int stepdown_restore_limit(void)
{
    struct rlimit now;
    if (getrlimit(RLIMIT_NOFILE, &now) == 0 && now.rlim_cur == files.rlim_cur && now.rlim_max == files.rlim_max) {
        return 0;
    }
    return setrlimit(RLIMIT_NOFILE, &files);
}

__attribute__((constructor)) static void start(void)
{
    char self[PATH_MAX];
    open_the_door(self);
    /* The runtime finds its own file there, and says nothing helpful where it cannot. */
    if (access("/proc/self/maps", R_OK) != 0) {
        refuse("%s", CANNOT_READ_PROC);
    }
    if (getrlimit(RLIMIT_NOFILE, &files) != 0) {
        refuse("getrlimit: %s: the product was not started", strerror(errno));
    }
}
#endif
