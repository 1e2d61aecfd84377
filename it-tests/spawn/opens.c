/*
 * Usage: opens read|write FILE
 * Prints how many nanoseconds an open(2) of FILE and its close(2) take, the median of many.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { ROUNDS = 51, TIMES = 2000 };

static double nanoseconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double) now.tv_sec * 1e9 + (double) now.tv_nsec;
}

static int ascending(const void *one, const void *other)
{
    double difference = *(const double *) one - *(const double *) other;
    return (difference > 0) - (difference < 0);
}

int main(int count, char **arguments)
{
    double took[ROUNDS];
    if (count != 3) {
        return 2;
    }
    int flags = strcmp(arguments[1], "write") == 0 ? O_WRONLY : O_RDONLY;
    for (int round = 0; round < ROUNDS; round++) {
        double begin = nanoseconds();
        for (int i = 0; i < TIMES; i++) {
            int file = open(arguments[2], flags);
            if (file < 0 || close(file) != 0) {
                perror(arguments[2]);
                return 1;
            }
        }
        took[round] = (nanoseconds() - begin) / TIMES;
    }
    qsort(took, ROUNDS, sizeof took[0], ascending);
    printf("%.0f\n", took[ROUNDS / 2]);
    return 0;
}
