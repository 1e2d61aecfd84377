/*
 * Becomes 9031:9999, without any privilege, by raw system calls: on one of its two threads, as libraries for all threads are not asked. The other one stays what it was.
 * Where it is not root, that one thread gives up its capabilities only. Process 1 is then "threads" until it is killed.
 */
#define _GNU_SOURCE
#include <linux/capability.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

static void must(long result)
{
    if (result != 0) {
        abort();
    }
}

static void *stay(void *unused)
{
    pause();
    return unused;
}

int main(void)
{
    pthread_t other;
    struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
    struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = {0};
    gid_t group = 9999;
    must(pthread_create(&other, NULL, stay, NULL));
    if (geteuid() == 0) {
        for (unsigned long number = 0; prctl(PR_CAPBSET_READ, number) >= 0; number++) {
            must(prctl(PR_CAPBSET_DROP, number));
        }
        must(syscall(SYS_setgroups, 1, &group));
        must(syscall(SYS_setresgid, group, group, group));
        must(syscall(SYS_setresuid, 9031, 9031, 9031));
    }
    must(syscall(SYS_capset, &header, none));
    must(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
    must(prctl(PR_SET_NAME, "ready"));
    pause();
    return 0;
}
