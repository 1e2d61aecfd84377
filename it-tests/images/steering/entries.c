/* A product that no environment steers, as it is static: writes its environment out. */
#include <fcntl.h>
#include <unistd.h>

int main(void)
{
    static char buffer[1 << 16];
    int file = open("/proc/self/environ", O_RDONLY);
    for (ssize_t length; (length = read(file, buffer, sizeof buffer)) > 0;) {
        if (write(STDOUT_FILENO, buffer, (size_t) length) != length) {
            return 1;
        }
    }
    return 0;
}
