package stepdown.account;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import stepdown.kernel.Binding;
import stepdown.kernel.Kernel;
import stepdown.kernel.Libc;
import stepdown.kernel.jnr.JffiBinding;
import stepdown.kernel.jnr.Jnr;

/** The real kernel with its calls noted, and one of them failing on demand. */
final class Watched {
    /** Looks, and changes nothing. */
    private static final Set<String> READING = Set.of("statx", "read", "faccessat", "getresuid");

    final List<String> calls = Collections.synchronizedList(new ArrayList<>());

    private final Binding real = new JffiBinding();
    private final Libc libc = Jnr.kernel(real).libc();
    private int failing = -1;
    private int dying = -1;
    private int failure;
    private int pending;
    private boolean hidesMountRoots;
    private String pretending = "";

    /** @param call the index in {@link #calls} of the one that fails */
    Watched failing(int call, int errno) {
        failing = call;
        failure = errno;
        return this;
    }

    /** As a kernel before Linux 5.8. */
    Watched hidingMountRoots() {
        hidesMountRoots = true;
        return this;
    }

    /** The whole process ends at that call, as by {@code kill -9}. */
    Watched dyingAt(int call) {
        dying = call;
        return this;
    }

    private void dieIfTold() throws Exception {
        if (calls.size() - 1 == dying) {
            String self = Long.toString(ProcessHandle.current().pid());
            new ProcessBuilder("kill", "-9", self).start().waitFor();
            throw new AssertionError("alive after kill -9");
        }
    }

    /** That call says yes and does nothing. */
    Watched pretending(String name) {
        pretending = name;
        return this;
    }

    /** Calls of that name fail, where they are given {@code path}, or always where that is empty. */
    Kernel kernelWhere(String name, String path, int errno) {
        return kernel((method, arguments) ->
                method.equals(name) && (path.isEmpty() || path.equals(string((long) arguments[1]))) ? errno : 0);
    }

    private String string(long address) {
        StringBuilder text = new StringBuilder();
        for (long at = address; real.getByte(at) != 0; at++) {
            text.append((char) (real.getByte(at) & 0xFF));
        }
        return text.toString();
    }

    Kernel kernel() {
        return kernel((method, arguments) -> calls.size() - 1 == failing ? failure : 0);
    }

    /** Something happens before each of the first files that are opened. */
    Kernel kernelWithin(int opens, Runnable event) {
        AtomicInteger left = new AtomicInteger(opens);
        return kernel((method, arguments) -> {
            if (method.equals("openat") && left.getAndDecrement() > 0) {
                event.run();
            }
            return 0;
        });
    }

    private Kernel kernel(Fault fault) {
        Libc proxy =
                (Libc) Proxy.newProxyInstance(Libc.class.getClassLoader(), new Class<?>[] {Libc.class}, (p, m, a) -> {
                    calls.add(m.getName());
                    dieIfTold();
                    pending = fault.errno(m.getName(), a);
                    if (pending != 0 && !m.getName().equals("close")) {
                        return m.getReturnType() == int.class ? (Object) (-1) : (Object) (-1L);
                    }
                    if (m.getName().equals(pretending)) {
                        return 0;
                    }
                    try {
                        Object result = m.invoke(libc, a);
                        if (hidesMountRoots && m.getName().equals("statx")) {
                            real.putLong((long) a[4] + 8, 0);
                        }
                        if (pending != 0) {
                            return -1; // close(2) has closed the descriptor even where it fails
                        }
                        return result;
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
        return new Kernel(withErrno(), proxy, null);
    }

    private Binding withErrno() {
        return (Binding)
                Proxy.newProxyInstance(Binding.class.getClassLoader(), new Class<?>[] {Binding.class}, (p, m, a) -> {
                    if (m.getName().equals("errno") && pending != 0) {
                        return pending;
                    }
                    return m.invoke(real, a);
                });
    }

    /** How often it has been called, for another thread to wait for. */
    int count(String call) {
        synchronized (calls) {
            return Collections.frequency(calls, call);
        }
    }

    boolean changedSomething() {
        return calls.stream().anyMatch(c -> !READING.contains(c) && !c.equals("openat") && !c.equals("close"));
    }

    @Override
    public String toString() {
        return String.format(Locale.ROOT, "call %d (%s) fails with %d", failing, calls.get(failing), failure);
    }

    private interface Fault {
        int errno(String method, Object[] arguments);
    }
}
