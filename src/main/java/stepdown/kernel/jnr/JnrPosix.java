package stepdown.kernel.jnr;

import java.nio.ByteBuffer;
import jnr.constants.platform.Confstr;
import jnr.constants.platform.Pathconf;
import jnr.constants.platform.Sysconf;
import jnr.posix.BaseNativePOSIX;
import jnr.posix.Crypt;
import jnr.posix.FileStat;
import jnr.posix.LibC;
import jnr.posix.LibCProvider;
import jnr.posix.MsgHdr;
import jnr.posix.POSIX;
import jnr.posix.POSIXHandler;
import jnr.posix.SocketMacros;
import jnr.posix.Times;
import jnr.posix.Timeval;
import org.jspecify.annotations.Nullable;
import stepdown.kernel.Binding;

/**
 * jnr-posix's own native POSIX, given a C library of two functions. {@code POSIXFactory} is never asked: it falls back
 * to a stand-in written in Java where the native stub does not load, and it binds every function there is.
 */
final class JnrPosix extends BaseNativePOSIX {
    private JnrPosix(LibCProvider provider, @Nullable POSIXHandler handler) {
        super(provider, handler);
    }

    static POSIX over(Binding binding) {
        long setuid = binding.symbol("setuid");
        long setgid = binding.symbol("setgid");
        LibC identity = new IdentityLibC(uid -> (int) binding.call(setuid, uid, 0, 0, 0, 0, 0), gid ->
                (int) binding.call(setgid, gid, 0, 0, 0, 0, 0));
        return new JnrPosix(
                new LibCProvider() {
                    @Override
                    public LibC getLibC() {
                        return identity;
                    }

                    @Override
                    public @Nullable Crypt getCrypt() {
                        return null;
                    }
                },
                null);
    }

    // spotless:off
    @Override public FileStat allocateStat() { throw unused(); }
    @Override public MsgHdr allocateMsgHdr() { throw unused(); }
    @Override public SocketMacros socketMacros() { throw unused(); }
    @Override public Timeval allocateTimeval() { throw unused(); }
    @Override public Times times() { throw unused(); }
    @Override public long sysconf(Sysconf name) { throw unused(); }
    @Override public int confstr(Confstr name, ByteBuffer buffer, int length) { throw unused(); }
    @Override public int fpathconf(int fd, Pathconf name) { throw unused(); }
    // spotless:on

    private static UnsupportedOperationException unused() {
        return new UnsupportedOperationException("stepdown calls only setuid and setgid through jnr-posix");
    }
}
