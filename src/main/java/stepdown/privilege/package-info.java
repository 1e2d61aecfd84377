/** Credentials, groups, capabilities, no_new_privs and Landlock: reading them, dropping them, proving it. */
@NullMarked
package stepdown.privilege;

import org.jspecify.annotations.NullMarked;
