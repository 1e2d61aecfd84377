package com.kenai.jffi.internal;

import java.io.File;

/**
 * In the product's jar in the place of jffi's own, which jffi finds by this name: loads the stub that lies beside the jars, and no other. jffi's own sets up
 * java.util.logging first, for which every jar is opened, and would unpack a stub into a folder for temporary files where this one is missing.
 */
public final class StubLoader {
    private static final Throwable FAILURE = load();

    private StubLoader() {}

    private static Throwable load() {
        try {
            System.load(new File(System.getProperty("jffi.boot.library.path"), "libjffi-1.2.so").getPath());
            return null;
        } catch (UnsatisfiedLinkError e) {
            return e;
        }
    }

    public static boolean isLoaded() {
        return FAILURE == null;
    }

    public static Throwable getFailureCause() {
        return FAILURE;
    }
}
