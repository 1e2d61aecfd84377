package stepdown.kernel;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** The capabilities of capabilities(7), in the kernel's order: the ordinal is the number, and sets of them are bit masks of 64. */
public enum Capability {
    CHOWN(true),
    DAC_OVERRIDE(true),
    DAC_READ_SEARCH(true),
    FOWNER(true),
    FSETID(false),
    KILL(false),
    SETGID(true),
    SETUID(true),
    SETPCAP(true),
    LINUX_IMMUTABLE(false),
    NET_BIND_SERVICE(false),
    NET_BROADCAST(false),
    NET_ADMIN(false),
    NET_RAW(false),
    IPC_LOCK(false),
    IPC_OWNER(false),
    SYS_MODULE(true),
    SYS_RAWIO(true),
    SYS_CHROOT(false),
    SYS_PTRACE(true),
    SYS_PACCT(false),
    SYS_ADMIN(true),
    SYS_BOOT(false),
    SYS_NICE(false),
    SYS_RESOURCE(false),
    SYS_TIME(false),
    SYS_TTY_CONFIG(false),
    MKNOD(true),
    LEASE(false),
    AUDIT_WRITE(false),
    AUDIT_CONTROL(false),
    SETFCAP(true),
    MAC_OVERRIDE(false),
    MAC_ADMIN(false),
    SYSLOG(false),
    WAKE_ALARM(false),
    BLOCK_SUSPEND(false),
    AUDIT_READ(false),
    PERFMON(false),
    BPF(true),
    CHECKPOINT_RESTORE(false);

    private final boolean amountsToRoot;

    Capability(boolean amountsToRoot) {
        this.amountsToRoot = amountsToRoot;
    }

    /** Whether a user who holds it can make itself root, or read and write what is root's. */
    public boolean amountsToRoot() {
        return amountsToRoot;
    }

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
        String bare = upper.startsWith("CAP_") ? upper.substring(4) : upper;
        for (Capability capability : values()) {
            if (capability.name().equals(bare)) {
                return capability;
            }
        }
        return null;
    }

    /** The names in a set, as {@code --keep-cap} takes them; numbers for capabilities newer than this list; {@code none} for the empty set. */
    public static String names(long set) {
        if (set == 0) {
            return "none";
        }
        StringBuilder names = new StringBuilder();
        for (int number = 0; number < Long.SIZE; number++) {
            if ((set >>> number & 1) != 0) {
                names.append(names.isEmpty() ? "" : ",")
                        .append(number < values().length ? values()[number].name() : Integer.toString(number));
            }
        }
        return names.toString();
    }
}
