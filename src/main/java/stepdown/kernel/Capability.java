package stepdown.kernel;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The capabilities of capabilities(7), in the kernel's order: the ordinal is the number, and sets of them are bit masks
 * of 64.
 */
public enum Capability {
    // spotless:off
    CHOWN, DAC_OVERRIDE, DAC_READ_SEARCH, FOWNER, FSETID, KILL, SETGID, SETUID,
    SETPCAP, LINUX_IMMUTABLE, NET_BIND_SERVICE, NET_BROADCAST, NET_ADMIN, NET_RAW, IPC_LOCK, IPC_OWNER,
    SYS_MODULE, SYS_RAWIO, SYS_CHROOT, SYS_PTRACE, SYS_PACCT, SYS_ADMIN, SYS_BOOT, SYS_NICE,
    SYS_RESOURCE, SYS_TIME, SYS_TTY_CONFIG, MKNOD, LEASE, AUDIT_WRITE, AUDIT_CONTROL, SETFCAP,
    MAC_OVERRIDE, MAC_ADMIN, SYSLOG, WAKE_ALARM, BLOCK_SUSPEND, AUDIT_READ, PERFMON, BPF,
    CHECKPOINT_RESTORE;

    /** Whether a user who holds it can make itself root, or read and write what is root's. */
    public boolean amountsToRoot() {
        return switch (this) {
            case CHOWN, DAC_OVERRIDE, DAC_READ_SEARCH, FOWNER, SETGID, SETUID, SETPCAP, SETFCAP,
                 SYS_MODULE, SYS_RAWIO, SYS_PTRACE, SYS_ADMIN, MKNOD, BPF -> true;
            default -> false;
        };
    }
    // spotless:on

    /** As linux/capability.h numbers it. */
    @SuppressWarnings("EnumOrdinal") // the order is the kernel's, and stands in the class's description
    public int number() {
        return ordinal();
    }

    public long bit() {
        return 1L << number();
    }

    public boolean in(long set) {
        return (set & bit()) != 0;
    }

    /** The capability of that name, with or without {@code CAP_}, in any case; null where there is none. */
    public static @Nullable Capability named(String name) {
        String upper = name.toUpperCase(Locale.ROOT);
        for (Capability capability : values()) {
            if (upper.equals(capability.name()) || upper.equals("CAP_" + capability.name())) {
                return capability;
            }
        }
        return null;
    }

    /**
     * The names in a set, as {@code --keep-cap} takes them; numbers for capabilities newer than this list; {@code none}
     * for the empty set.
     */
    public static String names(long set) {
        StringBuilder names = new StringBuilder();
        for (int number = 0; number < Long.SIZE; number++) {
            if ((set >>> number & 1) != 0) {
                String name = number < values().length ? values()[number].name() : Integer.toString(number);
                names.append(names.isEmpty() ? "" : ",").append(name);
            }
        }
        return names.isEmpty() ? "none" : names.toString();
    }
}
