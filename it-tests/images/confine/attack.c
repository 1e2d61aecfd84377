/*
 * Tries to write where it should not, in every way that we know, and to do what Landlock does not govern.
 *
 *   attack setup         as root: a folder for each attempt, all the user's, in /srv/open (outside) and in /srv/data (inside)
 *   attack victim        as the user, unconfined: waits, to be attacked; listens on /srv/open/victim.sock, and hands out a descriptor there
 *   attack layers N COMMAND...   within N Landlock rulesets that forbid next to nothing
 *   attack run           as the user: each attempt in a process of its own; prints "group|attempt|what came of it"
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <linux/io_uring.h>
#include <linux/openat2.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

enum { UID = 9031, GID = 9999, OTHER_GID = 7 };

/* Of the attempt that is made: the working directory is its own, outside; this is its own, inside. */
static char inside[64];
static int inherited;
static pid_t victim;

static char *in(const char *name)
{
    static char paths[4][128];
    static int next;
    char *path = paths[next++ % 4];
    snprintf(path, 128, "%s/%s", inside, name);
    return path;
}

static char *text(const char *format, ...)
{
    static char texts[4][256];
    static int next;
    char *made = texts[next++ % 4];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(made, 256, format, arguments);
    va_end(arguments);
    return made;
}

static void must(long result, const char *what)
{
    if (result < 0) {
        perror(what);
        exit(99);
    }
}

/* Each answers as a system call does. */
static long written(int fd)
{
    return fd < 0 ? -1 : write(fd, "x", 1);
}

static long o_wronly(void) { return written(open("file", O_WRONLY)); }
static long o_rdwr(void) { return written(open("file", O_RDWR)); }
static long o_append(void) { return written(open("file", O_WRONLY | O_APPEND)); }
static long o_trunc(void) { return open("file", O_RDONLY | O_TRUNC); }
static long o_creat(void) { return written(open("new", O_WRONLY | O_CREAT, 0600)); }
static long o_creat_rdonly(void) { return open("new", O_RDONLY | O_CREAT, 0600); }
static long creat_(void) { return written(creat("new", 0600)); }
static long o_tmpfile(void) { return written(open(".", O_WRONLY | O_TMPFILE, 0600)); }

static long openat2_(void)
{
    struct open_how how = {.flags = O_WRONLY, .resolve = RESOLVE_IN_ROOT};
    return written((int)syscall(SYS_openat2, AT_FDCWD, "file", &how, sizeof how));
}

static long tmpfile_linked(void)
{
    int fd = open(inside, O_WRONLY | O_TMPFILE, 0600);
    must(fd, "O_TMPFILE inside");
    return linkat(AT_FDCWD, text("/proc/self/fd/%d", fd), AT_FDCWD, "linked", AT_SYMLINK_FOLLOW);
}

static long o_path_reopened(void)
{
    int fd = open("file", O_PATH);
    must(fd, "O_PATH");
    return written(open(text("/proc/self/fd/%d", fd), O_WRONLY));
}

static long rdonly_reopened(void)
{
    int fd = open("file", O_RDONLY);
    must(fd, "O_RDONLY");
    return written(open(text("/dev/fd/%d", fd), O_RDWR));
}

static long proc_cwd(void) { return written(open("/proc/self/cwd/file", O_WRONLY)); }
static long proc_root(void) { return written(open(text("/proc/self/root/%s/file", get_current_dir_name()), O_WRONLY)); }
static long victims_cwd(void) { return written(open(text("/proc/%d/cwd/file", victim), O_WRONLY)); }
static long victims_root(void) { return written(open(text("/proc/%d/root/srv/open/victim", victim), O_WRONLY)); }
static long victims_fd(void) { return written(open(text("/proc/%d/fd/9", victim), O_WRONLY)); }
static long victims_mem(void) { return open(text("/proc/%d/mem", victim), O_RDWR); }

static long by_symlink(void)
{
    must(symlink(get_current_dir_name(), in("way")), "symlink inside");
    return written(open(in("way/file"), O_WRONLY));
}

