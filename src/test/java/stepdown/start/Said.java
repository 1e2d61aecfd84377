package stepdown.start;

import java.util.List;
import stepdown.kernel.Kernel;
import stepdown.ownership.Ownership;

/** What a start would say of its paths, for the tests that make these. */
public final class Said {
    private Said() {}

    public static List<String> warnings(Kernel kernel, Ownership ownership) {
        return OwnershipWords.warnings(kernel, ownership);
    }

    public static List<String> unwritable(Kernel kernel, List<String> paths, long uid, long gid) {
        return OwnershipWords.unwritable(kernel, paths, uid, gid);
    }
}
