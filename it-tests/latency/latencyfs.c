/*
 * A folder seen through a file system in which each request takes a set time, as if each went over a network. For tests and benchmarks of many
 * calls that wait; owners and modes are really changed in the folder. Answers what a walk asks for, and no more: nothing is read or created.
 *
 *   latencyfs FOLDER MOUNTPOINT MICROSECONDS CACHE [HOLD]
 *
 * CACHE is for how many seconds the kernel may keep names and attributes: 0 asks anew for each call. While there is a file HOLD, whoever changes
 * the owner or the mode of an entry named "held" waits; of one named "EDQUOT" or "EIO" nobody can change it, with that error. "ready" is printed when it is mounted, and when it is unmounted or terminated one line:
 * all=REQUESTS peak=MOST_IN_FLIGHT and the requests of each kind. Requests are served in parallel, those in one folder too, as NFS does.
 */
#define _GNU_SOURCE
#define FUSE_USE_VERSION 312
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fuse_lowlevel.h>
#include <linux/fuse.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

enum { THREADS = 128, BUCKETS = 1 << 16 };

enum kind { LOOKUP, GETATTR, OWNER, MODE, OTHER_ATTRIBUTE, OPENDIR, READDIR, RELEASEDIR, STATFS, KINDS };
static const char *const kinds[KINDS] = {"lookup", "getattr", "owner", "mode", "other", "opendir", "readdir", "releasedir", "statfs"};

/* Stays until the end: a descriptor for each entry that was ever seen. It is opened with O_PATH, so that the entry itself is left in peace. */
struct node {
    struct node *next;
    dev_t dev;
    ino_t ino;
    int fd;
};

static atomic_ulong counts[KINDS], in_flight, peak;
static struct node *_Atomic table[BUCKETS];
static struct node top;
static pthread_mutex_t adding = PTHREAD_MUTEX_INITIALIZER;
static unsigned long delay;
static double cache;
static const char *hold;
static struct fuse_session *session;

/* What a request costs, and nothing is locked meanwhile. */
static void pause_for(unsigned long microseconds) {
    struct timespec time = {.tv_sec = microseconds / 1000000, .tv_nsec = microseconds % 1000000 * 1000};
    clock_nanosleep(CLOCK_MONOTONIC, 0, &time, NULL);
}

static void begin(enum kind kind) {
    atomic_fetch_add(&counts[kind], 1);
    unsigned long now = atomic_fetch_add(&in_flight, 1) + 1, most = atomic_load(&peak);
    while (now > most && !atomic_compare_exchange_weak(&peak, &most, now)) {
    }
    pause_for(delay);
}

/* Before the answer: the caller may send the next request before this thread runs again. */
static void end(void) {
    atomic_fetch_sub(&in_flight, 1);
}

static void finish(fuse_req_t request, int error) {
    end();
    fuse_reply_err(request, error);
}

static int fd_of(fuse_ino_t ino) {
    return ino == FUSE_ROOT_ID ? top.fd : ((struct node *) (uintptr_t) ino)->fd;
}

static int attributes_of(int fd, struct stat *attributes) {
    return fstatat(fd, "", attributes, AT_EMPTY_PATH) ? errno : 0;
}

/* One node for an inode, always the same: the kernel tells by it whether a name still means what it meant. */
static struct node *node_of(const struct stat *attributes, int fd) {
    struct node *_Atomic *bucket = &table[attributes->st_ino % BUCKETS];
    pthread_mutex_lock(&adding);
    struct node *node = *bucket;
    while (node && (node->ino != attributes->st_ino || node->dev != attributes->st_dev)) {
        node = node->next;
    }
    if (node) {
        close(fd);
    } else if ((node = malloc(sizeof *node))) {
        *node = (struct node) {.next = *bucket, .dev = attributes->st_dev, .ino = attributes->st_ino, .fd = fd};
        *bucket = node;
    }
    pthread_mutex_unlock(&adding);
    return node;
}

static int find(fuse_ino_t parent, const char *name, struct fuse_entry_param *entry) {
    *entry = (struct fuse_entry_param) {.attr_timeout = cache, .entry_timeout = cache};
    int fd = openat(fd_of(parent), name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0) {
        return errno;
    }
    int error = attributes_of(fd, &entry->attr);
    if (error) {
        close(fd);
        return error;
    }
    struct node *node = node_of(&entry->attr, fd);
    entry->ino = (uintptr_t) node;
    return node ? 0 : ENOMEM;
}

