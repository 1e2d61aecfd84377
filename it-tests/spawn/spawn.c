/*
 * Usage: spawn PROGRAM [ARGUMENT...]
 * Runs PROGRAM to its end, with the standard input and output of nobody, and prints what it took: microseconds of the clock from before the process was made to
 * after its end, and KiB of its memory at its peak (getrusage(2)). A process of our own size is made by vfork(2), so that what is measured is the program's.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double microseconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double) now.tv_sec * 1e6 + (double) now.tv_nsec / 1e3;
}

int main(int count, char **arguments)
{
    posix_spawn_file_actions_t streams;
    struct rusage used;
    pid_t child;
    int status;
    if (count < 2 || posix_spawn_file_actions_init(&streams) != 0
        || posix_spawn_file_actions_addopen(&streams, STDIN_FILENO, "/dev/null", O_RDONLY, 0) != 0
        || posix_spawn_file_actions_addopen(&streams, STDOUT_FILENO, "/dev/null", O_WRONLY, 0) != 0) {
        return 99;
    }
    double begin = microseconds();
    int failure = posix_spawnp(&child, arguments[1], &streams, NULL, arguments + 1, environ);
    if (failure != 0) {
        fprintf(stderr, "spawn: %s: %s\n", arguments[1], strerror(failure));
        return 99;
    }
    if (wait4(child, &status, 0, &used) != child) {
        return 99;
    }
    printf("%.0f %ld\n", microseconds() - begin, used.ru_maxrss);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 99;
}
