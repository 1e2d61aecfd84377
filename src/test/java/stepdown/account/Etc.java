package stepdown.account;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import stepdown.account.AccountPlan.Edit;
import stepdown.kernel.Linux;
import stepdown.kernel.Stat;

/** Account files that are nowhere but in memory: root's, plain and 0644. */
final class Etc {
    static final Stat PLAIN = new Stat(Linux.S_IFREG | 0644, 0, 0, 1, 1, 0, 1, false);

    /** Whose the files of tests are: they stand for root's. */
    static final long OWNER = owner();

    private Etc() {}

    private static long owner() {
        try {
            return (Integer) Files.getAttribute(Path.of("/proc/self"), "unix:uid");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static AccountFile passwd(String text) {
        return new AccountFile("/etc/passwd", PLAIN, text, null, true);
    }

    static AccountFile group(String text) {
        return new AccountFile("/etc/group", PLAIN, text, null, true);
    }

    static AccountFile but(AccountFile file, String obstacle) {
        return new AccountFile(file.path(), file.stat(), file.text(), obstacle, file.trusted());
    }

    static AccountFile untrusted(AccountFile file) {
        return new AccountFile(file.path(), file.stat(), file.text(), file.obstacle(), false);
    }

    static Accounts of(String passwd, String group) {
        return new Accounts(passwd(passwd), group(group), false);
    }

    /** Reads, decides and writes as a start does, and answers all that is said. */
    static AccountPlan start(AccountFiles files, Identity request) {
        AccountPlan plan = new Decision(files.read(), request).decide();
        if (plan.steps().isEmpty()) {
            return plan;
        }
        AccountPlan done = files.write(plan, request);
        List<String> said = new ArrayList<>(plan.warnings());
        said.addAll(done.warnings());
        return new AccountPlan(plan.edits(), done.user(), done.groupName(), plan.steps(), said);
    }

    /** The file as the plan would leave it. */
    static String after(AccountPlan plan, AccountFile file) {
        String text = file.text();
        for (Edit edit : plan.edits()) {
            if (edit.path().equals(file.path())) {
                text = text.substring(0, edit.start()) + edit.text() + text.substring(edit.end());
            }
        }
        return text;
    }
}
