/**
 * The only room that talks to C: one narrow interface of the calls that are made, its binding, raw memory, and errno as a typed error.
 * setuid and setgid go through jnr-posix; what jnr-posix lacks goes through {@link stepdown.kernel.Libc}.
 */
@NullMarked
package stepdown.kernel;

import org.jspecify.annotations.NullMarked;
