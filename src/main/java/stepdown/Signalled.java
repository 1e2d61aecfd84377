package stepdown;

/** TERM, INT, HUP or QUIT came before the product ran: the start ends where it is, and what it had finished stays. */
public final class Signalled extends RuntimeException {
    private static final long serialVersionUID = 1L;
    private static final int BASE = 128;

    private final int signal;

    /** @param signal its number, as in signal(7) */
    public Signalled(int signal) {
        super("ended by signal " + signal + " before the product ran");
        this.signal = signal;
    }

    /** The exit status that a shell gives to a program that a signal ended: 128 and its number. */
    public int status() {
        return BASE + signal;
    }
}
