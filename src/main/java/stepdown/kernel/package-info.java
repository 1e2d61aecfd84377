/**
 * The only room that talks to C: one narrow interface of the calls that are made, raw memory, what the kernel has names and numbers for, and errno as a typed error.
 * setuid and setgid go through jnr-posix; what jnr-posix lacks goes through {@link stepdown.kernel.Libc}. What either is made of stands in
 * {@code stepdown.kernel.jnr}, which this package knows nothing of.
 */
@NullMarked
package stepdown.kernel;

import org.jspecify.annotations.NullMarked;