static long fifo_written(void) { return open("fifo", O_RDWR | O_NONBLOCK); }
static long truncate_(void) { return truncate("file", 0); }
static long link_within(void) { return link("file", "linked"); }
static long link_in(void) { return link("file", in("linked")); }
static long link_out(void) { return link(in("file"), "linked"); }
static long rename_within(void) { return rename("file", "renamed"); }
static long rename_in(void) { return rename("file", in("renamed")); }
static long rename_out(void) { return rename(in("file"), "renamed"); }
static long rename_over(void) { return rename("file", "other"); }
static long rename_folder(void) { return rename(in("folder"), "renamed"); }
static long exchange(void) { return renameat2(AT_FDCWD, "file", AT_FDCWD, in("file"), RENAME_EXCHANGE); }
static long unlink_(void) { return unlink("file"); }
static long rmdir_(void) { return rmdir("folder"); }
static long mkdir_(void) { return mkdir("new", 0700); }
static long symlink_(void) { return symlink("file", "new"); }
static long mkfifo_(void) { return mkfifo("new", 0600); }
static long mknod_file(void) { return mknod("new", S_IFREG | 0600, 0); }
static long mknod_socket(void) { return mknod("new", S_IFSOCK | 0600, 0); }
static long mknod_whiteout(void) { return mknod("new", S_IFCHR, 0); }

static long socket_at(const char *path, int (*call)(int, const struct sockaddr *, socklen_t))
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    must(fd, "socket");
    return call(fd, (struct sockaddr *)&address, sizeof address) < 0 ? -1 : fd;
}

static long bind_(void) { return socket_at("new", bind); }

/* One request to the kernel's own thread of this process. */
static long ring(const struct io_uring_sqe *request)
{
    struct io_uring_params params = {0};
    int fd = (int)syscall(SYS_io_uring_setup, 1, &params);
    must(fd, "io_uring_setup");
    size_t size = params.sq_off.array + params.sq_entries * sizeof(uint32_t);
    char *sq = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, IORING_OFF_SQ_RING);
    struct io_uring_sqe *sqes = mmap(NULL, sizeof *sqes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, IORING_OFF_SQES);
    size = params.cq_off.cqes + params.cq_entries * sizeof(struct io_uring_cqe);
    char *cq = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, IORING_OFF_CQ_RING);
    sqes[0] = *request;
    *(uint32_t *)(sq + params.sq_off.array) = 0;
    __atomic_store_n((uint32_t *)(sq + params.sq_off.tail), 1, __ATOMIC_RELEASE);
    must(syscall(SYS_io_uring_enter, fd, 1, 1, IORING_ENTER_GETEVENTS, NULL, 0), "io_uring_enter");
    int result = ((struct io_uring_cqe *)(cq + params.cq_off.cqes))->res;
    errno = result < 0 ? -result : 0;
    return result < 0 ? -1 : result;
}

static long ring_open(void)
{
    struct io_uring_sqe request = {.opcode = IORING_OP_OPENAT, .fd = AT_FDCWD, .addr = (uintptr_t) "file", .open_flags = O_WRONLY, .flags = IOSQE_ASYNC};
    return ring(&request);
}

static long ring_unlink(void)
{
    struct io_uring_sqe request = {.opcode = IORING_OP_UNLINKAT, .fd = AT_FDCWD, .addr = (uintptr_t) "file"};
    return ring(&request);
}

static long ring_mkdir(void)
{
    struct io_uring_sqe request = {.opcode = IORING_OP_MKDIRAT, .fd = AT_FDCWD, .addr = (uintptr_t) "new", .len = 0700};
    return ring(&request);
}

static long ring_symlink(void)
{
    struct io_uring_sqe request = {.opcode = IORING_OP_SYMLINKAT, .fd = AT_FDCWD, .addr = (uintptr_t) "file", .addr2 = (uintptr_t) "new"};
    return ring(&request);
}

static long ring_rename(void)
{
    struct io_uring_sqe request = {.opcode = IORING_OP_RENAMEAT, .fd = AT_FDCWD, .addr = (uintptr_t) "file", .len = AT_FDCWD, .addr2 = (uintptr_t) "renamed"};
    return ring(&request);
}

static void put(const char *path, const char *format, ...)
{
    int fd = open(path, O_WRONLY);
    must(fd, path);
    va_list arguments;
    va_start(arguments, format);
    must(vdprintf(fd, format, arguments), path);
    va_end(arguments);
    close(fd);
}

