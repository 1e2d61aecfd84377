package stepdown.ownership;

import org.jspecify.annotations.Nullable;
import stepdown.Refusal;
import stepdown.kernel.Binding;
import stepdown.kernel.Kernel;
import stepdown.kernel.KernelException;
import stepdown.kernel.Libc;
import stepdown.kernel.Linux;

/** What is asked of a walk, and what all its threads share of the answer: nothing in it changes but what is looked up once. */
final class Task {
    private static final int CAPABILITY_VERSION_3 = 0x20080522;
    private static final int CAP_FSETID = 1 << 4;

    final Kernel kernel;
    final Libc libc;
    final Binding memory;
    final long owner;
    final int uid;
    final int gid;
    final int strip;

    private final boolean hardlinks;
    private final boolean oneFileSystem;
    private final long[] excluded;
    private @Nullable Mounts mounts;

    /** @param excluded pairs of inode and device number of entries that are left alone; they must be held open, lest another entry gets the number */
    Task(Kernel kernel, OwnershipRequest request, long[] excluded) {
        this.kernel = kernel;
        this.libc = kernel.libc();
        this.memory = kernel.memory();
        this.owner = request.owner();
        this.uid = (int) request.uid();
        this.gid = (int) request.gid();
        this.strip = request.strip().bits();
        this.hardlinks = request.hardlinks();
        this.oneFileSystem = request.oneFileSystem();
        this.excluded = excluded;
    }

    boolean isRight(long itsOwner, int mode) {
        return itsOwner == owner && !losesBits(mode);
    }

    /** Links have no mode of their own. */
    boolean losesBits(int mode) {
        return (mode & strip) != 0 && (mode & Linux.S_IFMT) != Linux.S_IFLNK;
    }

    boolean isSharedFile(Node node) {
        return node.type() == Linux.S_IFREG && node.nlink() > 1 && !hardlinks;
    }

    static boolean isDevice(int mode) {
        int type = mode & Linux.S_IFMT;
        return type == Linux.S_IFCHR || type == Linux.S_IFBLK;
    }

    static boolean isStickyFolder(int mode) {
        return (mode & Linux.S_IFMT) == Linux.S_IFDIR && (mode & 01002) == 01002;
    }

    boolean isExcluded(Node node) {
        for (int i = 0; i < excluded.length; i += 2) {
            if (node.inode() == excluded[i] && node.device() == excluded[i + 1]) {
                return true;
            }
        }
        return false;
    }

    boolean isMount(Node node, long deviceAbove) {
        return node.tellsMounts() ? node.mountRoot() : node.device() != deviceAbove && mounts().isDevice(node.device());
    }

    boolean mayEnterMount(Node node) {
        return !oneFileSystem && mounts().mayEnter(node.mount(), node.device());
    }

    /**
     * Whether a regular file in a folder may be opened for reading, which makes changing it quicker than through an O_PATH descriptor: the folder is held, it is root's,
     * nobody else can put a device or a FIFO under the name of a file, and no file server can either. It stays so until its own turn comes, after its content. An access
     * list that lets others write shows in the group's bits. What is opened is looked at again all the same: should another root hand the folder over meanwhile, nothing
     * outside is changed.
     */
    boolean isQuiet(Frame folder) {
        Boolean quiet = folder.quiet;
        if (quiet == null) {
            quiet = (int) folder.owner == 0
                    && (folder.mode & 022) == 0
                    && mounts().isLocal(folder.mount, folder.device);
            folder.quiet = quiet;
        }
        return quiet;
    }

    /** Whether chmod(2) keeps the setgid bit of a folder of any group. */
    boolean keepsSetgid() throws KernelException {
        return kernel.withMemory(32, header -> {
            memory.putInt(header, CAPABILITY_VERSION_3);
            kernel.checked("capget", "", libc.capget(header, header + 8));
            return (memory.getInt(header + 8) & CAP_FSETID) != 0;
        });
    }

    private synchronized Mounts mounts() {
        if (mounts == null) {
            try {
                mounts = Mounts.read(kernel);
            } catch (KernelException e) {
                throw new Refusal(
                        "the mounts of this container cannot be read: " + e.getMessage() + "; mount /proc", e);
            }
        }
        return mounts;
    }
}
