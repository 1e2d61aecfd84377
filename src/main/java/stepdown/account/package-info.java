/**
 * Rows of /etc/passwd and /etc/group: read as bytes, judged by pure functions, appended, or, where stepdown wrote them,
 * given other ids in their place, under the lock that the tools of shadow-utils take as well. Only
 * {@link stepdown.account.AccountFiles} touches the system.
 */
@NullMarked
package stepdown.account;

import org.jspecify.annotations.NullMarked;
