/** Credentials, groups, capabilities and no_new_privs: reading them, dropping them, proving it. */
@NullMarked
package stepdown.privilege;

import org.jspecify.annotations.NullMarked;
