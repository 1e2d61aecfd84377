package stepdown.ownership;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import stepdown.Need;

/** Where a tree can stand, and what can stand in it: file systems, mounts and entries, all real ones. */
enum Ground {
    TMPFS(0, scene -> {
        scene.mount(scene.folder("tree"), "-t", "tmpfs", "-o", "mode=755", "none");
        return plant(scene.root.resolve("tree/top"), Ground.SOME);
    }),
    EXT4(0, scene -> plant(disk(scene, "ext4").resolve("top"), Ground.SOME)),
    XFS(0, scene -> plant(disk(scene, "xfs").resolve("top"), Ground.SOME)),
    FULL_EXT4(0, scene -> filled(plant(disk(scene, "ext4").resolve("top"), Ground.SOME))),
    FULL_XFS(0, scene -> filled(plant(disk(scene, "xfs").resolve("top"), Ground.SOME))),
    OVERLAY_LOWER(0, scene -> {
        plant(scene.folder("base/lower/top"), Ground.WIDE);
        return overlay(scene).resolve("top");
    }),
    OVERLAY_UPPER(0, scene -> plant(overlay(scene).resolve("top"), Ground.WIDE)),
    /**
     * Folders that are in both layers, and names of the lower one that are covered by those of the upper one or gone.
     */
    OVERLAY_MERGED(0, scene -> {
        plant(scene.folder("base/lower/top"), Ground.WIDE);
        Path top = overlay(scene).resolve("top");
        Scene.run(
                "perl",
                "-e",
                "chdir $ARGV[0]; for (1..1000) { my ($odd, $even) = (2 * $_ - 1, 2 * $_); unlink \"wide/n$odd\" or die;"
                        + " open F, '>>', \"wide/n$even\" or die; print F 'x'; open F, '>', \"wide/m$_\" or die }"
                        + " for (1..40) { chdir 'd' or die; open F, '>', 'upper' or die }",
                top.toString());
        return top;
    }),
    /** Copying up needs an inode: a few are left. */
    OVERLAY_FULL_UPPER(50, scene -> {
        plant(scene.folder("base/lower/top"), Ground.NARROW);
        Path layer = disk(scene, "ext4", "-N", "64");
        return overlay(scene, layer).resolve("top");
    }),
    OVER_A_NETWORK(3, scene -> {
        Path behind = plant(scene.folder("behind/top"), Ground.NARROW);
        scene.file("behind/top/quota/EDQUOT", 0644);
        scene.file("behind/top/quota/EIO", 0644);
        scene.folder("behind/top/quota/below/EDQUOT");
        return Network.mount(scene, behind, scene.folder("seen"));
    }),
    READ_ONLY_MOUNT(0, scene -> {
        Path top = plant(scene.folder("top"), Ground.NARROW);
        scene.mount(scene.folder("top/sub/mounted"), "--bind", "-o", "ro", outside(scene));
        scene.mount(scene.folder("top/sub/writable"), "-t", "tmpfs", "-o", "mode=777", "none");
        scene.file("top/sub/writable/below/file", 0666);
        return top;
    }),
    SNAPSHOTS(0, scene -> {
        Path top = plant(scene.folder("top"), Ground.NARROW);
        for (int i = 0; i < 8; i++) {
            scene.file("top/folder" + i + "/file", 0666);
            scene.mount(scene.folder("top/folder" + i + "/.snapshot"), "--bind", "-o", "ro", outside(scene));
        }
        return top;
    }),
    IMMUTABLE(2, scene -> {
        Path top = plant(disk(scene, "ext4").resolve("top"), Ground.NARROW);
        Scene.run("chattr", "+i", top + "/sub/suid");
        Scene.run("chattr", "+i", top + "/wide");
        return top;
    }),
    MOUNTED_OVER_FILES(0, scene -> {
        Path top = plant(scene.folder("top"), Ground.NARROW);
        Path outside = scene.folder("outside");
        Scene.run("mkfifo", outside + "/fifo");
        Scene.run("mknod", outside + "/device", "c", "1", "3");
        scene.file("outside/file", 0666);
        for (String name : List.of("fifo", "device", "file")) {
            scene.mount(scene.file("top/sub/under-" + name, 0666), "--bind", outside + "/" + name);
        }
        return top;
    });

    static final int WIDE = 5000;
    static final int SOME = 1000;
    static final int NARROW = 200;

