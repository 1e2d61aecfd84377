package stepdown.account;

/**
 * The identity that the product is to run as; names, home and shell are used only where a row has to be written, and
 * fit into one: they hold no colon and no control character.
 *
 * @param uid 1 to 4294967294
 * @param gid 0 to 4294967294
 */
public record Identity(long uid, long gid, String userName, String groupName, String home, String shell) {}
