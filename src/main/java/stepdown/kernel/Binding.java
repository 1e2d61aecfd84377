package stepdown.kernel;

/**
 * How a flavour reaches C: addresses of symbols, calls of up to six integers or pointers, errno, and raw memory.
 * Everything in it is for 64-bit Linux, where an {@code int} argument is the low half of a register that also holds a
 * {@code long}.
 */
public interface Binding {
    /** The address of an exported C function, or 0 where the C library has none of that name. */
    long symbol(String name);

    /**
     * Calls {@code function}; arguments beyond those it takes are ignored, as the calling conventions of x86-64 and
     * aarch64 allow.
     */
    long call(long function, long a, long b, long c, long d, long e, long f);

    /** The errno of this thread's last {@link #call}. */
    int errno();

    /** Zeroed memory of {@code size} bytes, kept until {@link #free}. */
    long allocate(long size);

    void free(long address);

    byte getByte(long address);

    short getShort(long address);

    int getInt(long address);

    long getLong(long address);

    void putInt(long address, int value);

    void putLong(long address, long value);

    void get(long address, byte[] into, int offset, int length);

    void put(long address, byte[] from, int offset, int length);
}
