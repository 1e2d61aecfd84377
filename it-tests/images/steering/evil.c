/*
 * A library for every name that a program may look for. It needs no other and no symbol of it is used: its code runs while it is relocated, which is before
 * whoever loads it can notice what it lacks. It leaves a mark where it runs as root.
 */
#include <fcntl.h>
#include <sys/syscall.h>

static long call(long number, long a, long b, long c, long d)
{
#if defined __x86_64__
    register long fourth __asm__("r10") = d;
    __asm__ volatile("syscall" : "+a"(number) : "D"(a), "S"(b), "d"(c), "r"(fourth) : "rcx", "r11", "memory");
    return number;
#elif defined __aarch64__
    register long eighth __asm__("x8") = number;
    register long first __asm__("x0") = a;
    register long second __asm__("x1") = b;
    register long third __asm__("x2") = c;
    register long fourth __asm__("x3") = d;
    __asm__ volatile("svc 0" : "+r"(first) : "r"(eighth), "r"(second), "r"(third), "r"(fourth) : "memory");
    return first;
#endif
}

static void nothing(void)
{
}

static void (*resolve(void))(void)
{
    if (call(SYS_geteuid, 0, 0, 0, 0) == 0) {
        call(SYS_openat, AT_FDCWD, (long) "/planted/ran-as-root", O_CREAT | O_WRONLY, 0666);
    }
    return nothing;
}

void planted(void) __attribute__((ifunc("resolve")));
void (*const used)(void) = planted;