static void on_lookup(fuse_req_t request, fuse_ino_t parent, const char *name) {
    begin(LOOKUP);
    struct fuse_entry_param entry;
    int error = find(parent, name, &entry);
    end();
    if (error) {
        fuse_reply_err(request, error);
    } else {
        fuse_reply_entry(request, &entry);
    }
}

static void reply_attributes(fuse_req_t request, fuse_ino_t ino) {
    struct stat attributes;
    int error = attributes_of(fd_of(ino), &attributes);
    end();
    if (error) {
        fuse_reply_err(request, error);
    } else {
        fuse_reply_attr(request, &attributes, cache);
    }
}

static void on_getattr(fuse_req_t request, fuse_ino_t ino, struct fuse_file_info *file) {
    (void) file;
    begin(GETATTR);
    reply_attributes(request, ino);
}

static bool is_named(const char *link, const char *name) {
    char path[4096];
    ssize_t length = readlink(link, path, sizeof path - 1), end = strlen(name);
    return length > end && path[length - end - 1] == '/' && memcmp(path + length - end, name, end) == 0;
}

/* As on a hard mount, only the end of the caller lets go of it, which comes as an interruption; and the end of this file system. */
static bool is_interrupted(fuse_req_t request) {
    while (access(hold, F_OK) == 0 && !fuse_session_exited(session)) {
        if (fuse_req_interrupted(request)) {
            return true;
        }
        pause_for(1000);
    }
    return false;
}

static void on_setattr(fuse_req_t request, fuse_ino_t ino, struct stat *wanted, int what, struct fuse_file_info *file) {
    (void) file;
    bool owner = what & (FUSE_SET_ATTR_UID | FUSE_SET_ATTR_GID), mode = what & FUSE_SET_ATTR_MODE;
    begin(owner ? OWNER : mode ? MODE : OTHER_ATTRIBUTE);
    char link[32];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd_of(ino));
    int error = is_named(link, "EDQUOT") ? EDQUOT : is_named(link, "EIO") ? EIO : 0;
    if (!error && hold && is_named(link, "held") && is_interrupted(request)) {
        error = EINTR;
    }
    if (error) {
        finish(request, error);
        return;
    }
    uid_t uid = what & FUSE_SET_ATTR_UID ? wanted->st_uid : (uid_t) -1;
    gid_t gid = what & FUSE_SET_ATTR_GID ? wanted->st_gid : (gid_t) -1;
    if ((owner && fchownat(fd_of(ino), "", uid, gid, AT_EMPTY_PATH)) || (mode && chmod(link, wanted->st_mode & 07777))) {
        finish(request, errno);
        return;
    }
    reply_attributes(request, ino);
}