/* Root of a user namespace of its own, where mounts are its own affair. */
static void become_root_of_a_namespace(void)
{
    must(unshare(CLONE_NEWUSER | CLONE_NEWNS), "unshare");
    put("/proc/self/setgroups", "deny");
    put("/proc/self/uid_map", "0 %d 1", UID);
}

static long mount_bound(void)
{
    become_root_of_a_namespace();
    return mount(".", in("folder"), NULL, MS_BIND, NULL);
}

static long mount_tmpfs(void)
{
    become_root_of_a_namespace();
    return mount("none", in("folder"), "tmpfs", 0, NULL);
}

static long mount_new(void)
{
    become_root_of_a_namespace();
    int tree = (int)syscall(SYS_open_tree, AT_FDCWD, ".", 1 /* OPEN_TREE_CLONE */);
    must(tree, "open_tree");
    return syscall(SYS_move_mount, tree, "", AT_FDCWD, in("folder"), 4 /* MOVE_MOUNT_F_EMPTY_PATH */);
}

static long detached(void)
{
    become_root_of_a_namespace();
    int tree = (int)syscall(SYS_open_tree, AT_FDCWD, ".", 1 /* OPEN_TREE_CLONE */);
    must(tree, "open_tree");
    return written(openat(tree, "file", O_WRONLY));
}

static long chrooted(void)
{
    become_root_of_a_namespace();
    must(chroot("."), "chroot");
    return written(open("/file", O_WRONLY));
}

static long root_of_a_namespace(void)
{
    become_root_of_a_namespace();
    return written(open("file", O_WRONLY));
}

static long ptrace_(void) { return ptrace(PTRACE_SEIZE, victim, NULL, NULL); }

static long victims_memory(void)
{
    char byte = 'x';
    struct iovec from = {&byte, 1};
    struct iovec to = {&victim, 1};
    return process_vm_writev(victim, &from, 1, &to, 1, 0);
}

static long pidfd_descriptor(void)
{
    int fd = (int)syscall(SYS_pidfd_open, victim, 0);
    must(fd, "pidfd_open");
    return syscall(SYS_pidfd_getfd, fd, 9, 0);
}

/* ---- not governed */

static long chmod_(void) { return chmod("file", 0700); }
static long chgrp(void) { return chown("file", -1, OTHER_GID); }
static long utimes_(void) { return utimes("file", NULL); }
static long setxattr_(void) { return setxattr("file", "user.attack", "x", 1, 0); }

static long flags(void)
{
    int value = FS_NODUMP_FL;
    int fd = open("file", O_RDONLY);
    must(fd, "O_RDONLY");
    return ioctl(fd, FS_IOC_SETFLAGS, &value);
}

static long inherited_written(void) { return written(inherited); }
static long inherited_linked(void) { return linkat(AT_FDCWD, text("/proc/self/fd/%d", inherited), AT_FDCWD, in("linked"), AT_SYMLINK_FOLLOW); }
static long inherited_truncated(void) { return ftruncate(inherited, 0); }
static long linked_before(void) { return written(open(in("before"), O_WRONLY)); }
static long connected(void) { return socket_at("/srv/open/victim.sock", connect); }

static long received(void)
{
    int fd = (int)socket_at("/srv/open/victim.sock", connect);
    must(fd, "connect");
    char byte;
    char room[CMSG_SPACE(sizeof(int))];
    struct iovec data = {&byte, 1};
    struct msghdr message = {.msg_iov = &data, .msg_iovlen = 1, .msg_control = room, .msg_controllen = sizeof room};
    must(recvmsg(fd, &message, 0), "recvmsg");
    int handed;
    memcpy(&handed, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof handed);
    return written(handed);
}

static long killed(void) { return kill(victim, SIGCONT); }

static long limited(void)
{
    struct rlimit limit = {1000, 1000};
    return prlimit(victim, RLIMIT_NOFILE, &limit, NULL);
}

static long read_(void) { return open("file", O_RDONLY); }

static long executed(void)
{
    pid_t child = fork();
    if (child == 0) {
        execl("program", "program", NULL);
        _exit(1);
    }
    int status;
    must(waitpid(child, &status, 0), "waitpid");
    errno = EACCES;
    return status == 0 ? 0 : -1;
}

