package stepdown.kernel.jnr;

import com.kenai.jffi.CallContext;
import com.kenai.jffi.CallingConvention;
import com.kenai.jffi.Invoker;
import com.kenai.jffi.LastError;
import com.kenai.jffi.Library;
import com.kenai.jffi.MemoryIO;
import com.kenai.jffi.Type;
import stepdown.kernel.Binding;
import stepdown.kernel.Libc;

/**
 * The JVM flavour's way to C: jffi, the engine below jnr-ffi. It is used directly because jnr-ffi's own library loader
 * takes as long at start as everything else of stepdown together, and each call through it several times as long;
 * {@link Libc} stays an interface that jnr-ffi loads, which a test does.
 */
public final class JffiBinding implements Binding {
    private final Invoker invoker = Invoker.getInstance();
    private final MemoryIO memory = MemoryIO.getInstance();
    private final Library library = Library.getDefault();
    private final LastError lastError = LastError.getInstance();
    private final CallContext sixLongs = CallContext.getCallContext(
            Type.SINT64,
            new Type[] {Type.SINT64, Type.SINT64, Type.SINT64, Type.SINT64, Type.SINT64, Type.SINT64},
            CallingConvention.DEFAULT,
            true);

    @Override
    public long symbol(String name) {
        return library.getSymbolAddress(name);
    }

    @Override
    public long call(long function, long a, long b, long c, long d, long e, long f) {
        return invoker.invokeL6(sixLongs, function, a, b, c, d, e, f);
    }

    @Override
    public int errno() {
        return lastError.get();
    }

    @Override
    public long allocate(long size) {
        long address = memory.allocateMemory(size, true);
        if (address == 0) {
            throw new OutOfMemoryError("no memory of the C library's");
        }
        return address;
    }

    @Override
    public void free(long address) {
        memory.freeMemory(address);
    }

    @Override
    public byte getByte(long address) {
        return memory.getByte(address);
    }

    @Override
    public short getShort(long address) {
        return memory.getShort(address);
    }

    @Override
    public int getInt(long address) {
        return memory.getInt(address);
    }

    @Override
    public long getLong(long address) {
        return memory.getLong(address);
    }

    @Override
    public void putInt(long address, int value) {
        memory.putInt(address, value);
    }

    @Override
    public void putLong(long address, long value) {
        memory.putLong(address, value);
    }

    @Override
    public void get(long address, byte[] into, int offset, int length) {
        memory.getByteArray(address, into, offset, length);
    }

    @Override
    public void put(long address, byte[] from, int offset, int length) {
        memory.putByteArray(address, from, offset, length);
    }
}