static void on_opendir(fuse_req_t request, fuse_ino_t ino, struct fuse_file_info *file) {
    begin(OPENDIR);
    int fd = openat(fd_of(ino), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *folder = fd < 0 ? NULL : fdopendir(fd);
    if (!folder) {
        finish(request, errno);
        return;
    }
    file->fh = (uintptr_t) folder;
    end();
    fuse_reply_open(request, file);
}

/* The names with their attributes, as an NFS server gives them. The kernel asks for one folder's next names only after these. */
static void on_readdirplus(fuse_req_t request, fuse_ino_t ino, size_t size, off_t offset, struct fuse_file_info *file) {
    begin(READDIR);
    DIR *folder = (DIR *) (uintptr_t) file->fh;
    char *names = malloc(size);
    size_t used = 0;
    seekdir(folder, offset);
    for (struct dirent *found; names && (found = readdir(folder));) {
        bool dots = !strcmp(found->d_name, ".") || !strcmp(found->d_name, "..");
        struct fuse_entry_param entry = {.attr = {.st_ino = found->d_ino, .st_mode = S_IFDIR}};
        if (!dots && find(ino, found->d_name, &entry)) {
            continue; // gone meanwhile
        }
        size_t more = fuse_add_direntry_plus(request, names + used, size - used, found->d_name, &entry, found->d_off);
        if (more > size - used) {
            break;
        }
        used += more;
    }
    end();
    if (names) {
        fuse_reply_buf(request, names, used);
    } else {
        fuse_reply_err(request, ENOMEM);
    }
    free(names);
}

static void on_releasedir(fuse_req_t request, fuse_ino_t ino, struct fuse_file_info *file) {
    (void) ino;
    begin(RELEASEDIR);
    closedir((DIR *) (uintptr_t) file->fh);
    finish(request, 0);
}

static void on_statfs(fuse_req_t request, fuse_ino_t ino) {
    (void) ino;
    begin(STATFS);
    struct statvfs system;
    int error = fstatvfs(top.fd, &system) ? errno : 0;
    end();
    if (error) {
        fuse_reply_err(request, error);
    } else {
        fuse_reply_statfs(request, &system);
    }
}

static void on_init(void *data, struct fuse_conn_info *connection) {
    (void) data;
    connection->want = (connection->want | FUSE_CAP_READDIRPLUS) & ~FUSE_CAP_READDIRPLUS_AUTO;
    connection->max_background = connection->congestion_threshold = THREADS;
}

static const struct fuse_lowlevel_ops operations = {
    .init = on_init,
    .lookup = on_lookup,
    .getattr = on_getattr,
    .setattr = on_setattr,
    .opendir = on_opendir,
    .readdirplus = on_readdirplus,
    .releasedir = on_releasedir,
    .statfs = on_statfs,
};

static ssize_t receive(int fd, void *buffer, size_t size, void *data) {
    (void) data;
    return read(fd, buffer, size);
}

/* The first answer is the one to INIT: libfuse before 3.15 forgets to say in it that one folder's requests may run in parallel. */
static ssize_t answer(int fd, struct iovec *parts, int count, void *data) {
    (void) data;
    static atomic_flag begun = ATOMIC_FLAG_INIT;
    if (!atomic_flag_test_and_set(&begun) && count == 2) {
        ((struct fuse_init_out *) parts[1].iov_base)->flags |= FUSE_PARALLEL_DIROPS;
    }
    return writev(fd, parts, count);
}

static int failed(const char *what) {
    fprintf(stderr, "latencyfs: %s: %s\n", what, strerror(errno));
    return 1;
}

int main(int count, char **arguments) {
    if (count < 5 || count > 6) {
        fputs("usage: latencyfs FOLDER MOUNTPOINT MICROSECONDS CACHE [HOLD]\n", stderr);
        return 2;
    }
    delay = strtoul(arguments[3], NULL, 10);
    cache = strtod(arguments[4], NULL);
    hold = arguments[5];
    prctl(PR_SET_TIMERSLACK, 1);
    struct rlimit files;
    if (getrlimit(RLIMIT_NOFILE, &files) || (files.rlim_cur = files.rlim_max, setrlimit(RLIMIT_NOFILE, &files))) {
        return failed("a descriptor for each entry");
    }
    if ((top.fd = open(arguments[1], O_PATH | O_DIRECTORY | O_CLOEXEC)) < 0) {
        return failed(arguments[1]);
    }
    int fd = open("/dev/fuse", O_RDWR | O_CLOEXEC);
    if (fd < 0) {
        return failed("/dev/fuse");
    }
    char options[96];
    snprintf(options, sizeof options, "fd=%d,rootmode=40000,user_id=0,group_id=0,default_permissions,allow_other", fd);
    if (mount("latencyfs", arguments[2], "fuse.latencyfs", 0, options)) {
        return failed(arguments[2]);
    }
    struct fuse_args none = FUSE_ARGS_INIT(1, arguments);
    session = fuse_session_new(&none, &operations, sizeof operations, NULL);
    struct fuse_loop_config *loop = fuse_loop_cfg_create();
    const struct fuse_custom_io io = {.read = receive, .writev = answer};
    if (!session || !loop || fuse_set_signal_handlers(session) || fuse_session_custom_io(session, &io, fd)) {
        umount2(arguments[2], MNT_DETACH);
        return failed("libfuse");
    }
    fuse_loop_cfg_set_max_threads(loop, THREADS);
    fuse_loop_cfg_set_idle_threads(loop, THREADS);
    puts("ready");
    fflush(stdout);
    fuse_session_loop_mt(session, loop);
    umount2(arguments[2], MNT_DETACH); // where it was terminated
    unsigned long all = 0;
    for (int kind = 0; kind < KINDS; kind++) {
        all += counts[kind];
    }
    printf("all=%lu peak=%lu", all, peak);
    for (int kind = 0; kind < KINDS; kind++) {
        printf(" %s=%lu", kinds[kind], counts[kind]);
    }
    puts("");
    return 0;
}
