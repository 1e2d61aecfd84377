/**
 * The only room that talks to C: one narrow interface of the calls that are made, raw memory, the kernel's own names
 * and numbers, and errno as a typed error. setuid and setgid go through jnr-posix; what jnr-posix lacks goes through
 * {@link stepdown.kernel.Libc}. What stands behind both is {@code stepdown.kernel.jnr}, of which nothing here knows.
 */
@NullMarked
package stepdown.kernel;

import org.jspecify.annotations.NullMarked;