static const struct {
    const char *group;
    const char *name;
    long (*attempt)(void);
} ATTEMPTS[] = {
    {"open", "O_WRONLY", o_wronly},
    {"open", "O_RDWR", o_rdwr},
    {"open", "O_APPEND", o_append},
    {"open", "O_TRUNC", o_trunc},
    {"open", "O_CREAT", o_creat},
    {"open", "O_CREAT to read", o_creat_rdonly},
    {"open", "creat", creat_},
    {"open", "O_TMPFILE", o_tmpfile},
    {"open", "openat2", openat2_},
    {"open", "a FIFO", fifo_written},
    {"open", "by io_uring", ring_open},
    {"by another name", "a link made inside", by_symlink},
    {"by another name", "an O_PATH descriptor", o_path_reopened},
    {"by another name", "a descriptor for reading", rdonly_reopened},
    {"by another name", "/proc/self/cwd", proc_cwd},
    {"by another name", "/proc/self/root", proc_root},
    {"by another name", "/proc/PID/cwd", victims_cwd},
    {"by another name", "/proc/PID/root", victims_root},
    {"by another name", "/proc/PID/fd", victims_fd},
    {"change", "truncate", truncate_},
    {"make", "mkdir", mkdir_},
    {"make", "mkdir by io_uring", ring_mkdir},
    {"make", "symlink", symlink_},
    {"make", "symlink by io_uring", ring_symlink},
    {"make", "mkfifo", mkfifo_},
    {"make", "mknod of a file", mknod_file},
    {"make", "mknod of a socket", mknod_socket},
    {"make", "mknod of a whiteout", mknod_whiteout},
    {"make", "bind of a unix socket", bind_},
    {"link", "outside", link_within},
    {"link", "from outside to inside", link_in},
    {"link", "from inside to outside", link_out},
    {"link", "of an O_TMPFILE", tmpfile_linked},
    {"link", "of an inherited descriptor to inside", inherited_linked},
    {"rename", "outside", rename_within},
    {"rename", "over another", rename_over},
    {"rename", "from outside to inside", rename_in},
    {"rename", "from inside to outside", rename_out},
    {"rename", "of a folder", rename_folder},
    {"rename", "RENAME_EXCHANGE", exchange},
    {"rename", "by io_uring", ring_rename},
    {"remove", "unlink", unlink_},
    {"remove", "unlink by io_uring", ring_unlink},
    {"remove", "rmdir", rmdir_},
    {"in a user namespace", "open as its root", root_of_a_namespace},
    {"in a user namespace", "open behind chroot", chrooted},
    {"in a user namespace", "open in a mount of open_tree", detached},
    {"in a user namespace", "mount of a tmpfs", mount_tmpfs},
    {"in a user namespace", "mount --bind", mount_bound},
    {"in a user namespace", "open_tree and move_mount", mount_new},
    {"by an unconfined process of the same user", "ptrace", ptrace_},
    {"by an unconfined process of the same user", "process_vm_writev", victims_memory},
    {"by an unconfined process of the same user", "/proc/PID/mem", victims_mem},
    {"by an unconfined process of the same user", "pidfd_getfd", pidfd_descriptor},
    {"metadata of the user's own files", "chmod", chmod_},
    {"metadata of the user's own files", "chgrp", chgrp},
    {"metadata of the user's own files", "utimes", utimes_},
    {"metadata of the user's own files", "extended attributes", setxattr_},
    {"metadata of the user's own files", "file flags", flags},
    {"what was open or linked before", "write to an inherited descriptor", inherited_written},
    {"what was open or linked before", "ftruncate of one", inherited_truncated},
    {"what was open or linked before", "write to a hard link inside", linked_before},
    {"other processes of the user", "connect to a unix socket", connected},
    {"other processes of the user", "a descriptor received there", received},
    {"other processes of the user", "kill", killed},
    {"other processes of the user", "prlimit", limited},
    {"reading", "open to read", read_},
    {"reading", "execve", executed},
};

enum { COUNT = sizeof ATTEMPTS / sizeof ATTEMPTS[0] };

static void make_file(const char *path)
{
    int fd = open(path, O_WRONLY | O_CREAT, 0777);
    must(fd, path);
    must(fchown(fd, UID, GID), path);
    close(fd);
}

