package stepdown.account;

/** A row's user id and its primary group, 0 to 4294967295; -1 for one that cannot be read. */
public record Ids(long uid, long gid) {}
