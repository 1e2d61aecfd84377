package stepdown.ownership;

import stepdown.kernel.Errno;
import stepdown.kernel.KernelException;
import stepdown.kernel.Raw;

/** One tree, from the first entry to its top, on this thread and, where it is worth it, a second one that has ended when this returns. */
final class Sweep {
    private final Task task;
    private final Reporter reporter;

    Sweep(Task task, Reporter reporter) {
        this.task = task;
        this.reporter = reporter;
    }

    /** @param fd an O_PATH descriptor of something that is no folder */
    Counts file(int fd) {
        Changer changer = new Changer(task);
        changer.top(fd);
        changer.free();
        return changer.tally.counts();
    }

    /**
     * @param fd an O_PATH descriptor of a folder
     * @param path its resolved path, for people to read
     */
    Counts folder(int fd, String path) throws KernelException {
        int readable = task.kernel.open(fd, ".", OpenFolders.OPEN, 0);
        Walker[] walkers = new Walker[2];
        Crew crew = new Crew(() -> walkers[1].help());
        walkers[0] = new Walker(task, crew, reporter);
        walkers[1] = new Walker(task, crew, null);
        Tally leaders = walkers[0].changer().tally;
        Tally helpers = walkers[1].changer().tally;
        reporter.follow(leaders, helpers);
        try {
            leaders.seen++;
            Node node = walkers[0].changer().node;
            if (!node.read(readable)) {
                throw new KernelException("stat", Raw.show(path), task.kernel.errno());
            }
            walkers[0].walk(new Frame(null, readable, node));
        } catch (InterruptedException e) {
            throw new KernelException("walk", Raw.show(path), Errno.EINTR);
        } finally {
            dismiss(crew, path);
        }
        walkers[0].free();
        walkers[1].free();
        return leaders.counts().plus(helpers.counts());
    }

    private static void dismiss(Crew crew, String path) throws KernelException {
        try {
            crew.dismiss();
        } catch (InterruptedException e) {
            throw new KernelException("walk", Raw.show(path), Errno.EINTR);
        }
    }
}
