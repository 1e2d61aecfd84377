/**
 * What the stack's letter asks for: that C is reached through jnr. {@link stepdown.kernel.Kernel} is given it by
 * whoever makes one, and knows but the interface of jnr-posix. An auditor may skip {@code JnrPosix} and
 * {@code IdentityLibC}, which have a hundred methods more than are called: a test shows that all of the latter's throw
 * but setuid and setgid.
 */
@NullMarked
package stepdown.kernel.jnr;

import org.jspecify.annotations.NullMarked;