    private static final String PLANT = """
            my ($top, $wide) = @ARGV;
            umask 0;
            -d $top or mkdir $top, 0755 or die;
            chdir $top or die;
            sub file { open my $file, '>', $_[0] or die "$_[0]: $!"; print $file 'content'; chmod $_[1], $file or die }
            mkdir 'wide', 0755;
            file("wide/n$_", (0644, 0600, 0757)[$_ % 3]) for 1..$wide;
            mkdir $_, 0777 or die for 'sub', 'sub/group', 'sub/sticky', 'sub/private', "sub/\\n\\xff";
            file("sub/\\n\\xff/\\\\ \\xe2\\x82", 0666);
            file('sub/group/file', 0664);
            chmod 02775, 'sub/group' or die;
            file('sub/sticky/file', 0666);
            chmod 01777, 'sub/sticky' or die;
            file('sub/private/file', 0600);
            chown 1234, 1234, 'sub/private/file', 'sub/private' or die;
            chmod 0700, 'sub/private' or die;
            file('sub/suid', 06755);
            file('sub/one', 0666);
            link 'sub/one', 'sub/other' or die;
            symlink '/etc/passwd', 'sub/link' or die;
            symlink '/etc', 'sub/folder-link' or die;
            symlink 'nowhere', 'sub/dangling' or die;
            system('mkfifo', '-m', '666', 'sub/fifo') == 0 or die;
            system('mknod', '-m', '666', 'sub/device', 'c', '1', '3') == 0 or die;
            for (1..40) { mkdir 'd', 0755 or die; file("f$_", 0644) for 1..10; chdir 'd' or die }
            """;

    /** How many entries cannot be changed, at least. */
    final int errors;

    private final Making making;

    /** Makes the tree and gives its top. */
    @FunctionalInterface
    private interface Making {
        Path on(Scene scene) throws IOException;
    }

    Ground(int errors, Making making) {
        this.errors = errors;
        this.making = making;
    }

    Path make(Scene scene) throws IOException {
        return making.on(scene);
    }

    /** A tree in which no entry is right: names of every kind, 40 levels, and a folder of {@code wide} names. */
    private static Path plant(Path top, int wide) {
        Scene.run("perl", "-e", PLANT, top.toString(), "" + wide);
        return top;
    }

    private static String outside(Scene scene) throws IOException {
        return scene.file("outside/kept/file", 0666).getParent().toString();
    }

    /** A mounted image of a size that each file system takes. */
    private static Path disk(Scene scene, String type, String... options) throws IOException {
        Path image = scene.root.resolveSibling("image");
        if (!Files.exists(Path.of("/sbin/mkfs." + type))) {
            Need.LOOP.isMissing("there is no /sbin/mkfs." + type);
        }
        Scene.run("truncate", "-s", "300M", image.toString());
        String[] command = new String[options.length + 3];
        command[0] = "/sbin/mkfs." + type;
        command[1] = "-q";
        System.arraycopy(options, 0, command, 2, options.length);
        command[command.length - 1] = image.toString();
        Scene.run(command);
        Path disk = scene.folder("disk");
        scene.mount(disk, "-o", "loop", image.toString());
        return disk;
    }

    /** Until no folder can be made any more. */
    private static Path filled(Path top) {
        Scene.run(
                "sh",
                "-c",
                "cd \"$1\" && for size in 16M 1M; do i=0; while fallocate -l $size $size-$i; do i=$((i + 1)); done;"
                        + " done 2>/dev/null; for size in 64k 4k; do dd if=/dev/zero of=$size bs=$size 2>/dev/null; done;"
                        + " perl -e 'for (1..100000) { mkdir $_ or exit } die'",
                "sh",
                top.getParent().toString());
        return top;
    }

    private static Path overlay(Scene scene) throws IOException {
        return overlay(scene, scene.folder("base"));
    }

    /** Layers below {@code base/lower} and {@code upper}. */
    private static Path overlay(Scene scene, Path upper) throws IOException {
        Path lower = scene.folder("base/lower");
        Files.createDirectory(upper.resolve("upper"));
        Files.createDirectory(upper.resolve("work"));
        Path merged = scene.folder("merged");
        String layers = "lowerdir=" + lower + ",upperdir=" + upper + "/upper,workdir=" + upper + "/work";
        scene.mount(merged, "-t", "overlay", "-o", layers, "none");
        return merged;
    }
}
