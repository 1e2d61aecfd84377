package com.kenai.jffi;

import java.io.File;

/**
 * In the product's jar in the place of jffi's own: loads the stub that lies beside the jar, and no other. jffi's own finds a class by its name that sets up
 * java.util.logging first, for which Java opens the jar, and would unpack a stub into a folder for temporary files where this one is missing.
 */
final class Init {
    private Init() {}

    /** @throws UnsatisfiedLinkError where the stub cannot be loaded */
    static void load() {
        System.load(new File(System.getProperty("jffi.boot.library.path"), "libjffi-1.2.so").getPath());
    }
}
