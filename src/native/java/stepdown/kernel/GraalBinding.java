package stepdown.kernel;

import org.graalvm.nativeimage.UnmanagedMemory;
import org.graalvm.nativeimage.c.function.CFunction;
import org.graalvm.nativeimage.c.function.CFunction.Transition;
import org.graalvm.nativeimage.c.type.CCharPointer;
import org.graalvm.nativeimage.c.type.CTypeConversion;
import org.graalvm.word.Pointer;
import org.graalvm.word.PointerBase;
import org.graalvm.word.UnsignedWord;
import org.graalvm.word.WordFactory;

/**
 * The native flavour's way to C: calls that the compiler makes as C would, bound when the image is built (start.c lists them). No library is
 * loaded and no stub unpacked.
 *
 * <p>Every call leaves Java for the runtime: one that waits, on a network or a disk, holds up neither a garbage collection nor, with it, the other threads. What
 * comes back is the errno itself where there is one, since the runtime may make calls of its own between a C function and the reading of a variable.
 */
public final class GraalBinding implements Binding {
    private static final long MOST_ERRNO = 4095;

    private final ThreadLocal<int[]> lastError = ThreadLocal.withInitial(() -> new int[1]);

    @CFunction(value = "stepdown_function", transition = Transition.NO_TRANSITION)
    private static native PointerBase function(CCharPointer name);

    @CFunction(value = "stepdown_restore_limit", transition = Transition.NO_TRANSITION)
    private static native int restoreLimit();

    @CFunction(value = "stepdown_call", transition = Transition.TO_NATIVE)
    private static native long made(long function, long a, long b, long c, long d, long e, long f);

    /**
     * Gives the soft RLIMIT_NOFILE back, which the runtime raised before {@code main}.
     *
     * @throws IllegalStateException where setrlimit(2) fails
     */
    public GraalBinding() {
        if (restoreLimit() != 0) {
            throw new IllegalStateException("the limit of open files cannot be restored");
        }
    }

    @Override
    public long symbol(String name) {
        try (CTypeConversion.CCharPointerHolder text = CTypeConversion.toCString(name)) {
            return function(text.get()).rawValue();
        }
    }

    @Override
    public long call(long function, long a, long b, long c, long d, long e, long f) {
        long result = made(function, a, b, c, d, e, f);
        if (result < 0 && result >= -MOST_ERRNO) {
            lastError.get()[0] = (int) -result;
            return -1;
        }
        return result;
    }

    @Override
    public int errno() {
        return lastError.get()[0];
    }

    private static Pointer at(long address) {
        return WordFactory.pointer(address);
    }

    @Override
    public long allocate(long size) {
        UnsignedWord bytes = WordFactory.unsigned(size);
        return UnmanagedMemory.calloc(bytes).rawValue();
    }

    @Override
    public void free(long address) {
        UnmanagedMemory.free(at(address));
    }

    @Override
    public byte getByte(long address) {
        return at(address).readByte(0);
    }

    @Override
    public short getShort(long address) {
        return at(address).readShort(0);
    }

    @Override
    public int getInt(long address) {
        return at(address).readInt(0);
    }

    @Override
    public long getLong(long address) {
        return at(address).readLong(0);
    }

    @Override
    public void putInt(long address, int value) {
        at(address).writeInt(0, value);
    }

    @Override
    public void putLong(long address, long value) {
        at(address).writeLong(0, value);
    }

    @Override
    public void get(long address, byte[] into, int offset, int length) {
        Pointer from = at(address);
        for (int i = 0; i < length; i++) {
            into[offset + i] = from.readByte(i);
        }
    }

    @Override
    public void put(long address, byte[] from, int offset, int length) {
        Pointer into = at(address);
        for (int i = 0; i < length; i++) {
            into.writeByte(i, from[offset + i]);
        }
    }
}