static void make_folder(const char *path)
{
    must(mkdir(path, 0777), path);
    must(chown(path, UID, GID), path);
}

static void setup(void)
{
    umask(0);
    make_file("/srv/open/victim");
    must(chown("/srv/open", UID, GID), "/srv/open");
    for (int i = 0; i < COUNT; i++) {
        for (int within = 0; within < 2; within++) {
            make_folder(text(within ? "/srv/data/%d" : "/srv/open/%d", i));
            must(chdir(text(within ? "/srv/data/%d" : "/srv/open/%d", i)), "chdir");
            make_file("file");
            make_file("other");
            make_folder("folder");
            must(mkfifo("fifo", 0666), "fifo");
            must(chown("fifo", UID, GID), "fifo");
        }
        must(link(text("/srv/open/%d/file", i), text("/srv/data/%d/before", i)), "link");
        int program = open(text("/srv/open/%d/program", i), O_WRONLY | O_CREAT, 0777);
        must(program, "program");
        must(write(program, "#!/bin/true\n", 12), "program");
        close(program);
    }
}

static void be_victim(void)
{
    prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY); // where yama, if it is there, lets none but parents
    int file = open("/srv/open/victim", O_RDWR);
    must(dup2(file, 9), "victim");
    must(chdir("/srv/open/0"), "/srv/open/0");
    unlink("/srv/open/victim.sock");
    int server = (int)socket_at("/srv/open/victim.sock", bind);
    must(server, "bind");
    must(listen(server, 64), "listen");
    puts("ready");
    fflush(stdout);
    for (;;) {
        int client = accept(server, NULL, NULL);
        must(client, "accept");
        char room[CMSG_SPACE(sizeof file)] = {0};
        struct iovec data = {"x", 1};
        struct msghdr message = {.msg_iov = &data, .msg_iovlen = 1, .msg_control = room, .msg_controllen = sizeof room};
        struct cmsghdr *header = CMSG_FIRSTHDR(&message);
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        header->cmsg_len = CMSG_LEN(sizeof file);
        memcpy(CMSG_DATA(header), &file, sizeof file);
        sendmsg(client, &message, MSG_NOSIGNAL);
        close(client);
    }
}

static void run(void)
{
    FILE *pid = fopen("/srv/data/victim.pid", "r");
    if (pid == NULL || fscanf(pid, "%d", &victim) != 1) {
        exit(98);
    }
    for (int i = 0; i < COUNT; i++) {
        pid_t child = fork();
        if (child == 0) {
            snprintf(inside, sizeof inside, "/srv/data/%d", i);
            inherited = 5;
            must(chdir(text("/srv/open/%d", i)), "chdir");
            errno = 0;
            long result = ATTEMPTS[i].attempt();
            printf("%s|%s|%s\n", ATTEMPTS[i].group, ATTEMPTS[i].name, result < 0 ? strerrorname_np(errno) : "done");
            exit(0);
        }
        int status;
        must(waitpid(child, &status, 0), "waitpid");
        if (status != 0) {
            printf("%s|%s|status %d\n", ATTEMPTS[i].group, ATTEMPTS[i].name, status);
        }
        fflush(stdout);
    }
}

static void layers(int count, char **command)
{
    struct {
        uint64_t handled;
    } attributes = {1 << 9 /* MAKE_SOCK */};
    must(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "no_new_privs");
    for (int i = 0; i < count; i++) {
        int ruleset = (int)syscall(444 /* landlock_create_ruleset */, &attributes, sizeof attributes, 0);
        must(ruleset, "landlock_create_ruleset");
        must(syscall(446 /* landlock_restrict_self */, ruleset, 0), "landlock_restrict_self");
        close(ruleset);
    }
    execv(command[0], command);
    must(-1, command[0]);
}

int main(int count, char **arguments)
{
    if (count > 3 && strcmp(arguments[1], "layers") == 0) {
        layers(atoi(arguments[2]), arguments + 3);
    } else if (count == 2 && strcmp(arguments[1], "setup") == 0) {
        setup();
    } else if (count == 2 && strcmp(arguments[1], "victim") == 0) {
        be_victim();
    } else if (count == 2 && strcmp(arguments[1], "run") == 0) {
        run();
    } else {
        return 2;
    }
    return 0;
}
